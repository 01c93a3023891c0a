import { redundantFrames } from "../../../proto/congestion/audio_redundancy.ts";
import type { StreamType } from "../meeting/meeting_state.ts";
import type { EncodingTarget } from "./encoding_target.ts";
import type { LocalStreamDescription } from "./local_stream.ts";
import {
  allocateUplink,
  type SharingStream,
  USED_PART,
  VIDEO_OVERHEAD_BPS,
  wantedBitrateBps,
} from "./uplink_allocation.ts";

/** What sound takes whose rate is not told, bits per second. */
const AUDIO_BITRATES_BPS: Readonly<Partial<Record<StreamType, number>>> = {
  "audio": 32_000,
  "screen-audio": 128_000,
};
/** Cost of the headers of 50 audio datagrams a second, bits per second. */
export const AUDIO_OVERHEAD_BPS = 30_000;

/** The part of a local stream that says what it could use of the uplink. */
export interface SharingSource {
  readonly description: Pick<LocalStreamDescription, "type" | "maxBitrateBps">;
  readonly active: boolean;
  /** Undefined while it sends no pictures. */
  sharing(): SharingStream | undefined;
}

/** What the estimate of the path says (`PathEstimator`). */
export interface SharedPath {
  readonly targetBitrateBps: number;
  /** Part of the datagrams that get lost, 0 to 1. */
  readonly lossRatio: number;
  /** Datagrams that the ratio is made of. */
  readonly lossObservations: number;
}

/** How the uplink is shared. */
export interface UplinkShares {
  /** By stream; of those that send pictures. */
  readonly targets: ReadonlyMap<string, EncodingTarget[]>;
  /** What the path would have to carry so that everything wanted can be sent, bits per second. */
  readonly wantedBps: number;
  /** How many frames of before each audio datagram repeats for its stream. */
  readonly repeatedFrames: number;
}

/** Shares what the path carries: first what sound takes, then the rest among pictures. Pure. */
export function shareUplink(path: SharedPath, sources: readonly SharingSource[]): UplinkShares {
  const soundBps = audioBitrateBps(sources);
  const repeatedFrames = redundantFrames({
    lossRatio: path.lossRatio,
    observations: path.lossObservations,
    estimateBps: path.targetBitrateBps,
    soundBps,
  });
  const audioBps = soundBps * (1 + repeatedFrames);
  const streams = sources.map((source) => source.sharing()).filter((stream) => !!stream);
  let wantedBps = audioBps;
  for (const layer of streams.flatMap(({ layers }) => layers)) {
    const layerBps = wantedBitrateBps(layer);
    if (layerBps > 0) wantedBps += layerBps + VIDEO_OVERHEAD_BPS;
  }
  return {
    targets: allocateUplink(USED_PART * path.targetBitrateBps - audioBps, streams),
    wantedBps: wantedBps / USED_PART,
    repeatedFrames,
  };
}

/** What all sound takes when each frame is sent once. */
function audioBitrateBps(sources: readonly SharingSource[]): number {
  let bitrateBps = 0;
  for (const { description: { type, maxBitrateBps }, active } of sources) {
    const audioBps = AUDIO_BITRATES_BPS[type];
    if (!active || audioBps === undefined) continue;
    bitrateBps += (maxBitrateBps || audioBps) + AUDIO_OVERHEAD_BPS;
  }
  return bitrateBps;
}
