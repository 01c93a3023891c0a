import type { StreamImpairment } from "../meeting_worker/downlink_status.ts";
import { LastingFlag } from "./lasting_flag.ts";

/** How long a picture must be affected, and well again. */
const PATIENCE = { onAfterMs: 3_000, offAfterMs: 3_000 };

/** One stream that was affected lately. */
interface Patient {
  readonly affected: LastingFlag;
  readonly paused: LastingFlag;
  cause: StreamImpairment["cause"];
}

/** Which remote pictures have suffered for so long that their tiles should say so. Pure: told the time. */
export class LastingImpairments {
  readonly #patients = new Map<string, Patient>();

  /** Notes what is impaired now; call it about once a second. Returns what counts, by stream. */
  observe(now: readonly StreamImpairment[], nowMs: number): Map<string, StreamImpairment> {
    const impaired = new Map(now.map((impairment) => [impairment.streamId, impairment]));
    for (const { streamId, cause } of now) this.#patient(streamId, cause).cause = cause;
    const lasting = new Map<string, StreamImpairment>();
    for (const [streamId, { affected, paused, cause }] of this.#patients) {
      const effectNow = impaired.get(streamId)?.effect;
      affected.observe(effectNow !== undefined, nowMs);
      paused.observe(effectNow === "paused", nowMs);
      const effect = paused.on ? "paused" : "reduced";
      if (affected.on) lasting.set(streamId, { streamId, cause, effect });
      else if (effectNow === undefined) this.#patients.delete(streamId);
    }
    return lasting;
  }

  #patient(streamId: string, cause: StreamImpairment["cause"]): Patient {
    const known = this.#patients.get(streamId);
    if (known) return known;
    const patient = {
      affected: new LastingFlag(PATIENCE),
      paused: new LastingFlag(PATIENCE),
      cause,
    };
    this.#patients.set(streamId, patient);
    return patient;
  }
}
