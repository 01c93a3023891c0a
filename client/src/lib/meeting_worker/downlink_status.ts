import type { DeliveredStream, DownlinkReport } from "../../../core/meeting/stream_quality.ts";

/** Whose way to the media handler is too thin for a picture, and what became of it. */
export interface StreamImpairment {
  readonly streamId: string;
  readonly cause: "own-network" | "publisher-network";
  /** `reduced`: shown far more coarsely than there is room and picture for. */
  readonly effect: "reduced" | "paused";
}

/** What the page is told of the way from the media handler, about once a second while it carries anything. */
export interface DownlinkStatus extends Omit<DownlinkReport, "streams"> {
  /** Bits per second of sound and pictures that arrived, without what the transport adds. */
  readonly receivedBitrateBps: number;
  readonly impairments: readonly StreamImpairment[];
}

/** Heights of a remote picture, pixels. */
export interface PictureHeights {
  /** Of the picture that is drawn. */
  readonly drawn: number;
  /** Of its place on the screen, device pixels. */
  readonly shown: number;
  /** At which its publisher captures. */
  readonly captured: number;
}

/** Part of the height that would be seen, from which down a picture is much reduced. */
const MUCH_REDUCED = 0.5;

/**
 * Which pictures suffer from a network. What is merely not as good as it could be is left out: nobody
 * notices.
 *
 * @param heightsOf undefined for a stream that is not on the screen
 */
export function impairmentsOf(
  streams: readonly DeliveredStream[],
  heightsOf: (streamId: string) => PictureHeights | undefined,
): StreamImpairment[] {
  return streams.flatMap((stream) => {
    const heights = heightsOf(stream.streamId);
    return heights === undefined ? [] : impairmentOf(stream, heights) ?? [];
  });
}

function impairmentOf(
  { streamId, bottleneck, paused, bitrateBps }: DeliveredStream,
  { drawn, shown, captured }: PictureHeights,
): StreamImpairment | undefined {
  const reduced = drawn <= Math.min(shown, captured) * MUCH_REDUCED;
  if (bottleneck === "downlink") {
    if (paused) return { streamId, cause: "own-network", effect: "paused" };
    return reduced ? { streamId, cause: "own-network", effect: "reduced" } : undefined;
  }
  if (bottleneck === "uplink") {
    if (bitrateBps === 0) return { streamId, cause: "publisher-network", effect: "paused" };
    return reduced ? { streamId, cause: "publisher-network", effect: "reduced" } : undefined;
  }
  return undefined;
}
