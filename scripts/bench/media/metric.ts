/** What is measured of a meeting in a phase of a network: its words and unit in a table. */
export const METRICS = {
  latencyP50Ms: { words: "picture latency p50", unit: "ms" },
  latencyP99Ms: { words: "picture latency p99", unit: "ms" },
  shownPerSecond: { words: "pictures shown", unit: "/s" },
  longestFreezeMs: { words: "longest freeze", unit: "ms" },
  medianHeight: { words: "picture height, median", unit: "px" },
  fullSizeShare: { words: "time at full size", unit: "%" },
  audibleGaps: { words: "sound gaps over 60 ms", unit: "" },
  longestGapMs: { words: "longest sound gap", unit: "ms" },
  latenessP50Ms: { words: "sound lateness p50", unit: "ms" },
  lipSyncP50Ms: { words: "sound after picture p50", unit: "ms" },
  linkUsedMbps: { words: "link used", unit: "Mbit/s" },
  linkShare: { words: "share of the link used", unit: "%" },
  pictureBackMs: { words: "until a fresh picture is shown", unit: "ms" },
  latencyBackMs: { words: "until latency is what it was", unit: "ms" },
  fullQualityBackMs: { words: "until size and rate are what they were", unit: "ms" },
} as const satisfies Readonly<Record<string, { readonly words: string; readonly unit: string }>>;

/** Name of a metric. */
export type Metric = keyof typeof METRICS;

/** What was measured; a metric that does not apply is absent, one that found nothing undefined. */
export type MetricValues = { readonly [M in Metric]?: number | undefined };
