import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { readAudioDatagram } from "../../../proto/media_stream/audio_datagram.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import {
  MAX_AUDIO_FRAMES_PER_SECOND,
  MAX_UNANNOUNCED_AUDIO_STREAMS,
  UNKNOWN_STREAM_WAIT_MS,
} from "../limits.ts";
import type { Membership } from "../routing/media_router.ts";
import type { Publication, PublishedLayer } from "../routing/publication.ts";
import type { ArrivalReporter } from "./arrival_reporter.ts";
import { AudioRateLimit } from "./audio_rate_limit.ts";
import { StreamRefused } from "./publisher_session.ts";

/** What the audio of one session needs of it. */
export interface AudioIngressOptions {
  readonly arrivals: ArrivalReporter;
  /** Tells the publisher that it may not send this. */
  readonly refuse: (refusal: StreamRefused, streamId: string) => void;
}

/** One stream of sound, from datagrams and from a stream that carries long frames. */
interface AudioStream {
  readonly publication: Publication;
  readonly layer: PublishedLayer;
  readonly rateLimit: AudioRateLimit;
  /** Of the last frame that was handed on. */
  lastSequence: number;
  /** Ends the reading of the stream, if one is open. */
  closeStream: (() => void) | undefined;
}

/**
 * The sound that one session publishes. Frames come in datagrams, repeated while packets get lost,
 * and, when they are too long, on a stream; each is handed on once, in the order of its sequence.
 * What comes after a later frame is as good as lost: whoever waits for it hears it too late. What
 * comes above the rate of {@link AudioRateLimit} is dropped, and the sender told.
 */
export class AudioIngress {
  readonly #options: AudioIngressOptions;
  readonly #streams = new Map<string, AudioStream>();
  /** When a datagram first named a stream without a route, by stream id, oldest first. */
  readonly #unannounced = new Map<string, number>();
  /** Streams that were refused: once each, since there are fifty datagrams in a second. */
  readonly #refused = new Set<string>();

  constructor(options: AudioIngressOptions) {
    this.#options = options;
  }

  /**
   * Takes an audio datagram of an authenticated session.
   *
   * @throws {AudioDatagramError} when the bytes are none.
   */
  receive(bytes: Uint8Array, membership: Membership, nowMs: number): void {
    const { number, sentAtTicks, frames } = readAudioDatagram(bytes);
    this.#options.arrivals.datagramArrived(number, sentAtTicks, nowMs);
    for (const frame of frames) {
      try {
        this.#take(frame, membership, nowMs);
      } catch (error) {
        if (!(error instanceof StreamRefused)) throw error;
        this.#refuse(error, frame.header.streamId);
      }
    }
  }

  /**
   * A stream with frames of `publication` opened, instead of one that is open.
   *
   * @param onEnded called when another one replaces it, or the publication ends.
   */
  openStream(publication: Publication, membership: Membership, onEnded: () => void) {
    const stream = this.#streamOf(publication);
    stream.closeStream?.();
    stream.closeStream = onEnded;
    const layer: PublishedLayer = {
      receive: (frame, nowMs) => this.#handOn(stream, frame, membership, nowMs),
      end: () => {
        if (stream.closeStream === onEnded) stream.closeStream = undefined;
      },
    };
    return layer;
  }

  /** The session is gone. */
  stop(): void {
    for (const { layer } of this.#streams.values()) layer.end();
    this.#streams.clear();
  }

  #take(frame: Frame, membership: Membership, nowMs: number): void {
    const { streamId, frameType, spatialLayer } = frame.header;
    if (this.#refused.has(streamId)) return;
    const stream = this.#streams.get(streamId) ?? this.#announced(streamId, membership, nowMs);
    if (stream === undefined) return;
    if (frameType !== FrameType.audio || spatialLayer !== 0) {
      throw new StreamRefused(ErrorCode.STREAM_ERROR, "only sound may come in datagrams");
    }
    this.#handOn(stream, frame, membership, nowMs);
  }

  /** Undefined while a route may still announce the stream. */
  #announced(
    streamId: string,
    { meeting, participant }: Membership,
    nowMs: number,
  ): AudioStream | undefined {
    const publication = meeting.publication(streamId);
    if (publication === undefined) {
      this.#awaitRoute(streamId, nowMs);
      return undefined;
    }
    this.#unannounced.delete(streamId);
    if (publication.publisherId !== participant.id) {
      throw new StreamRefused(ErrorCode.FORBIDDEN, "the stream is another participant's");
    }
    if (!publication.isAudio) {
      throw new StreamRefused(ErrorCode.STREAM_ERROR, "only sound may come in datagrams");
    }
    return this.#streamOf(publication);
  }

  #awaitRoute(streamId: string, nowMs: number): void {
    const sinceMs = this.#unannounced.get(streamId);
    if (sinceMs === undefined) {
      const [oldest] = this.#unannounced.keys();
      if (this.#unannounced.size >= MAX_UNANNOUNCED_AUDIO_STREAMS) {
        this.#unannounced.delete(oldest!);
      }
      this.#unannounced.set(streamId, nowMs);
    } else if (nowMs - sinceMs >= UNKNOWN_STREAM_WAIT_MS) {
      this.#unannounced.delete(streamId);
      throw new StreamRefused(ErrorCode.STREAM_ERROR, "the stream was not published");
    }
  }

  #streamOf(publication: Publication): AudioStream {
    const { streamId } = publication;
    const known = this.#streams.get(streamId);
    if (known !== undefined) return known;
    const layer = publication.openLayer(0, () => {
      if (this.#streams.get(streamId) !== stream) return;
      this.#streams.delete(streamId);
      stream.closeStream?.();
    });
    const stream: AudioStream = {
      publication,
      layer,
      rateLimit: new AudioRateLimit(),
      lastSequence: -1,
      closeStream: undefined,
    };
    this.#streams.set(streamId, stream);
    return stream;
  }

  /** Hands on a frame that is new; repeated ones cost no rate. */
  #handOn(stream: AudioStream, frame: Frame, { meeting }: Membership, nowMs: number): void {
    const { sequence, audioLevel } = frame.header;
    if (sequence <= stream.lastSequence) return;
    if (!stream.rateLimit.admit(nowMs)) return this.#tooMany(stream, nowMs);
    stream.lastSequence = sequence;
    meeting.heard(stream.publication, audioLevel, nowMs);
    stream.layer.receive(frame, nowMs);
  }

  /** Drops a frame above the rate; the stream goes on, until the session has done so too often. */
  #tooMany({ rateLimit, publication }: AudioStream, nowMs: number): void {
    if (!rateLimit.violates(nowMs)) return;
    const message = `more than ${MAX_AUDIO_FRAMES_PER_SECOND} audio frames in a second`;
    const refusal = new StreamRefused(ErrorCode.RATE_LIMITED, message);
    this.#options.refuse(refusal, publication.streamId);
  }

  #refuse(refusal: StreamRefused, streamId: string): void {
    this.#refused.add(streamId);
    this.#options.refuse(refusal, streamId);
  }
}
