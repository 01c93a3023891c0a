import type { StreamImpairment } from "../meeting_worker/downlink_status.ts";
import { LastingFlag } from "./lasting_flag.ts";

/** How long a picture must be affected, and well again. */
const PATIENCE = { onAfterMs: 3_000, offAfterMs: 3_000 };

/** One stream that was affected lately. */
interface WatchedStream {
  readonly affected: LastingFlag;
  readonly paused: LastingFlag;
  cause: StreamImpairment["cause"];
}

/** Which remote pictures have suffered for so long that their tiles should say so. Pure: told the time. */
export class LastingImpairments {
  readonly #watched = new Map<string, WatchedStream>();

  /** Notes what is impaired now; call it about once a second. Returns what counts, by stream. */
  observe(now: readonly StreamImpairment[], nowMs: number): Map<string, StreamImpairment> {
    const impaired = new Map(now.map((impairment) => [impairment.streamId, impairment]));
    for (const { streamId, cause } of now) this.#watch(streamId, cause).cause = cause;
    const lasting = new Map<string, StreamImpairment>();
    for (const [streamId, { affected, paused, cause }] of this.#watched) {
      const effectNow = impaired.get(streamId)?.effect;
      affected.observe(effectNow !== undefined, nowMs);
      paused.observe(effectNow === "paused", nowMs);
      const effect = paused.on ? "paused" : "reduced";
      if (affected.on) lasting.set(streamId, { streamId, cause, effect });
      else if (effectNow === undefined) this.#watched.delete(streamId);
    }
    return lasting;
  }

  #watch(streamId: string, cause: StreamImpairment["cause"]): WatchedStream {
    const known = this.#watched.get(streamId);
    if (known) return known;
    const watched = {
      affected: new LastingFlag(PATIENCE),
      paused: new LastingFlag(PATIENCE),
      cause,
    };
    this.#watched.set(streamId, watched);
    return watched;
  }
}
