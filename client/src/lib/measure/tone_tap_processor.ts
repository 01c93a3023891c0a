import { ToneListener } from "./tone_listener.ts";
import { TONE_TAP_PROCESSOR, type ToneTapMessage } from "./tone_tap_messages.ts";
import { TONES_HZ } from "./tone_sequence.ts";

// What AudioWorkletGlobalScope has and TypeScript's libraries lack (Web Audio API, section 1.32).
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare const currentFrame: number;
declare const sampleRate: number;

/** Frames of one call of `process` (Web Audio API, section 2.3: a render quantum). */
const BLOCK_FRAMES = 128;
const SILENCE = new Float32Array(BLOCK_FRAMES);

class ToneTapProcessor extends AudioWorkletProcessor {
  readonly #listener = new ToneListener(TONES_HZ, sampleRate);

  process(inputs: Float32Array[][]): boolean {
    const events: ToneTapMessage = this.#listener.push(inputs[0]?.[0] ?? SILENCE, currentFrame);
    if (events.length > 0) this.port.postMessage(events);
    return true;
  }
}

registerProcessor(TONE_TAP_PROCESSOR, ToneTapProcessor);
