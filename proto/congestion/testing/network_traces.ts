import { seededRandom } from "./random.ts";
import type { CallOptions } from "./simulated_call.ts";
import type { LinkPhase } from "./simulated_link.ts";

/** A link that stays as it is, with the round trip's half each way. */
export function steady(rateBps: number, options: Partial<LinkPhase> = {}): LinkPhase {
  return { fromMs: 0, rateBps, delayMs: 25, lossRatio: 0, jitterMs: 0, ...options };
}

const DEEP_QUEUE = 256_000;

/** The networks of the figures to reach, by name. */
export const NETWORKS = {
  clean: { durationMs: 20_000, link: { queueBytes: DEEP_QUEUE, phases: [steady(50e6)] } },
  lossy: {
    durationMs: 40_000,
    link: { queueBytes: 64_000, phases: [steady(1.5e6, { lossRatio: 0.02 })] },
  },
  thin: { durationMs: 40_000, link: { queueBytes: 32_000, phases: [steady(300e3)] } },
  veryLossy: {
    durationMs: 30_000,
    link: { queueBytes: 128_000, phases: [steady(10e6, { lossRatio: 0.05 })] },
  },
  far: {
    durationMs: 30_000,
    link: { queueBytes: DEEP_QUEUE, phases: [steady(10e6, { delayMs: 100 })] },
  },
  farAndThin: {
    durationMs: 40_000,
    link: { queueBytes: 64_000, phases: [steady(1.5e6, { delayMs: 100 })] },
  },
  dip: {
    durationMs: 30_000,
    link: {
      queueBytes: 128_000,
      phases: [
        steady(5e6),
        steady(500e3, { fromMs: 10_000 }),
        steady(5e6, { fromMs: 20_000 }),
      ],
    },
  },
  blackout: {
    durationMs: 20_000,
    link: {
      queueBytes: 128_000,
      phases: [steady(5e6), steady(0, { fromMs: 8_000 }), steady(5e6, { fromMs: 11_000 })],
    },
  },
  jitter: {
    durationMs: 30_000,
    link: { queueBytes: 128_000, phases: [steady(5e6, { jitterMs: 30 })] },
  },
  hitch: {
    durationMs: 20_000,
    link: { queueBytes: 128_000, phases: [steady(5e6)] },
    hitches: [[8_000, 8_200], [12_000, 12_200]],
  },
  reportLoss: {
    durationMs: 30_000,
    link: { queueBytes: 64_000, phases: [steady(1.5e6)] },
    reportLossRatio: 0.05,
  },
  competitor: {
    durationMs: 60_000,
    link: { queueBytes: 128_000, phases: [steady(4e6)] },
    competitor: [10_000, 60_000],
  },
  silent: {
    durationMs: 40_000,
    hasAudio: false,
    link: { queueBytes: 64_000, phases: [steady(1.5e6, { lossRatio: 0.02 })] },
  },
  manyStreams: {
    durationMs: 15_000,
    videoStreams: 25,
    link: { queueBytes: 64_000, phases: [steady(1.5e6, { lossRatio: 0.005 })] },
  },
  narrowTransport: {
    durationMs: 30_000,
    maxWindowBytes: 8_000,
    link: { queueBytes: 128_000, phases: [steady(10e6, { lossRatio: 0.03 })] },
  },
  keyFrames: {
    durationMs: 40_000,
    keyFramesAtMs: [10_000, 14_000, 18_000, 22_000, 26_000, 30_000],
    link: { queueBytes: 32_000, phases: [steady(300e3)] },
  },
  layers: {
    durationMs: 20_000,
    layersBps: [150e3, 500e3, 2.5e6],
    link: { queueBytes: DEEP_QUEUE, phases: [steady(20e6)] },
  },
  layersOnThin: {
    durationMs: 60_000,
    layersBps: [150e3, 500e3, 2.5e6],
    link: { queueBytes: 64_000, phases: [steady(1.5e6)] },
  },
  layersOnLossy: {
    durationMs: 60_000,
    layersBps: [150e3, 500e3, 2.5e6],
    link: { queueBytes: 64_000, phases: [steady(1e6, { lossRatio: 0.02 })] },
  },
  appLimited: {
    durationMs: 40_000,
    wantedBps: (nowMs) => nowMs < 10_000 || nowMs > 30_000 ? 2.5e6 : 200e3,
    link: { queueBytes: 128_000, phases: [steady(4e6)] },
  },
  longerWay: {
    durationMs: 30_000,
    link: {
      queueBytes: 128_000,
      phases: [steady(4e6), steady(4e6, { fromMs: 10_000, delayMs: 75 })],
    },
  },
  shallow: { durationMs: 40_000, link: { queueBytes: 8_000, phases: [steady(1.5e6)] } },
} satisfies Readonly<Record<string, Omit<CallOptions, "seed">>>;

/** Fastest and slowest phase of a random network, bits per second. */
export const RANDOM_RATES_BPS = [250e3, 8e6] as const;
/** Longest queue of a random network at its rate, milliseconds. */
export const RANDOM_QUEUE_MS = 600;

/** A network that changes at random a few times, made from `seed` alone. */
export function randomNetwork(seed: number): CallOptions {
  const random = seededRandom(seed);
  const between = (low: number, high: number) => low * (high / low) ** random();
  const delayMs = between(5, 120);
  const lossRatio = random() < 0.5 ? 0 : 0.03 * random();
  const jitterMs = random() < 0.5 ? 0 : 20 * random();
  const phases: LinkPhase[] = [];
  for (let fromMs = 0; fromMs < 20_000; fromMs += between(3_000, 12_000)) {
    const rateBps = between(...RANDOM_RATES_BPS);
    phases.push({ fromMs, rateBps, delayMs, lossRatio, jitterMs });
  }
  const slowestBps = Math.min(...phases.map(({ rateBps }) => rateBps));
  const queueBytes = Math.max(16_000, slowestBps / 8_000 * between(100, RANDOM_QUEUE_MS));
  return { seed, durationMs: 20_000, link: { queueBytes, phases } };
}
