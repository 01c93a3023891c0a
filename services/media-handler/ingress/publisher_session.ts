import type { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import type { Membership } from "../routing/media_router.ts";
import type { ArrivalReporter } from "./arrival_reporter.ts";
import type { AudioIngress } from "./audio_ingress.ts";

/** Why something published is not read (further); goes to its publisher. */
export class StreamRefused extends Error {
  override readonly name = "StreamRefused";
  constructor(readonly code: ErrorCode, message: string) {
    super(message);
  }
}

/** What the readers of what a client publishes need of its session. */
export interface PublisherSession {
  readonly clock: Clock;
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;
  /** Resolves once the session has authenticated; rejects if it ends before. */
  readonly membership: Promise<Membership>;
  /** Numbers of the streams that are open. */
  readonly deliveryNumbers: Set<number>;
  /** Told of all that arrives. */
  readonly arrivals: ArrivalReporter;
  /** Takes the sound that comes on streams, in one order with that of datagrams. */
  readonly audio: AudioIngress;
  /**
   * A padding stream began: what it replaces is cancelled, so that there is one at a time.
   *
   * @param cancel tells the sender to stop.
   */
  paddingBegan(cancel: () => void): void;
  /** Tells the publisher. */
  refuse(refusal: StreamRefused, streamId: string | undefined): void;
}
