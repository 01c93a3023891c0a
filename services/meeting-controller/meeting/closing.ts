import {
  ErrorCode,
  type MeetingControllerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal, unavailable } from "./refusal.ts";
import type { Tenure } from "./tenure.ts";

/** Why a meeting is not open here any more. */
export type Closed =
  /** It is over for everyone. */
  | { readonly because: "ended" }
  /** Another controller took it. */
  | { readonly because: "lost" }
  /** It was handed over. */
  | { readonly because: "moved"; readonly controller: MeetingControllerInfo };

/** Whether a meeting is open here, and may change now. */
export class Closing {
  #closed: Closed | undefined;

  constructor(private readonly tenure: Pick<Tenure, "mayAcknowledge">) {}

  get closed(): Closed | undefined {
    return this.#closed;
  }

  /** It goes on, but not here. */
  get isElsewhere(): boolean {
    return this.#closed !== undefined && this.#closed.because !== "ended";
  }

  /** Whether changes may be made and acknowledged now. */
  get mayChange(): boolean {
    return this.#closed === undefined && this.tenure.mayAcknowledge();
  }

  /** For good. */
  close(closed: Closed): void {
    this.#closed = closed;
  }

  /** @throws {Refusal} NOT_FOUND when it ended, MOVED, or UNAVAILABLE. */
  check(): void {
    if (this.mayChange) return;
    const closed = this.#closed;
    if (closed?.because === "ended") {
      throw new Refusal(ErrorCode.NOT_FOUND, "the meeting has ended");
    }
    if (closed?.because === "moved") {
      const { controller } = closed;
      throw new Refusal(ErrorCode.MOVED, "the meeting is at another controller", { controller });
    }
    throw unavailable();
  }
}
