import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import type { MediaPath } from "../transport/webtransport_session.ts";
import { HeldFrames } from "./held_frames.ts";
import { ReceivingSession } from "./receiving_session.ts";
import {
  type OpenFrame,
  type ReceivedFrame,
  RemoteStreamReceiver,
} from "./remote_stream_receiver.ts";
import type { StreamSource } from "./stream_source.ts";

/** What a media receiver needs. */
export interface MediaReceiverOptions {
  /** The decryption of one stream; absent in a meeting that is not encrypted. */
  readonly opener: ((source: StreamSource) => OpenFrame) | undefined;
  readonly onFrame: (received: ReceivedFrame) => void;
  /** A decoder of this stream needs a key frame. */
  readonly requestKeyFrame: (streamId: string, spatialLayer: number) => void;
  /** A frame was dropped because it could not be decrypted. */
  readonly onRefused: (source: StreamSource, error: unknown) => void;
  readonly now: () => number;
  readonly scheduler: Scheduler;
}

/**
 * Receives the streams of the others: keeps what it knows of each through a change of the media
 * session, so that a group of pictures which comes twice is not shown twice.
 */
export class MediaReceiver {
  readonly #options: MediaReceiverOptions;
  readonly #streams = new Map<string, RemoteStreamReceiver>();
  readonly #held: HeldFrames;

  constructor(options: MediaReceiverOptions) {
    this.#options = options;
    this.#held = new HeldFrames(options.scheduler);
  }

  /** The streams that the roster names now; frames that waited for one of them go on. */
  setSources(sources: readonly StreamSource[]): void {
    const named = new Set(sources.map(({ streamId }) => streamId));
    for (const [streamId, stream] of this.#streams) {
      if (named.has(streamId)) continue;
      stream.close();
      this.#streams.delete(streamId);
    }
    for (const source of sources) {
      if (this.#streams.has(source.streamId)) continue;
      const stream = this.#receiver(source);
      this.#streams.set(source.streamId, stream);
      for (const frame of this.#held.take(source.streamId)) stream.push(frame);
    }
  }

  /** Receives from an authenticated media session; `onArrival` is called whenever media arrives. */
  attach(path: MediaPath, onArrival: () => void): ReceivingSession {
    const { now, scheduler } = this.#options;
    return new ReceivingSession({
      path,
      onFrame: (frame) => this.#onFrame(frame),
      onArrival,
      now,
      scheduler,
    });
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
    this.#held.clear();
  }

  #receiver(source: StreamSource): RemoteStreamReceiver {
    const { opener, onFrame, requestKeyFrame, onRefused, scheduler } = this.#options;
    return new RemoteStreamReceiver({
      source,
      open: opener?.(source),
      deliver: onFrame,
      requestKeyFrame: (spatialLayer) => requestKeyFrame(source.streamId, spatialLayer),
      onRefused: (error) => onRefused(source, error),
      scheduler,
    });
  }

  #onFrame(frame: Frame): void {
    const stream = this.#streams.get(frame.header.streamId);
    if (stream === undefined) this.#held.hold(frame);
    else stream.push(frame);
  }
}
