import type { ToneEvent } from "./tone_listener.ts";

/** Name under which the listening processor is registered. */
export const TONE_TAP_PROCESSOR = "dark-tower-tone-tap";

/** What the processor tells the page; times are frames of the context. */
export type ToneTapMessage = readonly ToneEvent[];
