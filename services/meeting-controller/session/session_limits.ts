import type { Clock } from "../clock.ts";
import { Heartbeat } from "./heartbeat.ts";
import { PREPARED_SESSION_LIFETIME_MS, type SessionState } from "./session_state.ts";

/** How long a session may take until it has shown a valid token or proof, milliseconds. */
export const AUTHENTICATION_LIMIT_MS = 5_000;
/** How long one may try that was told to try again in a moment, milliseconds. */
export const UNSURE_AUTHENTICATION_LIMIT_MS = 15_000;

type Phase = SessionState["phase"];

/** How long a session may stay in each phase, and be silent. */
export class SessionLimits {
  readonly #beganAtMs: number;
  #phase: Phase = "unauthenticated";
  #cancel: () => void = () => undefined;
  #heartbeat: Heartbeat | undefined;

  /** @param onLimit called with the reason when a limit is reached. */
  constructor(private readonly clock: Clock, private readonly onLimit: (reason: string) => void) {
    this.#beganAtMs = clock.now();
    this.#limitPhase();
  }

  /** The session is in that phase now. */
  enter(phase: Phase): void {
    this.#phase = phase;
    this.#limitPhase();
    if (phase === "ended") this.#heartbeat?.stop();
    else if (phase === "waiting" || phase === "joined") {
      this.#heartbeat ??= new Heartbeat(
        this.clock,
        () => this.onLimit("nothing was heard for too long"),
      );
    }
  }

  /** The client said something. */
  heard(): void {
    this.#heartbeat?.heard();
  }

  /** What is under way has limits of its own. */
  suspend(): void {
    this.#cancel();
  }

  /** The limit of the phase begins anew. */
  renew(): void {
    this.#limitPhase();
  }

  /** Nothing could be made sure of: the session may try for a while longer. */
  allowRetry(): void {
    if (this.#phase !== "unauthenticated") return;
    const leftMs = this.#beganAtMs + UNSURE_AUTHENTICATION_LIMIT_MS - this.clock.now();
    this.#limit(Math.min(AUTHENTICATION_LIMIT_MS, Math.max(0, leftMs)), UNAUTHENTICATED);
  }

  #limitPhase(): void {
    switch (this.#phase) {
      case "unauthenticated":
        return this.#limit(AUTHENTICATION_LIMIT_MS, UNAUTHENTICATED);
      case "outside":
      case "admitted":
      case "prepared":
        return this.#limit(PREPARED_SESSION_LIFETIME_MS, "prepared for too long without joining");
      case "waiting":
      case "joined":
      case "ended":
        return this.#cancel();
    }
  }

  #limit(delayMs: number, reason: string): void {
    this.#cancel();
    this.#cancel = this.clock.after(delayMs, () => this.onLimit(reason));
  }
}

const UNAUTHENTICATED = "no valid join token or proof in time";
