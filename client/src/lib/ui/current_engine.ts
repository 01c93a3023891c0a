import type { MediaEngine } from "./media_engine.ts";

/**
 * The media engine that a meeting has at the moment. One is good for one stay: after a failure or
 * a leave another takes its place, and what the old one still says counts no more.
 */
export class CurrentEngine {
  #engine?: Promise<MediaEngine>;
  #loaded?: MediaEngine;
  #generation = 0;

  /** @param create makes one; `isCurrent` turns false as soon as another one counts. */
  constructor(private readonly create: (isCurrent: () => boolean) => Promise<MediaEngine>) {}

  /** The one that there is. */
  get engine(): Promise<MediaEngine> | undefined {
    return this.#engine;
  }

  /** The one that there is, once it is loaded. */
  get loaded(): MediaEngine | undefined {
    return this.#loaded;
  }

  /** @returns a function that tells whether no other engine came meanwhile. */
  watch(): () => boolean {
    const generation = this.#generation;
    return () => generation === this.#generation;
  }

  /** The one that there is, or a new one. */
  open(): Promise<MediaEngine> {
    if (this.#engine) return this.#engine;
    this.#generation++;
    const isCurrent = this.watch();
    this.#engine = this.create(isCurrent);
    // Who waits for the engine hears of its failure.
    this.#engine.then((engine) => {
      if (isCurrent()) this.#loaded = engine;
    }, () => undefined);
    return this.#engine;
  }

  /** Lets go of the engine; who takes it from here ends it. */
  forget(): Promise<MediaEngine> | undefined {
    const engine = this.#engine;
    this.#engine = undefined;
    this.#loaded = undefined;
    this.#generation++;
    return engine;
  }

  /**
   * Shows a remote stream on a canvas inside `place`.
   * @returns what ends that
   */
  showVideo(streamId: string, place: HTMLElement): () => void {
    if (this.#loaded) return this.#loaded.showVideo(streamId, place);
    let end: (() => void) | undefined;
    let ended = false;
    this.#engine?.then((engine) => {
      if (!ended) end = engine.showVideo(streamId, place);
    }).catch(() => undefined);
    return () => {
      ended = true;
      end?.();
    };
  }
}
