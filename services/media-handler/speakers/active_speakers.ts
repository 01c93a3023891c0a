/** Level from which on a frame counts as speech, −dBov: quieter is the noise of a room. */
export const SPEECH_LEVEL_DBOV = 55;
/** How much speech within a short time makes a speaker, so that a click or a cough does not. */
export const SPEECH_START_MS = 120;
/** How long a speaker stays one through pauses. */
export const SPEECH_HOLD_MS = 1_500;
/** After so long without any frame a stream is muted: it leaves at once. */
export const MUTED_AFTER_MS = 400;
/** Shortest time between two changes of the list. */
export const SPEAKER_CHANGE_INTERVAL_MS = 300;
/** How much louder one must have been than the one before it to pass it, dB. */
export const PASSING_MARGIN_DB = 6;
/** Speakers that are named at most. */
export const MAX_ACTIVE_SPEAKERS = 8;

/** Usual duration of an audio frame, milliseconds. */
const FRAME_MS = 20;
/** A gap between frames counts as at most so much speech. */
const MAX_FRAME_MS = 60;
/** Time constant of the loudness that speakers are ordered by. */
const LOUDNESS_TIME_CONSTANT_MS = 700;
const SILENCE_DBOV = 127;

/** One who speaks. */
export interface Speaker {
  readonly participantId: string;
  readonly streamId: string;
}

interface Voice extends Speaker {
  /** Recent speech: rises while there is some, falls twice as fast while there is none. */
  speechMs: number;
  /** Smoothed loudness, dB above silence. */
  loudnessDb: number;
  heardAtMs: number;
  speechAtMs: number;
  speaking: boolean;
}

/**
 * Who speaks in a meeting, from the levels in the frame headers (RFC 6464): first the one who has
 * been loudest of late. After the idea of dominant speaker identification (Volfin and Cohen, 2012),
 * scores of short and long activity with a margin to pass the present speaker, made small.
 */
export class ActiveSpeakers {
  /** Those who speak or may be about to; silent streams take no room. */
  readonly #voices = new Map<string, Voice>();
  #list: readonly Voice[] = [];
  #changedAtMs = -Infinity;

  /** Who speaks, as of the last change. */
  get list(): readonly Speaker[] {
    return this.#list.map(({ participantId, streamId }) => ({ participantId, streamId }));
  }

  /** Whether the list may change without further frames: call {@link update} again later. */
  get isActive(): boolean {
    return this.#voices.size > 0;
  }

  /** A frame of sound: `levelDbov` is 0 (loudest) to 127 (silence). Runs for each frame. */
  heard(speaker: Speaker, levelDbov: number, nowMs: number): void {
    const isSpeech = levelDbov <= SPEECH_LEVEL_DBOV;
    let voice = this.#voices.get(speaker.streamId);
    if (voice === undefined) {
      if (!isSpeech) return;
      voice = {
        participantId: speaker.participantId,
        streamId: speaker.streamId,
        speechMs: 0,
        loudnessDb: 0,
        heardAtMs: nowMs - FRAME_MS,
        speechAtMs: nowMs,
        speaking: false,
      };
      this.#voices.set(speaker.streamId, voice);
    }
    const frameMs = Math.min(Math.max(nowMs - voice.heardAtMs, 0), MAX_FRAME_MS);
    voice.heardAtMs = nowMs;
    const gain = 1 - Math.exp(-frameMs / LOUDNESS_TIME_CONSTANT_MS);
    voice.loudnessDb += gain * (SILENCE_DBOV - levelDbov - voice.loudnessDb);
    if (isSpeech) {
      voice.speechAtMs = nowMs;
      voice.speechMs = Math.min(voice.speechMs + frameMs, SPEECH_START_MS);
      if (voice.speechMs >= SPEECH_START_MS) voice.speaking = true;
    } else voice.speechMs = Math.max(voice.speechMs - 2 * frameMs, 0);
  }

  /** The stream is no more. Call {@link update} after it. */
  ended(streamId: string): void {
    this.#voices.delete(streamId);
  }

  /**
   * Returns the list if it has changed. Who leaves leaves at once; other changes wait until the
   * last one is {@link SPEAKER_CHANGE_INTERVAL_MS} old.
   */
  update(nowMs: number): readonly Speaker[] | undefined {
    for (const [streamId, voice] of this.#voices) {
      if (hasFallenSilent(voice, nowMs)) this.#voices.delete(streamId);
    }
    const isDue = nowMs - this.#changedAtMs >= SPEAKER_CHANGE_INTERVAL_MS;
    const staying = this.#list.filter((voice) => this.#voices.get(voice.streamId) === voice);
    const next = isDue ? this.#ranked(staying) : staying;
    if (isSameOrder(next, this.#list)) return undefined;
    this.#list = next;
    this.#changedAtMs = nowMs;
    return this.list;
  }

  /** Keeps the present order but where someone is clearly louder than the one before. */
  #ranked(staying: readonly Voice[]): Voice[] {
    const ranked = [...staying];
    for (const voice of this.#voices.values()) {
      if (voice.speaking && !staying.includes(voice)) ranked.push(voice);
    }
    // Insertion sort: the lists are short, and the margin is no order that others could sort by.
    for (let index = 1; index < ranked.length; index++) {
      const voice = ranked[index]!;
      let place = index;
      while (place > 0 && isClearlyLouder(voice, ranked[place - 1]!)) place--;
      ranked.splice(index, 1);
      ranked.splice(place, 0, voice);
    }
    return ranked.slice(0, MAX_ACTIVE_SPEAKERS);
  }
}

function hasFallenSilent({ heardAtMs, speechAtMs }: Voice, nowMs: number): boolean {
  return nowMs - heardAtMs >= MUTED_AFTER_MS || nowMs - speechAtMs >= SPEECH_HOLD_MS;
}

function isClearlyLouder(voice: Voice, other: Voice): boolean {
  return voice.loudnessDb > other.loudnessDb + PASSING_MARGIN_DB;
}

function isSameOrder(one: readonly Voice[], other: readonly Voice[]): boolean {
  return one.length === other.length && one.every((voice, index) => voice === other[index]);
}
