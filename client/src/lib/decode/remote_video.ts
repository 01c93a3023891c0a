import { DISPLAY_LATENCY_MS } from "../playout/display_latency.ts";
import { RecentMedian } from "../playout/recent_median.ts";
import { BurstDetector } from "./burst_detector.ts";
import { GroupStore } from "./group_store.ts";
import { PictureCanvases } from "./picture_canvases.ts";
import { PictureWatchdog } from "./picture_watchdog.ts";
import type { ReceivedFrame } from "./received_frame.ts";
import { TemporalThinning } from "./temporal_thinning.ts";
import { VideoPlayout } from "./video_playout.ts";
import { VideoStreamDecoder } from "./video_stream_decoder.ts";

/** Requests for a key frame come no closer than this. */
const KEY_FRAME_REQUEST_INTERVAL_MS = 300;
/** How long a stream that is expected on a canvas is decoded before the canvas is there. */
const FIRST_CANVAS_PATIENCE_MS = 1_000;
/** From the drawing on a canvas to the animation frame that has it, on average, at 60 Hz. */
const DRAWN_TO_FRAME_MS = 8;
/** A stream without a picture for longer has no delay. */
const STILL_AFTER_MS = 1_000;
/** Pictures over which the delay is looked at: half a second at 30 a second. */
const DELAY_PICTURES = 15;

interface Arrival {
  readonly atMs: number;
  readonly burst: boolean;
}

export interface RemoteVideoOptions {
  /** WebCodecs codec string. */
  readonly codec: string;
  /** A canvas is about to come: the first picture is decoded meanwhile. */
  readonly canvasExpected: boolean;
  /** Its picture may stand still for long, as that of a shared screen. */
  readonly still: boolean;
  /** Asks the publisher for a key frame of this spatial layer. */
  requestKeyFrame(spatialLayer: number): void;
  /** Asks for the stream anew, since nothing else helped. */
  resubscribe(): void;
  /** A picture was drawn. */
  onDrawn(): void;
  /** A picture was decoded this long after its frame came, ms. Not told of frames that came in a burst. */
  onDecoded?(decodeMs: number): void;
  readonly now?: () => number;
}

/**
 * Decodes one remote video stream and draws it on the canvases attached to it. Nothing is decoded
 * while nobody sees it, but for the moment before the first canvas comes.
 */
export class RemoteVideo {
  readonly #options: RemoteVideoOptions;
  readonly #now: () => number;
  readonly #decoder: VideoStreamDecoder;
  readonly #stored = new GroupStore();
  readonly #canvases = new PictureCanvases();
  readonly #playout = new VideoPlayout<VideoFrame>((picture) => picture.close());
  readonly #watchdog: PictureWatchdog;
  /** Arrivals of the frames inside the decoder, by their timestamps. */
  readonly #arrivals = new Map<number, Arrival>();
  readonly #bursts = new BurstDetector();
  /** The newest picture of before the first canvas. */
  #undrawn: VideoFrame | undefined;
  #canvasExpectedUntilMs: number;
  #onScreen = true;
  #flowing = true;
  readonly #thinning = new TemporalThinning();
  #spatialLayer = 0;
  /** Pictures up to here are old: they only lead to the newest one of a stored group. */
  #catchUpToUs = -Infinity;
  #animationFrame: number | undefined;
  #requestedAtMs = -Infinity;
  readonly #delaysMs = new RecentMedian(DELAY_PICTURES);
  #drawnAtMs = -Infinity;
  #closed = false;

