import type { MeetingPhase } from "../../../core/meeting/meeting_state.ts";
import type { MeasuringPhase } from "./measuring.ts";

/** What a measurement says of a meeting that is in this phase. */
export function phaseOf(phase: MeetingPhase): MeasuringPhase {
  if (phase === "joined") return "measuring";
  return phase === "failed" || phase === "left" ? "failed" : "connecting";
}
