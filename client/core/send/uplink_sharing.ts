import type { StreamType } from "../meeting/meeting_state.ts";
import { type PathLoss, repeatedFrames } from "./audio_datagrams.ts";
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

/** How the uplink is shared. */
export interface UplinkShares {
  /** By stream; of those that send pictures. */
  readonly targets: ReadonlyMap<string, EncodingTarget[]>;
  /** What the path would have to carry so that everything wanted can be sent, bits per second. */
  readonly wantedBps: number;
}

/** Shares what the path carries: first what sound takes, then the rest among pictures. Pure. */
export function shareUplink(
  path: PathLoss & { readonly targetBitrateBps: number },
  sources: readonly SharingSource[],
): UplinkShares {
  const audioBps = audioBitrateBps(sources, 1 + repeatedFrames(path));
  const streams = sources.map((source) => source.sharing()).filter((stream) => !!stream);
  let wantedBps = audioBps;
  for (const layer of streams.flatMap(({ layers }) => layers)) {
    const layerBps = wantedBitrateBps(layer);
    if (layerBps > 0) wantedBps += layerBps + VIDEO_OVERHEAD_BPS;
  }
  return {
    targets: allocateUplink(USED_PART * path.targetBitrateBps - audioBps, streams),
    wantedBps: wantedBps / USED_PART,
  };
}

/** What all sound takes when each frame is sent `copies` times. */
function audioBitrateBps(sources: readonly SharingSource[], copies: number): number {
  let bitrateBps = 0;
  for (const { description: { type, maxBitrateBps }, active } of sources) {
    const audioBps = AUDIO_BITRATES_BPS[type];
    if (!active || audioBps === undefined) continue;
    bitrateBps += ((maxBitrateBps || audioBps) + AUDIO_OVERHEAD_BPS) * copies;
  }
  return bitrateBps;
}
