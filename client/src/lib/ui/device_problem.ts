/** Why a camera or microphone is not there. */
export type DeviceProblem = "denied" | "missing" | "busy" | "failed";

/** Translates what `getUserMedia` rejects with (Media Capture and Streams, 10.2). */
export function deviceProblemOf(error: unknown): DeviceProblem {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}
