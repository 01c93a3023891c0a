import type { MeasuringRole } from "./measurements.ts";

/** How a measuring page was asked for, by the query of its address. */
export interface MeasuringQuery {
  /** `role=`: one of {@link MeasuringRole}; undefined when a person has to choose. */
  readonly role: MeasuringRole | undefined;
  /** `size=1280x720`: the painted picture, pixels. */
  readonly size: { readonly width: number; readonly height: number };
  /** `fps=30`: pictures painted a second. */
  readonly framesPerSecond: number;
  /** `auto`: begins by itself. The browser has to let sound out without a gesture. */
  readonly auto: boolean;
}

const ROLES: readonly MeasuringRole[] = [
  "send",
  "receive",
  "base",
  "webrtc-send",
  "webrtc-receive",
];
const DEFAULT_SIZE = { width: 1280, height: 720 };
const DEFAULT_FRAMES_PER_SECOND = 30;
const SMALLEST_SIDE = 90;
const LARGEST_SIDE = 3_840;
const MOST_FRAMES_PER_SECOND = 60;

/** Reads the query; what is missing or makes no sense is the default. */
export function readMeasuringQuery(query: Pick<URLSearchParams, "get" | "has">): MeasuringQuery {
  const rate = Number(query.get("fps") ?? NaN);
  const validRate = Number.isInteger(rate) && rate >= 1 && rate <= MOST_FRAMES_PER_SECOND;
  return {
    role: ROLES.find((role) => role === query.get("role")),
    size: readSize(query.get("size") ?? "") ?? DEFAULT_SIZE,
    framesPerSecond: validRate ? rate : DEFAULT_FRAMES_PER_SECOND,
    auto: query.has("auto"),
  };
}

function readSize(text: string): MeasuringQuery["size"] | undefined {
  const match = /^(\d+)x(\d+)$/.exec(text);
  if (!match) return undefined;
  const [width, height] = [Number(match[1]), Number(match[2])];
  const possible = (side: number) => side >= SMALLEST_SIDE && side <= LARGEST_SIDE;
  return possible(width) && possible(height) ? { width, height } : undefined;
}
