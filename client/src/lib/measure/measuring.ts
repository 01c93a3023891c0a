import type { MeetingEndpoints } from "../ui/meeting_api.ts";
import type { Measurements } from "./measurements.ts";
import type { MeasuringQuery } from "./measuring_query.ts";

/** What a measuring page shows of itself. */
export type MeasuringPhase = "waiting" | "connecting" | "measuring" | "failed";

/** A measurement that runs. Dispose of it to end it. */
export interface Measuring extends Disposable {
  /** What was measured so far. */
  measurements(): Measurements;
}

/** What a measurement gets from its page. */
export interface MeasuringOptions {
  readonly meetingCode: string;
  readonly endpoints?: MeetingEndpoints;
  readonly query: MeasuringQuery;
  /** Where pictures are painted, or shown. */
  readonly stage: HTMLElement;
  readonly onPhase: (phase: MeasuringPhase) => void;
}
