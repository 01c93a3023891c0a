import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  MediaClientEnvelopeSchema,
  MediaServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import {
  ARRIVAL_REPORT_TYPE,
  type ArrivalReport,
  ArrivalReportError,
  readArrivalReport,
} from "../../../proto/media_stream/arrival_report.ts";
import {
  AUDIO_DATAGRAM_TYPE,
  AudioDatagramError,
} from "../../../proto/media_stream/audio_datagram.ts";
import type { EncodingTarget } from "../send/encoding_target.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import { type Connect, connectSession, type ServerEndpoint } from "../transport/connect.ts";
import { type WaitOptions, withDeadline } from "../transport/deadline.ts";
import { DatagramSender } from "../transport/datagram_sender.ts";
import { MessageChannel } from "../transport/message_channel.ts";
import type { MediaPath, WebTransportSession } from "../transport/webtransport_session.ts";
import { downlinkReportOf, layerDemandOf, viewRequestMessage } from "./media_control_messages.ts";
import type { ActiveSpeaker, DownlinkReport } from "./stream_quality.ts";
import type { StreamView } from "./stream_view.ts";

/** Version of the media control protocol. */
const PROTOCOL_VERSION = 1;
/** How long the media handler may take to authenticate, milliseconds. */
export const AUTHENTICATION_DEADLINE_MS = 4_000;

/** What the media handler says on the control stream, after authentication. */
export interface MediaLinkHooks {
  readonly onKeyFrameRequest: (wireStreamId: string, spatialLayer: number) => void;
  /** What of an own stream is wanted by anyone, layer by layer. */
  readonly onLayerDemand: (wireStreamId: string, demand: readonly EncodingTarget[]) => void;
  /** Stream ids are those on the wire. */
  readonly onActiveSpeakers: (speakers: readonly ActiveSpeaker[]) => void;
  readonly onDownlinkReport: (report: DownlinkReport) => void;
  readonly onReport: (link: MediaLink, report: ArrivalReport) => void;
  /**
   * @throws {AudioDatagramError} when the bytes are no audio datagram.
   */
  readonly onAudio: (link: MediaLink, bytes: Uint8Array) => void;
  /** The media handler said anything. */
  readonly onHeard: (link: MediaLink) => void;
  /** The media handler complains, for instance about a stream that it does not know. */
  readonly onError: (error: SignalingError) => void;
}

/** The media session ended. */
export class MediaLostError extends Error {
  override readonly name = "MediaLostError";
}

/** One session with a media handler: its control stream and its datagrams. */
export class MediaLink implements MediaPath {
  readonly session: WebTransportSession;
  readonly datagrams: DatagramSender;
  readonly endpoint: ServerEndpoint;
  readonly #channel: MessageChannel;
  readonly #hooks: MediaLinkHooks;
  readonly #authenticated = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<MediaLostError>();

