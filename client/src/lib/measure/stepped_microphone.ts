import { ContextClock } from "./context_clock.ts";
import { TONE_AMPLITUDE } from "./tone_listener.ts";
import { TONE_MS, toneAt, TONES_HZ } from "./tone_sequence.ts";
import { wallClockMs } from "./wall_clock.ts";

/** How often the audio context's clock is compared with the wall clock, milliseconds. */
const CLOCK_INTERVAL_MS = 50;
/** How long before its second a step is scheduled at the latest, milliseconds. */
const SCHEDULE_AHEAD_MS = 250;

/**
 * A microphone that hears one tone in each second of the wall clock (see `tone_sequence.ts`). A step is
 * played at the moment at which its sample is rendered, as if the microphone had no delay of its own.
 */
export class SteppedMicrophone implements Disposable {
  /** To be sent like any microphone's; ends with this. */
  readonly track: MediaStreamTrack;
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  readonly #oscillator = new OscillatorNode(this.#context, { frequency: TONES_HZ[0] });
  readonly #clock = new ContextClock();
  readonly #timer: ReturnType<typeof setInterval>;
  #scheduledMs = -Infinity;

  /** @throws {Error} when the browser makes no track of a context's sound. */
  constructor() {
    const destination = new MediaStreamAudioDestinationNode(this.#context, { channelCount: 1 });
    const [track] = destination.stream.getAudioTracks();
    if (!track) throw new Error("the browser makes no track of a context's sound");
    this.track = track;
    this.#oscillator
      .connect(new GainNode(this.#context, { gain: TONE_AMPLITUDE }))
      .connect(destination);
    this.#oscillator.start();
    this.#timer = setInterval(() => this.#schedule(), CLOCK_INTERVAL_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.track.stop();
    this.#context.close().catch(() => undefined);
  }

  #schedule(): void {
    if (this.#context.state !== "running") return;
    const nowMs = wallClockMs();
    this.#clock.observe(this.#context.currentTime * 1_000, nowMs);
    const stepMs = (Math.floor((nowMs + SCHEDULE_AHEAD_MS) / TONE_MS)) * TONE_MS;
    const atMs = this.#clock.contextMsOf(stepMs);
    if (stepMs <= this.#scheduledMs || atMs === undefined) return;
    this.#scheduledMs = stepMs;
    const frequencyHz = TONES_HZ[toneAt(stepMs)] ?? 0;
    this.#oscillator.frequency.setValueAtTime(frequencyHz, Math.max(0, atMs / 1_000));
  }
}
