import { failedFigure, type Figure } from "./figure.ts";
import { measureBroadcast } from "./signaling/broadcast_part.ts";
import { measureJoins } from "./signaling/joins_part.ts";
import { measureLatency } from "./signaling/latency_part.ts";
import { measureMemory } from "./signaling/memory_part.ts";
import { parseSignalingParts, type SignalingPart } from "./signaling/signaling_options.ts";
import { measureTakeover } from "./signaling/takeover_part.ts";
import type { Progress } from "./suite.ts";

const PARTS: Readonly<Record<SignalingPart, (progress: Progress) => Promise<Figure[]>>> = {
  latency: measureLatency,
  memory: measureMemory,
  joins: measureJoins,
  broadcast: measureBroadcast,
  takeover: measureTakeover,
};

/**
 * `deno task bench signaling [--part NAME]…`: how fast, for how many and at which cost a meeting
 * controller serves meetings, over real QUIC and real stores. Each part takes one to two minutes.
 *
 * @throws {SuiteArgumentsError} when the arguments make no sense.
 */
export async function measureSignaling(
  progress: Progress,
  args: readonly string[],
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const part of parseSignalingParts(args)) {
    try {
      figures.push(...await PARTS[part](progress));
    } catch (error) {
      figures.push(failedFigure(part, error));
    }
  }
  return figures;
}
