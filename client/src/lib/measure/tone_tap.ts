/// <reference types="vite/client" />
import { ContextClock } from "./context_clock.ts";
import type { MeasurementRecorder } from "./measurement_recorder.ts";
import { stepPlayedAtMs } from "./tone_sequence.ts";
import type { ToneEvent } from "./tone_listener.ts";
import { TONE_TAP_PROCESSOR, type ToneTapMessage } from "./tone_tap_messages.ts";
import processorUrl from "./tone_tap_processor.ts?worker&url";

/** How often the audio context's clock is compared with the wall clock, milliseconds. */
const CLOCK_INTERVAL_MS = 50;

/**
 * Listens to what goes to the speakers, and records the tone steps and gaps in it. A step is counted when
 * its sample leaves the page: the audio output's time by `AudioContext.getOutputTimestamp()`, less its
 * latency, as pictures are counted without compositor and screen.
 */
export class ToneTap implements Disposable {
  readonly #context: AudioContext;
  readonly #recorder: MeasurementRecorder;
  readonly #clock = new ContextClock();
  readonly #timer: ReturnType<typeof setInterval>;
  #node: AudioWorkletNode | undefined;
  #disposed = false;

  /**
   * Connects a listener to a node that goes to the speakers.
   *
   * @throws {TypeError} when its context plays nothing.
   */
  constructor(sound: AudioNode, recorder: MeasurementRecorder) {
    if (!(sound.context instanceof AudioContext)) throw new TypeError("this sound is not played");
    this.#context = sound.context;
    this.#recorder = recorder;
    this.#timer = setInterval(() => this.#observeClock(), CLOCK_INTERVAL_MS);
    void this.#connect(sound);
  }

  /** What the browser says a sample takes from rendering to the ear, ms. */
  get outputLatencyMs(): number {
    return (this.#context.outputLatency ?? 0) * 1_000;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearInterval(this.#timer);
    this.#node?.disconnect();
  }

  async #connect(sound: AudioNode): Promise<void> {
    await this.#context.audioWorklet.addModule(processorUrl);
    if (this.#disposed) return;
    const node = new AudioWorkletNode(this.#context, TONE_TAP_PROCESSOR, {
      channelCount: 1,
      channelCountMode: "explicit",
    });
    node.port.onmessage = (message: MessageEvent<ToneTapMessage>) => {
      for (const event of message.data) this.#record(event);
    };
    sound.connect(node);
    // Its output is silence; only what leads to the speakers is sure to run.
    node.connect(this.#context.destination);
    this.#node = node;
  }

  #observeClock(): void {
    const { contextTime, performanceTime } = this.#context.getOutputTimestamp();
    if (!contextTime || performanceTime === undefined) return;
    this.#clock.observe(contextTime * 1_000, performance.timeOrigin + performanceTime);
  }

  #record(event: ToneEvent): void {
    const atMs = this.#wallMsOf(event.type === "step" ? event.atFrame : event.fromFrame);
    if (atMs === undefined) return;
    if (event.type === "step") {
      const latenessMs = atMs - stepPlayedAtMs(event.tone, atMs);
      this.#recorder.addStep({ atMs, latenessMs, outputLatencyMs: this.outputLatencyMs });
      return;
    }
    const frames = event.toFrame - event.fromFrame;
    this.#recorder.addGap({ atMs, durationMs: frames * 1_000 / this.#context.sampleRate });
  }

  #wallMsOf(frame: number): number | undefined {
    const outMs = this.#clock.wallMsOf(frame * 1_000 / this.#context.sampleRate);
    return outMs === undefined ? undefined : outMs - this.outputLatencyMs;
  }
}
