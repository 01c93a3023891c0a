import type { NetworkPresetName } from "../../../services/stack/network/network_presets.ts";
import type { Bound } from "../figure.ts";
import type { Metric } from "./metric.ts";
import type { PhaseName } from "./phases.ts";

/** What a metric is to reach, and what WebRTC reached in its place. */
export interface Aim extends Bound {
  /**
   * Chromium's WebRTC on the same kind of link and machine, measured before this project had media
   * of its own: through Janus or peer to peer, whichever was better. Lateness of sound less the 32 ms
   * of the audio output, which were in it then.
   */
  readonly webrtc?: number;
}

/** Aims of one network, by phase and metric. */
export type NetworkAims = { readonly [P in PhaseName]?: { readonly [M in Metric]?: Aim } };

/** No gap in the sound that anyone hears. */
const UNTOUCHED_SOUND = { audibleGaps: { atMost: 0 } } as const;
/** Lips look in step with sound within this, milliseconds, either way (EBU R37). */
const LIP_SYNC = { atLeast: -45, atMost: 45 } as const;

/** From glass to glass, between two browsers; a network without an entry in a phase is only told. */
export const NETWORK_AIMS: Readonly<Record<NetworkPresetName, NetworkAims>> = {
  "clean": {
    steady: {
      latencyP50Ms: { atMost: 45, webrtc: 49 },
      latencyP99Ms: { atMost: 65, webrtc: 65 },
      shownPerSecond: { atLeast: 29, webrtc: 29.9 },
      latenessP50Ms: { atMost: 70, webrtc: 45 },
      lipSyncP50Ms: LIP_SYNC,
      ...UNTOUCHED_SOUND,
    },
  },
  "clean-40ms": {
    steady: {
      latencyP50Ms: { atMost: 60, webrtc: 53 },
      latencyP99Ms: { atMost: 85, webrtc: 72 },
      latenessP50Ms: { atMost: 95, webrtc: 73 },
      lipSyncP50Ms: LIP_SYNC,
      ...UNTOUCHED_SOUND,
    },
  },
  "lossy-1.5mbit": {
    steady: {
      latencyP50Ms: { atMost: 120, webrtc: 157 },
      latencyP99Ms: { atMost: 220, webrtc: 177 },
      shownPerSecond: { atLeast: 29, webrtc: 29.8 },
      medianHeight: { webrtc: 360 },
      linkUsedMbps: { atLeast: 1.1, webrtc: 1.3 },
      latenessP50Ms: { atMost: 130, webrtc: 227 },
      ...UNTOUCHED_SOUND,
    },
  },
  "lossy-10mbit": {
    steady: {
      latencyP50Ms: { atMost: 90, webrtc: 86 },
      latencyP99Ms: { atMost: 180, webrtc: 88 },
      shownPerSecond: { atLeast: 29, webrtc: 29.9 },
      longestFreezeMs: { webrtc: 324 },
      ...UNTOUCHED_SOUND,
    },
  },
  "slow-300kbit": {
    steady: {
      latencyP50Ms: { atMost: 130, webrtc: 104 },
      latencyP99Ms: { atMost: 350, webrtc: 488 },
      shownPerSecond: { atLeast: 24, webrtc: 25 },
      medianHeight: { webrtc: 180 },
      ...UNTOUCHED_SOUND,
    },
  },
  "far-200ms": {
    steady: {
      latencyP50Ms: { atMost: 145, webrtc: 137 },
      latencyP99Ms: { atMost: 170, webrtc: 165 },
      shownPerSecond: { webrtc: 30 },
    },
  },
  "dip": {
    during: {
      latencyP50Ms: { atMost: 250, webrtc: 202 },
      latencyP99Ms: { atMost: 800, webrtc: 949 },
      shownPerSecond: { atLeast: 20, webrtc: 18 },
      longestFreezeMs: { atMost: 1_000, webrtc: 2_400 },
    },
    // WebRTC was watched for 22 s after the dip, and was back in none of them.
    recovery: {
      latencyBackMs: { atMost: 3_000, webrtc: 22_000 },
      fullQualityBackMs: { atMost: 5_000, webrtc: 22_000 },
    },
  },
  "blackout-3s": {
    recovery: {
      pictureBackMs: { atMost: 250, webrtc: 150 },
      fullQualityBackMs: { atMost: 5_000, webrtc: 14_700 },
    },
  },
  "jitter-30ms": {},
};

/**
 * Aims of the same networks without browsers. Latency has none: capture, codecs and playout, for
 * which the aims above leave room, are not in it.
 */
export function coreAim(network: NetworkPresetName, phase: PhaseName, metric: Metric): Aim {
  if (metric === "latencyP50Ms" || metric === "latencyP99Ms") return {};
  const { atMost, atLeast } = NETWORK_AIMS[network][phase]?.[metric] ?? {};
  return {
    ...(atMost === undefined ? {} : { atMost }),
    ...(atLeast === undefined ? {} : { atLeast }),
  };
}

/** Join click to first picture at 40 ms round trip, 95th percentile, milliseconds. */
export const JOIN_P95_AT_40MS_AIMS = { cold: { atMost: 250 }, warm: { atMost: 150 } } as const;

/** Gaps in the sound of a clean network, a minute. */
export const CLEAN_GAPS_PER_MINUTE_AIM = { atMost: 0 } as const;

/** Processor time of the media handler for each delivered frame before it estimated paths, µs. */
const CPU_BEFORE_ADAPTATION_US = 42.7;
/** What estimating, choosing and pacing may cost in relation to that. */
const CPU_GROWTH_LIMIT = 1.15;

/**
 * Processor time of the media handler for each delivered 4 kB frame, 1 to 100 at 30 a second: at most
 * 15 % over the 42.7 µs that the same load took on the same two cores when every frame was written to
 * everybody as it came.
 */
export const CPU_PER_FRAME_AIM = { atMost: CPU_BEFORE_ADAPTATION_US * CPU_GROWTH_LIMIT } as const;
