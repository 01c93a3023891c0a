import type { ArrivalReport } from "../../../proto/media_stream/arrival_report.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import type { MediaPath } from "../transport/webtransport_session.ts";
import type { EncodingTarget } from "./encoding_target.ts";
import type { LocalStreamDescription, UplinkReport } from "./local_stream.ts";
import {
  type LocalStreamHooks,
  LocalStreamSender,
  type Publication,
} from "./local_stream_sender.ts";
import { Uplink } from "./uplink.ts";
import { shareUplink } from "./uplink_sharing.ts";

/** Most streams a participant may have at the same time. */
export const MAX_LOCAL_STREAMS = 16;
/** How often the estimate of the path is brought up to date while anything is sent, milliseconds. */
export const UPDATE_INTERVAL_MS = 25;
/** How often the application is told how the uplink fares, milliseconds. */
export const UPLINK_REPORT_INTERVAL_MS = 1_000;

/** What the sender of all streams tells its owner. */
export interface MediaSenderOptions extends Omit<LocalStreamHooks, "onNeedChanged"> {
  readonly scheduler: Scheduler;
  readonly onUplinkReport: (report: UplinkReport) => void;
}

/** All streams of one's own, and the uplink that they share. */
export class MediaSender {
  readonly #options: MediaSenderOptions;
  readonly #hooks: LocalStreamHooks;
  readonly #streams = new Map<string, LocalStreamSender>();
  #uplink: Uplink | undefined;
  #timer: Disposable | undefined;
  #reportedAtMs = -Infinity;
  /** What the path would have to carry so that everything wanted can be sent, bits per second. */
  #wantedBps = 0;

  constructor(options: MediaSenderOptions) {
    this.#options = options;
    this.#hooks = { ...options, onNeedChanged: () => this.#update() };
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
  attach(path: MediaPath | undefined): void {
    this.#uplink = path && new Uplink(path, this.#options.now);
    for (const stream of this.#streams.values()) {
      if (stream.wireStreamId !== undefined) stream.attach(this.#uplink);
    }
    this.#update();
  }

  /** The participant is gone; the streams wait for the next one. */
  withdraw(): void {
    this.#uplink = undefined;
    for (const stream of this.#streams.values()) stream.withdraw();
    this.#update();
  }

  /** Takes what the media handler says has arrived. */
  report(report: ArrivalReport): void {
    this.#uplink?.report(report);
    this.#update();
  }

  /** Age of the oldest thing sent that no report tells of, milliseconds; 0 without any. */
  unreportedForMs(): number {
    return this.#uplink?.oldestAgeMs() ?? 0;
  }

  /** Sends a few bytes that must be answered with a report. */
  ask(): void {
    this.#uplink?.ask();
  }

  /** The media handler calls for a key frame of the stream with this wire id. */
  keyFrameRequested(wireStreamId: string, spatialLayer: number): void {
    this.#published(wireStreamId)?.callForKeyFrame(spatialLayer);
  }

  /** The media handler says what of a stream is wanted by anyone. */
  layerDemanded(wireStreamId: string, demand: readonly EncodingTarget[]): void {
    this.#published(wireStreamId)?.setDemand(demand);
  }

  /** The application's id of the stream with this wire id, if there is one. */
  localStreamId(wireStreamId: string): string | undefined {
    return this.#published(wireStreamId)?.streamId;
  }

  /** Every video encoder must make a key frame. */
  requireKeyFrames(): void {
    for (const stream of this.#streams.values()) stream.callForKeyFrame(undefined);
  }

  #published(wireStreamId: string): LocalStreamSender | undefined {
    for (const stream of this.#streams.values()) {
      if (stream.wireStreamId === wireStreamId) return stream;
    }
    return undefined;
  }

  /** Brings the estimate up to date and shares it anew; again soon while anything is sent. */
  #update(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const uplink = this.#uplink;
    if (uplink === undefined) return;
    const streams = [...this.#streams.values()];
    uplink.update(this.#wantedBps);
    const { targets, wantedBps, repeatedFrames } = shareUplink(uplink.estimator, streams);
    this.#wantedBps = wantedBps;
    uplink.repeatedFrames = repeatedFrames;
    for (const stream of streams) {
      const target = targets.get(stream.streamId);
      if (target !== undefined) stream.allot(target);
      stream.update();
    }
    const active = streams.some((stream) => stream.active);
    if (active) this.#reportUplink(uplink);
    if (!active && uplink.oldestAgeMs() === 0) return;
    const dueAtMs = this.#options.now() + UPDATE_INTERVAL_MS;
    this.#timer = this.#options.scheduler.after(UPDATE_INTERVAL_MS, () => {
      uplink.timerFired(this.#options.now() - dueAtMs);
      this.#update();
    });
  }

  #reportUplink({ estimator, sendingBps }: Uplink): void {
    const nowMs = this.#options.now();
    if (nowMs - this.#reportedAtMs < UPLINK_REPORT_INTERVAL_MS) return;
    this.#reportedAtMs = nowMs;
    this.#options.onUplinkReport({
      availableBitrateBps: estimator.targetBitrateBps,
      sendingBitrateBps: sendingBps,
      packetLoss: estimator.lossRatio,
      rttMs: estimator.roundTripMs,
      queueingDelayMs: estimator.queueingDelayMs,
      congested: [...this.#streams.values()].some((stream) => stream.stopped),
    });
  }
}