  private constructor(
    session: WebTransportSession,
    endpoint: ServerEndpoint,
    channel: MessageChannel,
    hooks: MediaLinkHooks,
  ) {
    this.session = session;
    this.datagrams = new DatagramSender(session);
    this.endpoint = endpoint;
    this.#channel = channel;
    this.#hooks = hooks;
    this.#authenticated.promise.catch(() => undefined);
    this.#watch(
      session.closed.then(({ closeCode = 0, reason = "" }) => {
        throw new MediaLostError(`closed by the media handler: ${closeCode} ${reason}`);
      }),
    );
    this.#watch(channel.receive((message) => this.#onMessage(message)));
    this.#watch(this.#readDatagrams());
  }

  /** Connects and opens the control stream; the token may follow later. */
  static async connect(
    connect: Connect,
    endpoint: ServerEndpoint,
    hooks: MediaLinkHooks,
    wait: WaitOptions,
  ): Promise<MediaLink> {
    const session = await connectSession(connect, endpoint, wait);
    try {
      const control = await session.createBidirectionalStream();
      return new MediaLink(session, endpoint, new MessageChannel(control), hooks);
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Resolves when the session is gone. Never rejects. */
  get ended(): Promise<MediaLostError> {
    return this.#ended.promise;
  }

  /**
   * Shows the connection token; media may flow when this resolves.
   *
   * @throws {SignalingError} when the token is refused.
   * @throws {MediaLostError | DeadlineError}
   */
  async authenticate(connectionToken: string, wait: WaitOptions): Promise<void> {
    this.#send({ case: "authenticate", value: { connectionToken } });
    await withDeadline(this.#authenticated.promise, AUTHENTICATION_DEADLINE_MS, wait);
  }

  /** Asks for a key frame of a stream of someone else. */
  requestKeyFrame(streamId: string, spatialLayer: number): void {
    this.#send({ case: "keyFrameRequest", value: { streamId, spatialLayer } });
  }

  /** Says how streams are looked at. */
  setViews(views: readonly StreamView[]): void {
    this.#send({ case: "viewRequest", value: viewRequestMessage(views) });
  }

  /** Ends the session. */
  close(): void {
    this.#end(new MediaLostError("closed by the client"));
  }

  #send(message: MessageInitShape<typeof MediaClientEnvelopeSchema>["message"]): void {
    const envelope = create(MediaClientEnvelopeSchema, { version: PROTOCOL_VERSION, message });
    try {
      this.#channel.send(toBinary(MediaClientEnvelopeSchema, envelope));
    } catch (cause) {
      this.#end(new MediaLostError("the control stream is closed", { cause }));
    }
  }

  #onMessage(bytes: Uint8Array): void {
    const { message } = fromBinary(MediaServerEnvelopeSchema, bytes);
    this.#hooks.onHeard(this);
    switch (message.case) {
      case "authenticated":
        return this.#authenticated.resolve();
      case "keyFrameRequest":
        return this.#hooks.onKeyFrameRequest(message.value.streamId, message.value.spatialLayer);
      case "layerDemand":
        return this.#hooks.onLayerDemand(message.value.streamId, layerDemandOf(message.value));
      case "activeSpeakers":
        return this.#hooks.onActiveSpeakers(
          message.value.speakers.map(({ participantId, streamId }) => ({
            participantId,
            streamId,
          })),
        );
      case "downlinkReport":
        return this.#hooks.onDownlinkReport(downlinkReportOf(message.value));
      case "error": {
        const error = new SignalingError(message.value);
        this.#authenticated.reject(error);
        return this.#hooks.onError(error);
      }
      default:
        // A message of a later version.
    }
  }

  async #readDatagrams(): Promise<void> {
    const reader = this.session.datagrams.readable.getReader();
    const stop = () => reader.cancel().catch(() => undefined);
    this.ended.then(stop);
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#onDatagram(value);
    }
  }

  #onDatagram(bytes: Uint8Array): void {
    this.#hooks.onHeard(this);
    try {
      // Other kinds of datagrams may come with a later version.
      if (bytes[0] === ARRIVAL_REPORT_TYPE) this.#hooks.onReport(this, readArrivalReport(bytes));
      if (bytes[0] === AUDIO_DATAGRAM_TYPE) this.#hooks.onAudio(this, bytes);
    } catch (error) {
      // A datagram that is garbled may be left out like one that is lost.
      if (!(error instanceof ArrivalReportError || error instanceof AudioDatagramError)) {
        throw error;
      }
    }
  }

  /** Ends the link when one of its loops ends. */
  #watch(loop: Promise<void>): void {
    loop.then(
      () => this.#end(new MediaLostError("the control stream ended")),
      (cause) =>
        this.#end(
          cause instanceof MediaLostError
            ? cause
            : new MediaLostError("the media session failed", { cause }),
        ),
    );
  }

  #end(error: MediaLostError): void {
    this.#ended.resolve(error);
    this.#authenticated.reject(error);
    this.#channel.close();
    this.session.close();
  }
}
