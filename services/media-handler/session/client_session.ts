import type {
  KeyFrameRequest,
  MediaClientEnvelope,
  ViewRequest,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import type { BidirectionalStream, ServerSession } from "../../runtime/webtransport/session.ts";
import type { Clock } from "../clock.ts";
import type { AudioBatchTimer } from "../egress/audio_batch_timer.ts";
import type { EgressTicker } from "../egress/egress_ticker.ts";
import { Subscriber } from "../egress/subscriber.ts";
import type { LayerTarget } from "../demand/layer_assignment.ts";
import type { StreamRefused } from "../ingress/publisher_session.ts";
import {
  MAX_CONTROL_MESSAGES_PER_SECOND,
  MAX_CONTROL_VIOLATIONS,
  MAX_DATAGRAM_VIOLATIONS,
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
import type { Speaker } from "../speakers/active_speakers.ts";
import type { UplinkFigures } from "../telemetry/uplink_meter.ts";
import { CloseCode } from "./close_code.ts";
import { consume } from "./consume.ts";
import { ControlStream } from "./control_stream.ts";
import { DatagramReader } from "./datagram_reader.ts";
import { SessionStreams } from "./outgoing_streams.ts";
import { activeSpeakersMessage, layerDemandMessage } from "./server_messages.ts";
import { MessageRate } from "./message_rate.ts";
import type { RestTimer } from "./rest_timer.ts";
import { Uplink } from "./uplink.ts";
import { InvalidViews, readViews } from "./view_request.ts";

/** How long a client gets to read the last of its streams before its session is closed, ms. */
export const CLOSE_GRACE_MS = 200;

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
  readonly ticker: EgressTicker;
  readonly rests: RestTimer;
}

/**
 * One client's media session: authenticates on the control stream, reads what the client publishes,
 * sends what it subscribes to. Its loops end together.
 */
export class ClientSession implements ConnectedPeer {
  readonly #clock: Clock;
  readonly #session: ServerSession;
  readonly #context: SessionContext;
  readonly #uplink: Uplink;
  readonly #subscriber: Subscriber;
  readonly #datagramReader: DatagramReader;
  readonly #over = new AbortController();
  readonly #authentication = Promise.withResolvers<Membership>();
  readonly #datagrams: WritableStreamDefaultWriter<Uint8Array>;
  #log: Logger;
  #member: Membership | undefined;
  #control: ControlStream | undefined;
  #controlViolations = 0;
  #streamErrors = 0;
  #datagramViolations = 0;
  #cancelClose: (() => void) | undefined;
  readonly #controlRate = new MessageRate(MAX_CONTROL_MESSAGES_PER_SECOND);

  constructor(session: ServerSession, context: SessionContext) {
    this.#session = session;
    this.#context = context;
    this.#clock = context.clock;
    this.#log = context.log;
    this.#authentication.promise.catch(() => undefined);
    this.#datagrams = session.datagrams.writable.getWriter();
    this.#datagrams.closed.catch(() => undefined);
    this.#datagrams.ready.catch(() => undefined);
    this.#uplink = new Uplink({
      clock: this.#clock,
      signal: this.#over.signal,
      membership: this.#authentication.promise,
      sendDatagram: (bytes) => this.#sendDatagram(bytes),
      onRefused: (refusal, streamId) => this.#onRefused(refusal, streamId),
      onFault: (error) => this.#onFault(error),
    });
    this.#subscriber = new Subscriber({
      streams: new SessionStreams(session),
      clock: this.#clock,
      batches: context.batches,
      ticker: context.ticker,
      sendDatagram: (bytes) => this.#sendDatagram(bytes),
      sendDownlinkReport: (value) => this.#control?.send({ case: "downlinkReport", value }),
      onOpenFailed: (streamId, error) => this.#log.warn("delivery refused", { streamId, error }),
      wantReports: () => this.#datagramReader.wake(),
    });
    this.#datagramReader = new DatagramReader({
      session,
      reports: this.#subscriber,
      rests: context.rests,
      expectsSound: () => (this.#member?.participant.announcedSounds ?? 0) > 0,
      onAudio: (bytes) => this.#onAudio(bytes),
      onViolation: (count) => this.#onDatagramViolation(count),
      onError: (error) => this.#onFault(error),
    });
  }

  /** Streams that are sent to this client now. */
  get deliveryCount(): number {
    return this.#subscriber.streamCount;
  }

  /** Bytes on the way to this client that it has not reported. */
  get bytesInFlight(): number {
    return this.#subscriber.bytesInFlight;
  }

  get uplinkFigures(): UplinkFigures {
    return this.#uplink.figures;
  }

  get downlinkLoss(): number {
    return this.#subscriber.lossRatio;
  }

  /** Serves the session until it ends. Never rejects. */
  async run(): Promise<void> {
    const session = this.#session;
    const end = () => this.#over.abort();
    session.closed.then(end, end);
    const cancelDeadline = this.#clock.after(MEDIA_AUTHENTICATION_DEADLINE_MS, () => {
      if (this.#member === undefined) {
        this.#fail(CloseCode.timeout, ErrorCode.UNAUTHORIZED, "authentication deadline");
      }
    });
    try {
      await Promise.all([
        consume(
          session.incomingBidirectionalStreams,
          this.#over.signal,
          (s) => this.#acceptControl(s),
        ),
        consume(
          session.incomingUnidirectionalStreams,
          this.#over.signal,
          (s) => this.#uplink.accept(s),
        ),
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

  sendLayerDemand(streamId: string, targets: readonly LayerTarget[]): void {
    this.#control?.send(layerDemandMessage(streamId, targets));
  }

  sendActiveSpeakers(speakers: readonly Speaker[]): void {
    this.#control?.send(activeSpeakersMessage(speakers));
  }

  soundAnnounced(): void {
    this.#datagramReader.wake();
  }

  close(reason: CloseReason): void {
    this.#close(CLOSE_CODES[reason], reason);
  }

  #onRefused(refusal: StreamRefused, streamId: string | undefined): void {
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
    control.read(this.#over.signal).catch((error) => this.#onFault(error));
  }

  #onControlMessage(message: MediaClientEnvelope["message"]): void {
    if (this.#over.signal.aborted || !this.#withinMessageRate()) return;
    switch (message.case) {
      case "authenticate":
        if (this.#member === undefined) this.#authenticate(message.value.connectionToken);
        else this.#violation("already authenticated");
        return;
      case "keyFrameRequest":
        if (this.#member === undefined) this.#violation("authenticate first");
        else this.#onKeyFrameRequest(this.#member, message.value);
        return;
      case "viewRequest":
        if (this.#member === undefined) this.#violation("authenticate first");
        else this.#onViewRequest(message.value);
        return;
    }
  }

  #withinMessageRate(): boolean {
    if (this.#controlRate.admit(this.#clock.now())) return true;
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

  #onViewRequest(request: ViewRequest): void {
    try {
      this.#subscriber.setViews(readViews(request));
    } catch (error) {
      if (!(error instanceof InvalidViews)) throw error;
      this.#violation(error.message);
    }
  }

  #onAudio(bytes: Uint8Array): void {
    // Before it has authenticated a session may not send any, and an honest one does not.
    if (this.#member === undefined || this.#over.signal.aborted) return;
    this.#uplink.audio.receive(bytes, this.#member, this.#clock.now());
  }

  #onDatagramViolation(count: number): void {
    this.#datagramViolations += count;
    if (this.#datagramViolations >= MAX_DATAGRAM_VIOLATIONS) {
      this.#fail(CloseCode.invalidRequest, ErrorCode.INVALID_REQUEST, "false datagrams");
    }
  }

  #sendDatagram(bytes: Uint8Array): void {
    // The transport never waits: it drops what it cannot send soon, within its own bound.
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

  /** Tells the client why, then ends the session. */
  #fail(closeCode: CloseCode, code: ErrorCode, message: string): void {
    if (this.#over.signal.aborted) return;
    this.#log.warn("session refused", { closeCode, reason: message });
    this.#sendError(code, message, {});
    this.#close(closeCode, message);
  }

  #onFault(error: unknown): void {
    this.#log.error("session failed", { error });
    this.#close(CloseCode.internalError, "internal error");
  }

  /**
   * Ends all streams, and the session once the client has had time to read them: what was not read
   * when a session closes is lost, and a page whose session closes over open streams may crash
   * (Chromium 156 reads an error without a context, `IncomingStream::ProcessClose`).
   */
  #close(closeCode: CloseCode, reason: string): void {
    if (this.#over.signal.aborted) return;
    this.#detach();
    this.#over.abort();
    this.#subscriber.release();
    const close = () => this.#session.close({ closeCode, reason });
    if (this.#control === undefined) return close();
    this.#control.end();
    this.#cancelClose = this.#clock.after(CLOSE_GRACE_MS, close);
  }

  #detach(): void {
    if (this.#member !== undefined) this.#context.router.disconnect(this.#member, this);
  }

  #release(): void {
    this.#over.abort();
    this.#cancelClose?.();
    this.#detach();
    this.#authentication.reject(new Error("the session ended"));
    this.#uplink.stop();
    this.#datagramReader.stop();
    this.#subscriber.release();
    if (this.#member !== undefined) this.#log.info("media session ended");
  }
}
