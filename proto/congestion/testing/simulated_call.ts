import type { ArrivalReport } from "../../media_stream/arrival_report.ts";
import { PathEstimator, type PathState } from "../path_estimator.ts";
import { type ArrivalSample, SentLog } from "../sent_log.ts";
import { EventQueue } from "./event_queue.ts";
import { seededRandom } from "./random.ts";
import { SimulatedEncoder } from "./simulated_encoder.ts";
import { type LinkOptions, SimulatedLink } from "./simulated_link.ts";
import { SimulatedReceiver } from "./simulated_receiver.ts";
import { type SimulatedStream, SimulatedTransport } from "./simulated_transport.ts";
import { SimulatedTcpFlow } from "./simulated_tcp_flow.ts";

/** Bits per second of the call's audio. */
export const AUDIO_BPS = 60_000;
const AUDIO_INTERVAL_MS = 20;
const FRAME_RATE = 30;
const TICK_MS = 10;
const MIN_VIDEO_BPS = 50_000;
const PADDING = 1;
const FIRST_VIDEO = 2;
/** More than the highest delivery number. */
const MAX_STREAMS = 64;

/** What to simulate. */
export interface CallOptions {
  readonly link: LinkOptions;
  readonly durationMs: number;
  readonly seed: number;
  /** What the video would take at best, bits per second, at a time. */
  readonly wantedBps?: (nowMs: number) => number;
  /** The only bitrates the video comes in, lowest first, bits per second; any by default. */
  readonly layersBps?: readonly number[];
  readonly hasAudio?: boolean;
  /** Streams among which each picture is divided, as if it were the pictures of so many people; 1. */
  readonly videoStreams?: number;
  /** Part of the reports that get lost, 0 to 1. */
  readonly reportLossRatio?: number;
  /** When the receiver does not read for a while: from, to, milliseconds. */
  readonly hitches?: readonly (readonly [number, number])[];
  /** When the video is asked for a key frame, milliseconds. */
  readonly keyFramesAtMs?: readonly number[];
  /** The most that the transport keeps on the way, bytes. */
  readonly maxWindowBytes?: number;
  /** When a bulk transfer shares the link: from, to, milliseconds. */
  readonly competitor?: readonly [number, number];
}

/** A frame's way. */
export interface FrameRecord {
  readonly sentAtMs: number;
  readonly arrivedAtMs: number;
  readonly bytes: number;
}

/** The estimator as it was at a time. */
export interface EstimateRecord {
  readonly atMs: number;
  readonly targetBps: number;
  readonly encodedBps: number;
  readonly state: PathState;
  readonly queueingDelayMs: number;
  /** What really waits in the link. */
  readonly linkQueueMs: number;
  readonly lossRatio: number;
  readonly deliveredBps: number;
  readonly probing: boolean;
}

/** What happened in a call. */
export interface CallRecord {
  readonly frames: FrameRecord[];
  readonly audio: FrameRecord[];
  readonly estimates: EstimateRecord[];
  readonly reportsAtMs: number[];
  readonly framesWrittenAtMs: number[];
  paddingBytes: number;
  competitorBytes: number;
}

/** One direction of a call over a simulated link, with the real estimator at its end. */
export function simulateCall(options: CallOptions): CallRecord {
  const call = new SimulatedCall(options);
  call.run();
  return call.record;
}

