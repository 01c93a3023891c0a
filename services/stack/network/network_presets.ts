/** A network to measure on. */
export interface NetworkPreset {
  /** What a bench or a table calls it. */
  readonly name: string;
  /** Text form, see `network_profile_text.ts`. */
  readonly text: string;
  /** What it is, for people. */
  readonly words: string;
}

/**
 * The bad networks that meetings are measured on. They say what happens on the path of the person
 * who watches: rate, queue and loss on the way down, the round trip in both directions.
 */
export const NETWORK_PRESETS = [
  { name: "clean", text: "clear", words: "clean, 0 ms" },
  { name: "clean-40ms", text: "40ms", words: "clean, 40 ms round trip" },
  {
    name: "lossy-1.5mbit",
    text: "down 1.5mbit,down 64kB,50ms,down 2%",
    words: "1.5 Mbps, 50 ms, 2 % loss, 64 kB queue",
  },
  {
    name: "lossy-10mbit",
    text: "down 10mbit,down 256kB,50ms,down 5%",
    words: "10 Mbps, 50 ms, 5 % loss",
  },
  {
    name: "slow-300kbit",
    text: "down 300kbit,down 32kB,50ms",
    words: "300 kbps, 50 ms, 32 kB queue",
  },
  {
    name: "far-200ms",
    text: "down 10mbit,down 256kB,200ms",
    words: "10 Mbps, 200 ms round trip",
  },
  {
    name: "dip",
    text: "down 5mbit,down 64kB,40ms; @10s down 0.5mbit; @20s down 5mbit",
    words: "5 Mbps → 0.5 → 5",
  },
  { name: "blackout-3s", text: "clear; @10s blackout; @13s clear", words: "blackout of 3 s" },
  {
    name: "jitter-30ms",
    text: "down 10mbit,down 256kB,50ms,down jitter 30ms",
    words: "10 Mbps, 50 ms, jitter of 30 ms",
  },
] as const satisfies readonly NetworkPreset[];

/** Name of a preset. */
export type NetworkPresetName = typeof NETWORK_PRESETS[number]["name"];

/** The preset of that name. */
export function networkPreset(name: NetworkPresetName): NetworkPreset {
  return NETWORK_PRESETS.find((preset) => preset.name === name)!;
}