  constructor(options: RemoteVideoOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#watchdog = new PictureWatchdog(options.still);
    this.#decoder = new VideoStreamDecoder({
      codec: options.codec,
      now: this.#now,
      onPicture: (picture) => this.#show(picture),
      onKeyFrameNeeded: () => this.#requestKeyFrame(),
    });
    this.#canvasExpectedUntilMs = options.canvasExpected
      ? this.#now() + FIRST_CANVAS_PATIENCE_MS
      : -Infinity;
    if (options.canvasExpected) this.#decoder.prepare();
  }

  /** Whether its pictures are looked at. */
  get seen(): boolean {
    return this.#onScreen && this.#canvases.size > 0;
  }

  /**
   * From the capture of a picture to the eye, mostly: milliseconds between the publisher's
   * clock and this one, so only its distance to another delay of the same publisher means anything.
   */
  get delayMs(): number | undefined {
    const flows = this.seen && this.#now() - this.#drawnAtMs < STILL_AFTER_MS;
    return flows ? this.#delaysMs.value : undefined;
  }

  /** How long pictures wait for their sound. */
  set syncDelayMs(delayMs: number) {
    this.#playout.syncDelayMs = delayMs;
  }

  /** Decodes no temporal layer above this one from now on. */
  setMaxTemporalLayer(maxTemporalLayer: number): void {
    this.#thinning.maxTemporalLayer = maxTemporalLayer;
  }

  /** Takes the stream's next frame. */
  receive(frame: ReceivedFrame): void {
    if (this.#closed) return;
    const nowMs = this.#now();
    this.#spatialLayer = frame.spatialLayer;
    this.#playout.arrived(frame.timestampUs, nowMs);
    this.#watchdog.frameArrived(nowMs);
    if (!this.seen) return this.#receiveUnseen(frame);
    if (!this.#thinning.admit(frame.temporalLayer, this.#decoder.queuedFrames)) return;
    this.#decode(frame);
  }

  /** Shows the stream on this canvas too; the newest picture comes as soon as there is one. */
  attach(canvas: OffscreenCanvas): void {
    if (this.#closed) return;
    const before = this.seen;
    this.#canvases.add(canvas);
    this.#canvasExpectedUntilMs = -Infinity;
    this.#changeSeen(before);
  }

  /** Takes a canvas away. */
  detach(canvas: OffscreenCanvas): void {
    const before = this.seen;
    this.#canvases.remove(canvas);
    this.#changeSeen(before);
  }

  /** Whether any of its canvases is on the screen: a hidden page decodes nothing. */
  setOnScreen(onScreen: boolean): void {
    const before = this.seen;
    this.#onScreen = onScreen;
    this.#changeSeen(before);
  }

  /** Whether frames are to be expected: not of a camera that is off, nor of a paused stream. */
  setFlowing(flowing: boolean): void {
    this.#flowing = flowing;
    this.#watchdog.watch(this.seen && flowing, this.#now());
  }

  /** Looks after a stream that got stuck; call it a few times a second. */
  check(): void {
    this.#decoder.check();
    const remedy = this.#watchdog.check(this.#now());
    if (remedy === "key-frame") this.#requestKeyFrame();
    else if (remedy === "resubscribe") this.#options.resubscribe();
  }

  /** Ends the stream. */
  close(): void {
    this.#closed = true;
    this.#canvases.clear();
    this.#stored.clear();
    this.#stop();
  }

  #changeSeen(before: boolean): void {
    const seen = this.seen;
    if (seen === before) return;
    this.#watchdog.watch(seen && this.#flowing, this.#now());
    if (!seen) return this.#stop();
    const stored = this.#stored.take();
    const newest = stored.at(-1);
    if (newest && this.#decoder.waiting) {
      this.#catchUpToUs = newest.timestampUs;
      for (const frame of stored) this.#decode(frame);
    }
    const undrawn = this.#undrawn;
    this.#undrawn = undefined;
    if (undrawn) this.#draw(undrawn);
    if (this.#decoder.waiting) this.#requestKeyFrame();
  }

  /** Keeps a frame for the first canvas, and decodes it already if that is about to come. */
  #receiveUnseen(frame: ReceivedFrame): void {
    this.#stored.add(frame);
    const expected = this.#onScreen && this.#now() < this.#canvasExpectedUntilMs;
    if (expected) this.#decode(frame);
    else if (!this.#decoder.waiting) this.#stop();
  }

  #decode(frame: ReceivedFrame): void {
    const atMs = this.#now();
    const burst = this.#bursts.arrived(frame.timestampUs, atMs);
    this.#arrivals.set(frame.timestampUs, { atMs, burst });
    this.#decoder.decode(frame);
    if (this.#decoder.waiting) this.#arrivals.clear();
  }

  /** Takes a decoded picture: to be drawn now, later or, if it is old, not at all. */
  #show(picture: VideoFrame): void {
    const nowMs = this.#now();
    const { timestamp } = picture;
    this.#noteDecoded(timestamp, nowMs);
    this.#watchdog.pictureCame(nowMs);
    if (timestamp < this.#catchUpToUs) return picture.close();
    if (!this.seen) {
      this.#undrawn?.close();
      this.#undrawn = picture;
      return;
    }
    this.#playout.push(picture, timestamp);
    const due = this.#playout.takeNow(nowMs);
    if (due) this.#draw(due);
    this.#awaitAnimationFrame();
  }

  #noteDecoded(timestampUs: number, nowMs: number): void {
    const arrival = this.#arrivals.get(timestampUs);
    // Frames come out in order: what is older will not come any more.
    for (const older of this.#arrivals.keys()) {
      if (older > timestampUs) break;
      this.#arrivals.delete(older);
    }
    if (arrival && !arrival.burst && timestampUs > this.#catchUpToUs) {
      this.#options.onDecoded?.(nowMs - arrival.atMs);
    }
  }

  #awaitAnimationFrame(): void {
    if (!this.#playout.waiting || this.#animationFrame !== undefined) return;
    this.#animationFrame = requestAnimationFrame(() => {
      this.#animationFrame = undefined;
      const due = this.#playout.takeInAnimationFrame(this.#now());
      if (due) this.#draw(due);
      this.#awaitAnimationFrame();
    });
  }

  #draw(picture: VideoFrame): void {
    this.#drawnAtMs = this.#now();
    const seenAtMs = this.#drawnAtMs + DRAWN_TO_FRAME_MS + DISPLAY_LATENCY_MS;
    this.#delaysMs.add(seenAtMs - picture.timestamp / 1_000);
    this.#canvases.draw(picture);
    picture.close();
    this.#options.onDrawn();
  }

  #stop(): void {
    this.#decoder.reset();
    this.#arrivals.clear();
    this.#playout.clear();
    this.#undrawn?.close();
    this.#undrawn = undefined;
    this.#delaysMs.clear();
    if (this.#animationFrame !== undefined) cancelAnimationFrame(this.#animationFrame);
    this.#animationFrame = undefined;
  }

  #requestKeyFrame(): void {
    const nowMs = this.#now();
    if (nowMs - this.#requestedAtMs < KEY_FRAME_REQUEST_INTERVAL_MS) return;
    this.#requestedAtMs = nowMs;
    this.#options.requestKeyFrame(this.#spatialLayer);
  }
}
