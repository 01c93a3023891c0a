import type {
  KeyFrameRequest,
  MediaClientEnvelope,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import type { BidirectionalStream, ServerSession } from "../../runtime/webtransport/session.ts";
import type { Clock } from "../clock.ts";
import type { AudioBatchTimer } from "../egress/audio_batch_timer.ts";
import { Subscriber } from "../egress/subscriber.ts";
import {
  type PublisherSession,
  receivePublishStream,
  type StreamRefused,
} from "../ingress/publish_stream.ts";
import { UplinkAcknowledger } from "../ingress/uplink_acknowledger.ts";
import {
  MAX_ACKNOWLEDGEMENT_VIOLATIONS,
  MAX_CONTROL_MESSAGES_PER_SECOND,
  MAX_CONTROL_VIOLATIONS,
  MAX_OPEN_PUBLISH_STREAMS,
  MAX_STREAM_ERRORS,
  MEDIA_AUTHENTICATION_DEADLINE_MS,
} from "../limits.ts";
import type { MediaRouter, Membership } from "../routing/media_router.ts";
import type { CloseReason, ConnectedPeer } from "../routing/participant.ts";
import type {
  PublicationFeed,
  Subscription,
  SubscriptionRequest,
} from "../routing/subscription.ts";
import { AcknowledgementReader } from "./acknowledgement_reader.ts";
import { CloseCode } from "./close_code.ts";
import { consume } from "./consume.ts";
import { ControlStream } from "./control_stream.ts";
import { SessionStreams } from "./outgoing_streams.ts";
import type { RestTimer } from "./rest_timer.ts";

/** How long a client gets to read a last message before its session is closed, milliseconds. */
const CLOSE_GRACE_MS = 200;

const CLOSE_CODES: Record<CloseReason, CloseCode> = {
  superseded: CloseCode.superseded,
  removed: CloseCode.removed,
  shutdown: CloseCode.goingAway,
};

/** What all sessions share. */
export interface SessionContext {
  readonly router: MediaRouter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly batches: AudioBatchTimer;
  readonly rests: RestTimer;
}

/**
 * One client's media session: authenticates on the control stream, reads what the client publishes,
 * sends what it subscribes to. Its loops end together.
 */
export class ClientSession implements ConnectedPeer, PublisherSession {
  readonly clock: Clock;
  readonly membership: Promise<Membership>;
  readonly deliveryNumbers = new Set<number>();
  readonly #session: ServerSession;
  readonly #context: SessionContext;
  readonly #subscriber: Subscriber;
  readonly #acknowledgements: AcknowledgementReader;
  readonly #acknowledger: UplinkAcknowledger;
  readonly #over = new AbortController();
  readonly #authentication = Promise.withResolvers<Membership>();
  readonly #datagrams: WritableStreamDefaultWriter<Uint8Array>;
  #log: Logger;
  #member: Membership | undefined;
  #control: ControlStream | undefined;
  #openPublishStreams = 0;
  #controlViolations = 0;
  #streamErrors = 0;
  #acknowledgementViolations = 0;
  #controlSecond = -Infinity;
  #controlMessages = 0;

  constructor(session: ServerSession, context: SessionContext) {
    this.#session = session;
    this.#context = context;
    this.clock = context.clock;
    this.#log = context.log;
    this.membership = this.#authentication.promise;
    this.membership.catch(() => undefined);
    this.#datagrams = session.datagrams.writable.getWriter();
    this.#datagrams.closed.catch(() => undefined);
    this.#datagrams.ready.catch(() => undefined);
    this.#acknowledger = new UplinkAcknowledger(this.clock, (bytes) => this.#sendDatagram(bytes));
    this.#subscriber = new Subscriber({
      streams: new SessionStreams(session),
      clock: this.clock,
      batches: context.batches,
      onOpenFailed: (streamId, error) => this.#log.warn("delivery refused", { streamId, error }),
      wantAcknowledgements: () => this.#acknowledgements.wake(),
    });
    this.#acknowledgements = new AcknowledgementReader({
      session,
      subscriber: this.#subscriber,
      rests: context.rests,
      onImpossible: (count) => this.#onImpossibleAcknowledgements(count),
      onError: (error) => this.#onFault(error),
    });
  }

  /** Aborts when the session ends. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Streams that are sent to this client now. */
  get deliveryCount(): number {
    return this.#subscriber.streamCount;
  }

  /** Bytes on the way to this client that it has not acknowledged. */
  get bytesInFlight(): number {
    return this.#subscriber.bytesInFlight;
  }

  /** Serves the session until it ends. Never rejects. */
  async run(): Promise<void> {
    const session = this.#session;
    const end = () => this.#over.abort();
    session.closed.then(end, end);
    const cancelDeadline = this.clock.after(MEDIA_AUTHENTICATION_DEADLINE_MS, () => {
      if (this.#member === undefined) {
        this.#fail(CloseCode.timeout, ErrorCode.UNAUTHORIZED, "authentication deadline");
      }
    });
    try {
      await Promise.all([
        consume(session.incomingBidirectionalStreams, this.signal, (s) => this.#acceptControl(s)),
        consume(session.incomingUnidirectionalStreams, this.signal, (s) => this.#acceptStream(s)),
      ]);
      // The streams may end a little before the session says that it is over.
      await session.closed.catch(() => undefined);
    } catch (error) {
      this.#log.error("session failed", { error });
      session.close({ closeCode: CloseCode.internalError });
    } finally {
      cancelDeadline();
      this.#release();
    }
  }

  subscribe(feed: PublicationFeed, request: SubscriptionRequest): Subscription {
    return this.#subscriber.subscribe(feed, request);
  }

  requestKeyFrame(streamId: string, spatialLayer: number): void {
    this.#control?.send({ case: "keyFrameRequest", value: { streamId, spatialLayer } });
  }

  close(reason: CloseReason): void {
    this.#close(CLOSE_CODES[reason], reason);
  }

  acknowledge(deliveryNumber: number, receivedBytes: number): void {
    this.#acknowledger.moved(deliveryNumber, receivedBytes);
  }

  refuse(refusal: StreamRefused, streamId: string | undefined): void {
    this.#log.warn("published stream refused", { streamId, reason: refusal.message });
    this.#streamErrors++;
    if (this.#streamErrors >= MAX_STREAM_ERRORS) {
      this.#fail(CloseCode.invalidRequest, ErrorCode.STREAM_ERROR, "too many refused streams");
    } else {
      this.#sendError(refusal.code, refusal.message, streamId === undefined ? {} : { streamId });
    }
  }

  #acceptControl(stream: BidirectionalStream): void {
    if (this.#control !== undefined) {
      stream.readable.cancel().catch(() => undefined);
      stream.writable.close().catch(() => undefined);
      this.#violation("one control stream is enough");
      return;
    }
    const control = new ControlStream(stream, {
      onMessage: (message) => this.#onControlMessage(message),
      onMalformedMessage: () => this.#violation("malformed message"),
      onBrokenFraming: (error) =>
        this.#fail(CloseCode.invalidRequest, ErrorCode.INVALID_REQUEST, error.message),
      onQueueFull: () => this.#close(CloseCode.tooSlow, "control messages are not read"),
    });
    this.#control = control;
    control.read(this.signal).catch((error) => this.#onFault(error));
  }

  #onControlMessage(message: MediaClientEnvelope["message"]): void {
    if (this.signal.aborted || !this.#withinMessageRate()) return;
    switch (message.case) {
      case "authenticate":
        if (this.#member === undefined) this.#authenticate(message.value.connectionToken);
        else this.#violation("already authenticated");
        return;
      case "keyFrameRequest":
        if (this.#member === undefined) this.#violation("authenticate first");
        else this.#onKeyFrameRequest(this.#member, message.value);
        return;
    }
  }

  #withinMessageRate(): boolean {
    const second = Math.floor(this.clock.now() / 1000);
    if (second !== this.#controlSecond) {
      this.#controlSecond = second;
      this.#controlMessages = 0;
    }
    if (++this.#controlMessages <= MAX_CONTROL_MESSAGES_PER_SECOND) return true;
    this.#fail(CloseCode.overLimit, ErrorCode.RATE_LIMITED, "too many control messages");
    return false;
  }

  #authenticate(connectionToken: string): void {
    const member = this.#context.router.authenticate(connectionToken);
    if (member === undefined) {
      this.#fail(CloseCode.unauthorized, ErrorCode.UNAUTHORIZED, "unknown connection token");
      return;
    }
    const { meeting, participant } = member;
    this.#member = member;
    this.#log = this.#log.with({ meetingId: meeting.id, participantId: participant.id });
    this.#session.authenticated();
    this.#control?.send({ case: "authenticated", value: { participantId: participant.id } });
    this.#context.router.connect(member, this);
    this.#authentication.resolve(member);
    this.#log.info("media session authenticated");
  }

  #onKeyFrameRequest({ meeting, participant }: Membership, request: KeyFrameRequest): void {
    // A stream that ended, or was unsubscribed, a moment ago is no fault.
    if (!meeting.receives(participant.id, request.streamId)) return;
    meeting.publication(request.streamId)?.requestKeyFrame(request.spatialLayer);
  }

  #acceptStream(readable: ReadableStream<Uint8Array>): void {
    if (this.#openPublishStreams >= MAX_OPEN_PUBLISH_STREAMS) {
      readable.cancel().catch(() => undefined);
      this.#sendError(ErrorCode.CAPACITY_EXCEEDED, "too many open streams", {});
      return;
    }
    this.#openPublishStreams++;
    receivePublishStream(readable, this)
      .catch((error) => this.#onFault(error))
      .finally(() => this.#openPublishStreams--);
  }

  #onImpossibleAcknowledgements(count: number): void {
    this.#acknowledgementViolations += count;
    if (this.#acknowledgementViolations >= MAX_ACKNOWLEDGEMENT_VIOLATIONS) {
      this.#fail(CloseCode.invalidRequest, ErrorCode.INVALID_REQUEST, "false acknowledgements");
    }
  }

  #sendDatagram(bytes: Uint8Array): void {
    // The next one says the same and more, so a full queue costs nothing.
    if ((this.#datagrams.desiredSize ?? 0) <= 0) return;
    this.#datagrams.write(bytes).catch(() => undefined);
  }

  #violation(message: string): void {
    this.#controlViolations++;
    if (this.#controlViolations >= MAX_CONTROL_VIOLATIONS) {
      this.#fail(CloseCode.invalidRequest, ErrorCode.INVALID_REQUEST, message);
    } else {
      this.#sendError(ErrorCode.INVALID_REQUEST, message, {});
    }
  }

  #sendError(code: ErrorCode, message: string, details: Record<string, string>): void {
    this.#control?.send({ case: "error", value: { code, message, details } });
  }

  /** Tells the client why, gives it time to read that, then ends the session. */
  #fail(closeCode: CloseCode, code: ErrorCode, message: string): void {
    if (this.signal.aborted) return;
    this.#log.warn("session refused", { closeCode, reason: message });
    this.#sendError(code, message, {});
    this.#detach();
    this.#over.abort();
    this.#control?.end();
    // What was not read when a session closes is lost.
    const graceMs = this.#control === undefined ? 0 : CLOSE_GRACE_MS;
    this.clock.after(graceMs, () => this.#session.close({ closeCode, reason: message }));
  }

  #onFault(error: unknown): void {
    this.#log.error("session failed", { error });
    this.#close(CloseCode.internalError, "internal error");
  }

  #close(closeCode: CloseCode, reason: string): void {
    if (this.signal.aborted) return;
    this.#detach();
    this.#over.abort();
    this.#session.close({ closeCode, reason });
  }

  #detach(): void {
    if (this.#member !== undefined) this.#context.router.disconnect(this.#member, this);
  }

  #release(): void {
    this.#over.abort();
    this.#detach();
    this.#authentication.reject(new Error("the session ended"));
    this.#acknowledger.stop();
    this.#acknowledgements.stop();
    this.#subscriber.release();
    if (this.#member !== undefined) this.#log.info("media session ended");
  }
}
