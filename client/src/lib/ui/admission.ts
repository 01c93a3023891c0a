import type { MeetingFailure, MeetingState } from "../../../core/meeting/meeting_state.ts";

/** Reasons for which the person can do something about not being let in. */
const REASONS = [
  "passcode-required",
  "passcode-wrong",
  "too-many-tries",
  "sign-in-required",
  "meeting-locked",
  "not-admitted",
  "guest-link-invalid",
] as const satisfies readonly MeetingFailure[];

/** Why the meeting did not let somebody in. */
export interface Refusal {
  readonly reason: typeof REASONS[number];
  /** When to try again, milliseconds from then. */
  readonly retryAfterMs?: number | undefined;
}

/** The refusal in a failure, if it is one of those that a person can do something about. */
export function refusalOf(error: MeetingState["error"]): Refusal | undefined {
  const reason = REASONS.find((known) => known === error?.reason);
  return reason && { reason, retryAfterMs: error?.retryAfterMs };
}

/** Whether a passcode has to be asked for. */
export function needsPasscode(
  { refusal, requiresPasscode, isGuest, hasGuestLink }: {
    readonly refusal: Refusal | undefined;
    /** What the meeting says of itself. */
    readonly requiresPasscode: boolean;
    readonly isGuest: boolean;
    readonly hasGuestLink: boolean;
  },
): boolean {
  if (refusal?.reason === "passcode-required" || refusal?.reason === "passcode-wrong") return true;
  if (!requiresPasscode) return false;
  // A host needs none; whether somebody signed in is one, only asking tells.
  return refusal?.reason === "too-many-tries" || (isGuest && !hasGuestLink);
}

/** The secret in the fragment of a guest link, such as `#guest=…`. */
export function guestSecretOf(fragment: string): string | undefined {
  const secret = new URLSearchParams(fragment.replace(/^#/, "")).get("guest");
  return secret !== null && /^[\w-]{43}$/.test(secret) ? secret : undefined;
}
