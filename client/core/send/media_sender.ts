import type { AcknowledgementEntry } from "../../../proto/media_stream/acknowledgement.ts";
import type { WebTransportSession } from "../transport/webtransport_session.ts";
import type { EncodingTarget } from "./encoding_target.ts";
import type { LocalStreamDescription } from "./local_stream.ts";
import {
  type LocalStreamHooks,
  LocalStreamSender,
  type Publication,
} from "./local_stream_sender.ts";
import { Uplink } from "./uplink.ts";

/** Most streams a participant may have at the same time. */
export const MAX_LOCAL_STREAMS = 16;

/** All streams of one's own. */
export class MediaSender {
  readonly #hooks: LocalStreamHooks;
  readonly #streams = new Map<string, LocalStreamSender>();
  #uplink: Uplink | undefined;

  constructor(hooks: LocalStreamHooks) {
    this.#hooks = hooks;
  }

  /** In the order they were added. */
  get streams(): IterableIterator<LocalStreamSender> {
    return this.#streams.values();
  }

  stream(streamId: string): LocalStreamSender | undefined {
    return this.#streams.get(streamId);
  }

  /**
   * Adds a stream that is to be published.
   *
   * @throws {RangeError} when its id is in use, or there are too many.
   */
  add(description: LocalStreamDescription): LocalStreamSender {
    if (this.#streams.has(description.streamId)) {
      throw new RangeError(`stream ${description.streamId} exists already`);
    }
    if (this.#streams.size >= MAX_LOCAL_STREAMS) {
      throw new RangeError(`more than ${MAX_LOCAL_STREAMS} streams`);
    }
    const stream = new LocalStreamSender(description, this.#hooks);
    this.#streams.set(description.streamId, stream);
    return stream;
  }

  /** The servers know the stream from now on. */
  published(stream: LocalStreamSender, publication: Publication): void {
    stream.publish(publication);
    stream.attach(this.#uplink);
  }

  remove(streamId: string): void {
    this.#streams.get(streamId)?.close();
    this.#streams.delete(streamId);
  }

  removeAll(): void {
    for (const streamId of [...this.#streams.keys()]) this.remove(streamId);
  }

  /** Sends through a media session from now on, which has been authenticated; or through none. */
  attach(session: WebTransportSession | undefined): void {
    this.#uplink = session && new Uplink(session, this.#hooks.now);
    for (const stream of this.#streams.values()) {
      if (stream.wireStreamId !== undefined) stream.attach(this.#uplink);
    }
  }

  /** The participant is gone; the streams wait for the next one. */
  withdraw(): void {
    this.#uplink = undefined;
    for (const stream of this.#streams.values()) stream.withdraw();
  }

  /** Takes what the media handler says it has received. */
  acknowledge(entries: readonly AcknowledgementEntry[]): void {
    this.#uplink?.acknowledge(entries);
  }

  /** The media handler, or a new key, calls for a key frame of the stream with this wire id. */
  keyFrameRequested(wireStreamId: string, spatialLayer: number): void {
    const stream = this.#published(wireStreamId);
    if (stream === undefined || !stream.video || stream.muted) return;
    this.#hooks.onKeyFrameNeeded(stream.streamId, spatialLayer);
  }

  /** The media handler says what of a stream is wanted by anyone. */
  layerDemanded(wireStreamId: string, demand: readonly EncodingTarget[]): void {
    const stream = this.#published(wireStreamId);
    if (stream?.video) this.#hooks.onEncodingTargets(stream.streamId, demand);
  }

  /** The application's id of the stream with this wire id, if there is one. */
  localStreamId(wireStreamId: string): string | undefined {
    return this.#published(wireStreamId)?.streamId;
  }

  /** Every video encoder must make a key frame. */
  requireKeyFrames(): void {
    for (const stream of this.#streams.values()) {
      if (stream.wireStreamId !== undefined && stream.video && !stream.muted) {
        this.#hooks.onKeyFrameNeeded(stream.streamId, undefined);
      }
    }
  }

  #published(wireStreamId: string): LocalStreamSender | undefined {
    for (const stream of this.#streams.values()) {
      if (stream.wireStreamId === wireStreamId) return stream;
    }
    return undefined;
  }
}