class SimulatedCall {
  readonly record: CallRecord = {
    frames: [],
    audio: [],
    estimates: [],
    reportsAtMs: [],
    framesWrittenAtMs: [],
    paddingBytes: 0,
    competitorBytes: 0,
  };
  readonly #options: CallOptions;
  readonly #events = new EventQueue();
  readonly #random: () => number;
  readonly #link: SimulatedLink;
  readonly #transport: SimulatedTransport;
  readonly #receiver: SimulatedReceiver;
  readonly #estimator = new PathEstimator();
  readonly #encoder: SimulatedEncoder;
  readonly #logs = new Map<number, SentLog>();
  readonly #streams = new Map<number, SimulatedStream>();
  readonly #sentAtMs = new Map<number, { sentAtMs: number; bytes: number }>();
  #audioNumber = 0;
  #baseMissing = false;
  #videoBps = 0;
  #probeBps = 0;
  #probeEndMs = -1;
  #paddingDueBytes = 0;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#link = new SimulatedLink(this.#events, options.link, this.#random);
    this.#transport = new SimulatedTransport(
      this.#events,
      this.#link,
      options.maxWindowBytes,
    );
    this.#receiver = new SimulatedReceiver(this.#events, (report) => this.#sendReport(report));
    this.#encoder = new SimulatedEncoder(FRAME_RATE, this.#videoTargetBps(), this.#random);
    this.#openStream(PADDING);
    for (const number of this.#videoNumbers) this.#openStream(number);
  }

  run(): void {
    const { durationMs, hasAudio = true, keyFramesAtMs = [], competitor } = this.#options;
    this.#events.every(1_000 / FRAME_RATE, 0, () => this.#sendFrame());
    if (hasAudio) this.#events.every(AUDIO_INTERVAL_MS, 3, () => this.#sendAudio());
    this.#events.every(TICK_MS, 1, () => this.#tick());
    for (const atMs of keyFramesAtMs) this.#events.at(atMs, () => this.#encoder.wantKeyFrame());
    if (competitor) {
      const flow = new SimulatedTcpFlow(this.#events, this.#link, ...competitor);
      this.#events.at(durationMs, () => this.record.competitorBytes = flow.deliveredBytes);
    }
    this.#events.runUntil(durationMs);
  }

  get #videoNumbers(): number[] {
    return Array.from({ length: this.#options.videoStreams ?? 1 }, (_, n) => FIRST_VIDEO + n);
  }

  #openStream(number: number): void {
    const stream = this.#transport.openStream((endBytes) => {
      this.#readAt(() => this.#pieceRead(number, endBytes));
    });
    this.#streams.set(number, stream);
    this.#logs.set(number, new SentLog());
  }

  /** The receiver reads when it is not held up. */
  #readAt(read: () => void): void {
    const nowMs = this.#events.nowMs;
    const hitch = this.#options.hitches?.find(([from, to]) => from <= nowMs && nowMs < to);
    if (hitch) this.#events.at(hitch[1], read);
    else read();
  }

  #pieceRead(number: number, endBytes: number): void {
    const key = endBytes * MAX_STREAMS + number;
    const { sentAtMs, bytes } = this.#sentAtMs.get(key)!;
    this.#sentAtMs.delete(key);
    if (number >= FIRST_VIDEO) {
      this.record.frames.push({ sentAtMs, bytes, arrivedAtMs: this.#events.nowMs });
    }
    this.#receiver.pieceArrived(number, endBytes, sentAtMs);
  }

  #videoTargetBps(): number {
    const wantedBps = this.#options.wantedBps?.(this.#events.nowMs) ?? 2_500_000;
    const audioBps = this.#options.hasAudio === false ? 0 : AUDIO_BPS;
    const allowedBps = Math.min(wantedBps, this.#estimator.targetBitrateBps - audioBps);
    const { layersBps } = this.#options;
    if (!layersBps) return Math.max(MIN_VIDEO_BPS, allowedBps);
    return layersBps.findLast((layerBps) => layerBps <= allowedBps) ?? layersBps[0]!;
  }

  #sendFrame(): void {
    const frame = this.#encoder.encode(this.#events.nowMs);
    const { state, queueingDelayMs } = this.#estimator;
    const leftOut = state === "blocked" ||
      (state === "queueing" && queueingDelayMs > 60 && !frame.isKey && frame.temporalLayer > 0);
    if (leftOut) {
      if (frame.temporalLayer === 0) this.#baseMissing = true;
      return;
    }
    if (this.#baseMissing && !frame.isKey) {
      this.#baseMissing = false;
      this.#encoder.wantKeyFrame();
      return this.#sendFrame();
    }
    this.record.framesWrittenAtMs.push(this.#events.nowMs);
    const numbers = this.#videoNumbers;
    for (const number of numbers) this.#write(number, Math.ceil(frame.bytes / numbers.length));
  }

  #write(number: number, bytes: number): void {
    const nowMs = this.#events.nowMs;
    this.#estimator.onSent(bytes, nowMs);
    this.#logs.get(number)!.sent(bytes, nowMs);
    const end = this.#logs.get(number)!.sentBytes;
    this.#sentAtMs.set(end * MAX_STREAMS + number, { sentAtMs: nowMs, bytes });
    this.#streams.get(number)!.write(bytes);
  }

  #sendAudio(): void {
    const sentAtMs = this.#events.nowMs;
    const bytes = AUDIO_BPS / 8_000 * AUDIO_INTERVAL_MS;
    const number = this.#audioNumber++;
    this.#estimator.onDatagramSent(bytes, sentAtMs);
    this.#link.send(bytes, () =>
      this.#readAt(() => {
        this.record.audio.push({ sentAtMs, bytes, arrivedAtMs: this.#events.nowMs });
        this.#receiver.datagramArrived(number, sentAtMs);
      }));
  }

  #sendReport(report: ArrivalReport): void {
    if (this.#random() < (this.#options.reportLossRatio ?? 0)) return;
    const { rateBps, delayMs } = this.#link.phase;
    if (rateBps === 0) return;
    this.#events.at(this.#events.nowMs + delayMs, () => this.#takeReport(report));
  }

  #takeReport({ streams, datagrams }: ArrivalReport): void {
    const nowMs = this.#events.nowMs;
    const samples: ArrivalSample[] = [];
    let rttMs: number | undefined;
    for (const arrivals of streams) {
      const taken = this.#logs.get(arrivals.deliveryNumber)!.take(arrivals, nowMs);
      if (!taken) throw new Error("reported more than was sent");
      samples.push(...taken.samples);
      if (taken.rttMs !== undefined) rttMs = Math.min(rttMs ?? Infinity, taken.rttMs);
    }
    this.record.reportsAtMs.push(nowMs);
    this.#estimator.onReport({ samples, datagrams, nowMs, rttMs });
    this.#follow();
  }

  #tick(): void {
    const nowMs = this.#events.nowMs;
    let oldestAgeMs = 0;
    let bytesInFlight = 0;
    for (const log of this.#logs.values()) {
      oldestAgeMs = Math.max(oldestAgeMs, log.oldestAgeMs(nowMs));
      bytesInFlight += log.bytesInFlight;
    }
    this.#estimator.update(nowMs, { oldestAgeMs, bytesInFlight });
    this.#follow();
    this.#pad();
    this.record.estimates.push({
      atMs: nowMs,
      targetBps: this.#estimator.targetBitrateBps,
      encodedBps: this.#encoder.bitrateBps,
      state: this.#estimator.state,
      queueingDelayMs: this.#estimator.queueingDelayMs,
      linkQueueMs: this.#link.queueMs,
      lossRatio: this.#estimator.lossRatio,
      deliveredBps: this.#estimator.deliveredBitrateBps,
      probing: this.#estimator.probing,
    });
  }

  #follow(): void {
    const videoBps = this.#videoTargetBps();
    if (this.#options.layersBps && videoBps > this.#videoBps) this.#encoder.wantKeyFrame();
    if (Math.abs(videoBps - this.#videoBps) < 0.01 * videoBps) return;
    this.#videoBps = videoBps;
    this.#encoder.setBitrate(videoBps, this.#events.nowMs);
  }

  #pad(): void {
    const nowMs = this.#events.nowMs;
    const sendingBps = this.#encoder.bitrateBps +
      (this.#options.hasAudio === false ? 0 : AUDIO_BPS);
    const wantedBps = this.#options.wantedBps?.(nowMs) ?? 2_500_000;
    const probe = this.#estimator.probe(nowMs, { sendingBps, wantedBps: wantedBps + AUDIO_BPS });
    if (probe) {
      this.#probeBps = probe.bitrateBps;
      this.#probeEndMs = nowMs + probe.durationMs;
      this.#paddingDueBytes = 0;
    }
    if (!this.#estimator.probing) return;
    if (nowMs >= this.#probeEndMs) return this.#estimator.probeEnded(nowMs);
    this.#paddingDueBytes += Math.max(0, this.#probeBps - sendingBps) * TICK_MS / 8_000;
    if (this.#paddingDueBytes < 400) return;
    this.record.paddingBytes += this.#paddingDueBytes;
    this.#write(PADDING, Math.round(this.#paddingDueBytes));
    this.#paddingDueBytes = 0;
  }
}
