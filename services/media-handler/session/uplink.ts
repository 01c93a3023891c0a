import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import { ArrivalReporter } from "../ingress/arrival_reporter.ts";
import { AudioIngress } from "../ingress/audio_ingress.ts";
import { receivePublishStream } from "../ingress/publish_stream.ts";
import { type PublisherSession, StreamRefused } from "../ingress/publisher_session.ts";
import { MAX_OPEN_PUBLISH_STREAMS } from "../limits.ts";
import type { Membership } from "../routing/media_router.ts";
import type { UplinkFigures } from "../telemetry/uplink_meter.ts";

/** What the uplink of a session needs of it. */
export interface UplinkOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly membership: Promise<Membership>;
  /** Sends a datagram, or drops it when too many wait. */
  readonly sendDatagram: (bytes: Uint8Array) => void;
  /** Something that was published is not read (further). */
  readonly onRefused: (refusal: StreamRefused, streamId: string | undefined) => void;
  /** Reading failed because of a fault of ours. */
  readonly onFault: (error: unknown) => void;
}

/** All that one session publishes: its streams, its audio datagrams, and the reports of them. */
export class Uplink implements PublisherSession {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly membership: Promise<Membership>;
  readonly deliveryNumbers = new Set<number>();
  readonly arrivals: ArrivalReporter;
  readonly audio: AudioIngress;
  readonly #options: UplinkOptions;
  #openStreams = 0;
  #cancelPadding: (() => void) | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.signal = options.signal;
    this.membership = options.membership;
    this.arrivals = new ArrivalReporter(options.clock, options.sendDatagram);
    this.audio = new AudioIngress({ arrivals: this.arrivals, refuse: options.onRefused });
  }

  /** What has arrived so far, for telemetry. */
  get figures(): UplinkFigures {
    const { arrivals, lateArrivals, datagrams } = this.arrivals;
    return {
      arrivals,
      lateArrivals,
      datagramsExpected: datagrams.expected,
      datagramsReceived: datagrams.received,
      datagramJitterMs: datagrams.jitterMs,
    };
  }

  /** Reads a stream that the client opened, unless too many are open. */
  accept(readable: ReadableStream<Uint8Array>): void {
    if (this.#openStreams >= MAX_OPEN_PUBLISH_STREAMS) {
      readable.cancel().catch(() => undefined);
      const refusal = new StreamRefused(ErrorCode.CAPACITY_EXCEEDED, "too many open streams");
      this.#options.onRefused(refusal, undefined);
      return;
    }
    this.#openStreams++;
    receivePublishStream(readable, this)
      .catch(this.#options.onFault)
      .finally(() => this.#openStreams--);
  }

  paddingBegan(cancel: () => void): void {
    this.#cancelPadding?.();
    this.#cancelPadding = cancel;
  }

  refuse(refusal: StreamRefused, streamId: string | undefined): void {
    this.#options.onRefused(refusal, streamId);
  }

  /** The session is gone. */
  stop(): void {
    this.arrivals.stop();
    this.audio.stop();
  }
}
