import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  MediaClientEnvelopeSchema,
  MediaServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import {
  type AcknowledgementEntry,
  AcknowledgementError,
  readAcknowledgements,
} from "../../../proto/media_stream/acknowledgement.ts";
import type { EncodingTarget } from "../send/encoding_target.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import { type Connect, connectSession, type ServerEndpoint } from "../transport/connect.ts";
import { type WaitOptions, withDeadline } from "../transport/deadline.ts";
import { MessageChannel } from "../transport/message_channel.ts";
import type { WebTransportSession } from "../transport/webtransport_session.ts";
import { downlinkReportOf, layerDemandOf, viewRequestMessage } from "./media_control_messages.ts";
import type { ActiveSpeaker, DownlinkReport } from "./stream_quality.ts";
import type { StreamView } from "./stream_view.ts";

/** Version of the media control protocol. */
const PROTOCOL_VERSION = 1;
/** How long the media handler may take to authenticate, milliseconds. */
export const AUTHENTICATION_DEADLINE_MS = 10_000;

/** What the media handler says on the control stream, after authentication. */
export interface MediaLinkHooks {
  readonly onKeyFrameRequest: (wireStreamId: string, spatialLayer: number) => void;
  /** What of an own stream is wanted by anyone, layer by layer. */
  readonly onLayerDemand: (wireStreamId: string, demand: readonly EncodingTarget[]) => void;
  /** Stream ids are those on the wire. */
  readonly onActiveSpeakers: (speakers: readonly ActiveSpeaker[]) => void;
  readonly onDownlinkReport: (report: DownlinkReport) => void;
  readonly onAcknowledgements: (link: MediaLink, entries: readonly AcknowledgementEntry[]) => void;
  /** The media handler complains, for instance about a stream that it does not know. */
  readonly onError: (error: SignalingError) => void;
}

/** The media session ended. */
export class MediaLostError extends Error {
  override readonly name = "MediaLostError";
}

/** One session with a media handler: its control stream and its datagrams. */
export class MediaLink {
  readonly session: WebTransportSession;
  readonly endpoint: ServerEndpoint;
  readonly #channel: MessageChannel;
  readonly #hooks: MediaLinkHooks;
  readonly #wait: WaitOptions;
  readonly #authenticated = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<MediaLostError>();

  private constructor(
    session: WebTransportSession,
    endpoint: ServerEndpoint,
    channel: MessageChannel,
    hooks: MediaLinkHooks,
    wait: WaitOptions,
  ) {
    this.session = session;
    this.endpoint = endpoint;
    this.#channel = channel;
    this.#hooks = hooks;
    this.#wait = wait;
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
      return new MediaLink(session, endpoint, new MessageChannel(control), hooks, wait);
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
  async authenticate(connectionToken: string): Promise<void> {
    this.#send({ case: "authenticate", value: { connectionToken } });
    await withDeadline(this.#authenticated.promise, AUTHENTICATION_DEADLINE_MS, this.#wait);
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
      try {
        this.#hooks.onAcknowledgements(this, readAcknowledgements(value));
      } catch (error) {
        // Other kinds of datagrams may come with a later version.
        if (!(error instanceof AcknowledgementError)) throw error;
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
