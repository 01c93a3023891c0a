import { SPEAKING_LEVEL } from "./audio_level.ts";

/** Who speaks in a meeting, by loudness and by what the media handler says. */
export class Voices {
  #levels = $state.raw<ReadonlyMap<string, number>>(new Map());
  /** Who speaks, the loudest first; undefined until the media handler has said so. */
  #speakers = $state.raw<readonly string[]>();

  /** @param silent whether nobody hears this person */
  constructor(private readonly silent: () => boolean) {}

  /** Loudness by participant id, 0 … 1. */
  set levels(levels: ReadonlyMap<string, number>) {
    this.#levels = levels;
  }

  /** By participant id, the loudest first. */
  get speakers(): readonly string[] {
    return this.#speakers ?? [];
  }

  set speakers(participantIds: readonly string[]) {
    this.#speakers = participantIds;
  }

  /**
   * Whether a participant speaks. The media handler judges, without flicker; the own voice and a
   * handler that has said nothing yet go by the level.
   */
  isSpeaking(participantId: string, isSelf: boolean): boolean {
    if (isSelf && this.silent()) return false;
    const byLevel = isSelf || this.#speakers === undefined;
    return byLevel
      ? (this.#levels.get(participantId) ?? 0) >= SPEAKING_LEVEL
      : this.#speakers?.includes(participantId) ?? false;
  }

  /** Nobody is heard any more. */
  reset(): void {
    this.#levels = new Map();
    this.#speakers = undefined;
  }
}
