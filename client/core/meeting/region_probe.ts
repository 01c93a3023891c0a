import { platformScheduler, type Scheduler } from "../crypto/scheduler.ts";
import { type Connect, connectSession } from "../transport/connect.ts";
import { wait } from "../transport/deadline.ts";

/** A region as `GET /api/v1/regions` lists it. */
export interface ProbedRegion {
  readonly region: string;
  /** Meeting controllers there; the first is probed. */
  readonly probeUrls: readonly string[];
  readonly certificateHashes: readonly Uint8Array[];
}

/** Regions that are probed side by side, at most. */
export const MAX_PROBED_REGIONS = 16;
/**
 * How long all probes may take together, milliseconds: whoever creates a meeting waits for them, and
 * what is further away is not the nearest.
 */
export const PROBE_DEADLINE_MS = 1_000;
/** Until a session is ready: the handshakes of QUIC (RFC 9000) and of WebTransport over HTTP/3. */
const ROUND_TRIPS_UNTIL_READY = 2;

/**
 * Measures the round trip to each region by opening a session to one of its meeting controllers and
 * closing it again: the field `region_rtt_ms` of `POST /api/v1/meetings`. A single region, which
 * leaves nothing to choose, is not probed.
 *
 * @returns milliseconds by region; without those that did not answer in time.
 * @throws the reason of the signal as soon as that aborts.
 */
export async function probeRegions(regions: readonly ProbedRegion[], options: {
  readonly connect: Connect;
  readonly signal: AbortSignal;
  readonly scheduler?: Scheduler;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}): Promise<Record<string, number>> {
  const { connect, signal, scheduler = platformScheduler, now = () => performance.now() } = options;
  const probed = regions.filter(({ probeUrls }) => probeUrls.length > 0)
    .slice(0, MAX_PROBED_REGIONS);
  const roundTripsMs: Record<string, number> = {};
  if (probed.length < 2) return roundTripsMs;
  const done = new AbortController();
  const probe = async ({ region, probeUrls, certificateHashes }: ProbedRegion) => {
    const startedAtMs = now();
    try {
      const session = await connectSession(connect, { url: probeUrls[0]!, certificateHashes }, {
        signal: AbortSignal.any([signal, done.signal]),
        scheduler,
      });
      roundTripsMs[region] = (now() - startedAtMs) / ROUND_TRIPS_UNTIL_READY;
      session.close();
    } catch {
      // A region that cannot be reached is none to choose.
    }
  };
  const deadline = wait(PROBE_DEADLINE_MS, {
    signal: AbortSignal.any([signal, done.signal]),
    scheduler,
  }).catch(() => undefined);
  await Promise.race([Promise.all(probed.map(probe)), deadline]);
  done.abort();
  signal.throwIfAborted();
  return { ...roundTripsMs };
}
