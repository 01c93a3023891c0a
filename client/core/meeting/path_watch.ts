import type { Scheduler } from "../crypto/scheduler.ts";
import { PathSilence } from "./path_silence.ts";

/** How often a silence is judged, milliseconds. */
export const PATH_CHECK_INTERVAL_MS = 250;

/** What a path watch needs. */
export interface PathWatchOptions {
  readonly now: () => number;
  readonly scheduler: Scheduler;
  /** Age of the oldest thing sent that no report tells of, milliseconds; 0 without any. */
  readonly unreportedForMs: () => number;
  /** Sends something that must be answered. */
  readonly ask: () => void;
  /** The path is dead, at each check for as long as it is. */
  readonly onDead: () => void;
}

/** Watches one media session for a silence that means a dead path. */
export class PathWatch {
  readonly #options: PathWatchOptions;
  readonly #silence: PathSilence;
  #timer: Disposable | undefined;

  constructor(options: PathWatchOptions) {
    this.#options = options;
    this.#silence = new PathSilence(options.now());
  }

  start(): void {
    this.#timer = this.#options.scheduler.after(PATH_CHECK_INTERVAL_MS, () => this.#check());
  }

  /** The other end said anything. */
  heard(): void {
    this.#silence.heard(this.#options.now());
  }

  /** Media came. */
  mediaCame(): void {
    this.#silence.mediaCame(this.#options.now());
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #check(): void {
    const { now, unreportedForMs, ask, onDead } = this.#options;
    this.start();
    const verdict = this.#silence.check(now(), unreportedForMs());
    if (verdict === "ask") ask();
    if (verdict === "dead") onDead();
  }
}
