import { BoundedLog } from "./bounded_log.ts";
import type { HeardStep, Measurements, PageStall, ShownPicture, SoundGap } from "./measurements.ts";

/** Pictures that are remembered: ten minutes at 30 a second. */
const SHOWN_CAPACITY = 18_000;
/** Steps that are remembered: half an hour. */
const STEP_CAPACITY = 1_800;
/** Gaps that are remembered. */
const GAP_CAPACITY = 1_800;
/** Stalls that are remembered. */
const STALL_CAPACITY = 1_800;

/** Collects what a page sees and hears. */
export class MeasurementRecorder {
  readonly #shown = new BoundedLog<ShownPicture>(SHOWN_CAPACITY);
  readonly #steps = new BoundedLog<HeardStep>(STEP_CAPACITY);
  readonly #gaps = new BoundedLog<SoundGap>(GAP_CAPACITY);
  readonly #stalls = new BoundedLog<PageStall>(STALL_CAPACITY);

  /** Notes a picture, unless it is the one that was shown already. */
  addShown(picture: ShownPicture): void {
    const last = this.#shown.entries.at(-1);
    const same = last?.stampMs === picture.stampMs && last.frameNumber === picture.frameNumber;
    if (!same) this.#shown.add(picture);
  }

  /** Notes a step. */
  addStep(step: HeardStep): void {
    this.#steps.add(step);
  }

  /** Notes a gap. */
  addGap(gap: SoundGap): void {
    this.#gaps.add(gap);
  }

  /** Notes that the page stood still. */
  addStall(stall: PageStall): void {
    this.#stalls.add(stall);
  }

  /** Everything that is remembered, as it is now. */
  lists(): Pick<Measurements, "shown" | "steps" | "gaps" | "stalls" | "dropped"> {
    return {
      shown: [...this.#shown.entries],
      steps: [...this.#steps.entries],
      gaps: [...this.#gaps.entries],
      stalls: [...this.#stalls.entries],
      dropped: this.#shown.dropped + this.#steps.dropped + this.#gaps.dropped +
        this.#stalls.dropped,
    };
  }
}
