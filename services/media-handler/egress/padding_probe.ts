import type { Probe } from "../../../proto/congestion/probe_schedule.ts";
import { NIL_STREAM_ID, StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { PACING_INTERVAL_MS } from "../congestion/pacer.ts";
import type { PathStream } from "./path_stream.ts";
import { PADDING_SEND_ORDER } from "./send_order.ts";
import type { SubscriberPath } from "./subscriber_path.ts";

/** Longest piece of padding, bytes: what fits a packet. */
const PIECE_BYTES = 1_150;
/** Most time that one step makes up for, milliseconds. */
const MAX_STEP_MS = 4 * PACING_INTERVAL_MS;
/** Padding has no meaning, so one buffer serves everyone. */
const PADDING = new Uint8Array(PIECE_BYTES);

interface RunningProbe {
  readonly paddingBytesPerMs: number;
  readonly endsAtMs: number;
  paddedAtMs: number;
  owedBytes: number;
}

/**
 * Finds out whether a path carries more than the media that there are, when the estimator says that
 * it is time: padding on a stream of its own, behind everything else.
 */
export class PaddingProbe {
  readonly #path: SubscriberPath;
  #stream: PathStream | "opening" | undefined;
  #running: RunningProbe | undefined;

  constructor(path: SubscriberPath) {
    this.#path = path;
  }

  /**
   * Does what is due.
   *
   * @param wantedBps what would be sent on a path without limits; 0: no probe is to begin.
   */
  run(nowMs: number, wantedBps: number): void {
    if (this.#running === undefined) this.#start(nowMs, wantedBps);
    const running = this.#running;
    if (running === undefined) return;
    this.#pad(running, nowMs);
    if (this.#path.estimator.probing && nowMs < running.endsAtMs) return;
    this.#running = undefined;
    this.#path.estimator.probeEnded(nowMs);
  }

  /** Milliseconds until there is more to do; Infinity while no probe runs. */
  get dueInMs(): number {
    return this.#running === undefined ? Infinity : PACING_INTERVAL_MS;
  }

  #start(nowMs: number, wantedBps: number): void {
    const { estimator } = this.#path;
    if (estimator.state !== "clear" || this.#path.pacer.queuedBytes > 0) return;
    const sendingBps = this.#path.sendingBps(nowMs);
    if (sendingBps >= wantedBps) return;
    if (this.#stream === undefined) this.#open();
    if (this.#stream === undefined || this.#stream === "opening") return;
    const probe = estimator.probe(nowMs, { sendingBps, wantedBps });
    if (probe !== undefined) this.#running = begin(probe, sendingBps, nowMs);
  }

  #pad(running: RunningProbe, nowMs: number): void {
    const stream = this.#stream;
    if (stream === undefined || stream === "opening" || !this.#path.estimator.probing) return;
    const elapsedMs = Math.min(nowMs - running.paddedAtMs, MAX_STEP_MS);
    running.paddedAtMs = nowMs;
    running.owedBytes += elapsedMs * running.paddingBytesPerMs;
    while (running.owedBytes >= PIECE_BYTES && this.#path.admits(PIECE_BYTES)) {
      running.owedBytes -= PIECE_BYTES;
      stream.write(PADDING, nowMs);
    }
  }

  #open(): void {
    this.#stream = "opening";
    const forget = () => void (this.#stream = undefined);
    this.#path.streams.open({
      kind: StreamKind.padding,
      streamId: NIL_STREAM_ID,
      sendOrder: PADDING_SEND_ORDER,
      onFailure: forget,
    }).then((stream) => void (this.#stream = stream), forget);
  }
}

function begin(probe: Probe, sendingBps: number, nowMs: number): RunningProbe {
  return {
    paddingBytesPerMs: Math.max(0, probe.bitrateBps - sendingBps) / 8_000,
    endsAtMs: nowMs + probe.durationMs,
    paddedAtMs: nowMs,
    owedBytes: 0,
  };
}
