import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { type Frame, framePayload } from "../../../proto/media_frame/frame_parser.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import { FrameContinuity } from "./frame_continuity.ts";
import type { StreamSource } from "./stream_source.ts";
import { TakenFrames } from "./taken_frames.ts";

/** Most frames of one stream being decrypted or waiting for their key; more are dropped. */
export const MAX_FRAMES_BEING_OPENED = 64;
/** Shortest time between two requests for a key frame of one stream, milliseconds. */
export const KEY_FRAME_REQUEST_INTERVAL_MS = 500;

/** Gives a frame's content, or rejects when it must be dropped. */
export type OpenFrame = (frame: Frame) => Promise<Uint8Array>;

/** A frame as the application gets it. */
export interface ReceivedFrame {
  readonly source: StreamSource;
  readonly frame: Frame;
  readonly data: Uint8Array;
}

/** What became of the frames of one stream since it was seen first. */
export interface ReceiveCounts {
  readonly delivered: number;
  /** Not authentic, no key, malformed. */
  readonly refused: number;
  /** Authentic, but of no use without frames that are missing or were left out. */
  readonly broken: number;
  /** Dropped because too many waited. */
  readonly overflowed: number;
}

/** Opens the frames of one stream of another participant and hands them on in order. */
export class RemoteStreamReceiver {
  readonly source: StreamSource;
  readonly #open: OpenFrame | undefined;
  readonly #deliver: (received: ReceivedFrame) => void;
  readonly #requestKeyFrame: (spatialLayer: number) => void;
  readonly #onRefused: (error: unknown) => void;
  readonly #scheduler: Scheduler;
  readonly #continuity = new FrameContinuity();
  readonly #taken = new TakenFrames();
  /** Sequences of audio frames that are being opened; at most {@link MAX_FRAMES_BEING_OPENED}. */
  readonly #soundBeingOpened = new Set<number>();
  #keyFrameTimer: Disposable | undefined;
  #tail: Promise<void> = Promise.resolve();
  #beingOpened = 0;
  #closed = false;
  #counts = { delivered: 0, refused: 0, broken: 0, overflowed: 0 };

  constructor(options: {
    readonly source: StreamSource;
    /** Decrypts; absent in a meeting that is not encrypted. */
    readonly open: OpenFrame | undefined;
    readonly deliver: (received: ReceivedFrame) => void;
    readonly requestKeyFrame: (spatialLayer: number) => void;
    readonly onRefused: (error: unknown) => void;
    readonly scheduler: Scheduler;
  }) {
    this.source = options.source;
    this.#open = options.open;
    this.#deliver = options.deliver;
    this.#requestKeyFrame = options.requestKeyFrame;
    this.#onRefused = options.onRefused;
    this.#scheduler = options.scheduler;
  }

  get counts(): ReceiveCounts {
    return { ...this.#counts };
  }

  /** Takes the next frame from the wire. */
  push(frame: Frame): void {
    const { frameType, sequence } = frame.header;
    const isAudio = frameType === FrameType.audio;
    if (isAudio && (this.#taken.has(sequence) || this.#soundBeingOpened.has(sequence))) return;
    if (this.#open === undefined) return this.#opened(frame, framePayload(frame));
    if (this.#beingOpened >= MAX_FRAMES_BEING_OPENED) {
      // The gap shows when the next frame comes out.
      this.#counts.overflowed++;
      return;
    }
    this.#beingOpened++;
    if (isAudio) this.#soundBeingOpened.add(sequence);
    const opening = this.#open(frame);
    // Handled below, but only after the frames before it.
    opening.catch(() => undefined);
    this.#tail = this.#tail.then(async () => {
      try {
        this.#opened(frame, await opening);
      } catch (error) {
        this.#counts.refused++;
        this.#onRefused(error);
      } finally {
        this.#beingOpened--;
        this.#soundBeingOpened.delete(sequence);
      }
    });
  }

  close(): void {
    this.#closed = true;
    this.#keyFrameTimer?.[Symbol.dispose]();
    this.#keyFrameTimer = undefined;
  }

  #opened(frame: Frame, data: Uint8Array): void {
    if (this.#closed) return;
    if (frame.header.frameType === FrameType.audio) this.#taken.mark(frame.header.sequence);
    switch (this.#continuity.next(frame.header)) {
      case "duplicate":
        return;
      case "incomplete":
        this.#counts.broken++;
        return;
      case "broken":
        this.#counts.broken++;
        return this.#needKeyFrame(frame.header.spatialLayer);
      case "deliver":
        this.#counts.delivered++;
        this.#deliver({ source: this.source, frame, data });
    }
  }

  /** Asks for a key frame now, and again as long as none has come. */
  #needKeyFrame(spatialLayer: number): void {
    if (this.#keyFrameTimer !== undefined) return;
    this.#requestKeyFrame(spatialLayer);
    this.#keyFrameTimer = this.#scheduler.after(KEY_FRAME_REQUEST_INTERVAL_MS, () => {
      this.#keyFrameTimer = undefined;
      const { brokenLayer } = this.#continuity;
      if (brokenLayer !== undefined && !this.#closed) this.#needKeyFrame(brokenLayer);
    });
  }
}
