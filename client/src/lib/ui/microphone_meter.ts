import { meterLevel } from "./audio_level.ts";

const INTERVAL_MS = 66;
const WINDOW_SAMPLES = 1024;

/** Watches how loud a microphone is. One owner; dispose of it when the page goes. */
export class MicrophoneMeter implements Disposable {
  #context?: AudioContext;
  #source?: MediaStreamAudioSourceNode;
  #timer?: ReturnType<typeof setInterval>;

  /** @param onLevel called about 15 times a second with 0 … 1 while a track is watched */
  constructor(private readonly onLevel: (level: number) => void) {}

  /** Watches this track from now on, or none. */
  watch(track: MediaStreamTrack | undefined): void {
    this.#stop();
    if (!track) {
      // A running context costs threads of its own.
      this.#context?.suspend().catch(() => undefined);
      return;
    }
    this.#context ??= new AudioContext({ latencyHint: "playback" });
    // Before the first gesture a browser may keep it suspended: the meter then starts later.
    this.#context.resume().catch(() => undefined);
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = WINDOW_SAMPLES;
    const samples = new Float32Array(WINDOW_SAMPLES);
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(analyser);
    this.#timer = setInterval(() => {
      if (track.enabled) analyser.getFloatTimeDomainData(samples);
      else samples.fill(0);
      this.onLevel(meterLevel(samples));
    }, INTERVAL_MS);
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#context?.close().catch(() => undefined);
    this.#context = undefined;
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#source = undefined;
    this.onLevel(0);
  }
}
