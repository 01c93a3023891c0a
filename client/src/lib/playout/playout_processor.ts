import {
  PLAYOUT_PROCESSOR,
  type PlayoutMessage,
  type PlayoutPortMessage,
} from "./playout_messages.ts";
import { PlayoutMixer } from "./playout_mixer.ts";

// What AudioWorkletGlobalScope has and TypeScript's libraries lack (Web Audio API, section 1.32).
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

class PlayoutProcessor extends AudioWorkletProcessor {
  readonly #mixer = new PlayoutMixer();

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<PlayoutPortMessage>) => {
      event.data.port.onmessage = (message: MessageEvent<PlayoutMessage>) =>
        this.#mixer.apply(message.data);
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0];
    if (output) this.#mixer.fill(output);
    return true;
  }
}

registerProcessor(PLAYOUT_PROCESSOR, PlayoutProcessor);
