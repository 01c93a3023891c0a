import type { SFrameKey } from "./sframe/cipher_suite.ts";

/** Most (stream, spatial layer) pairs under one sender key; a meeting comes nowhere near. */
export const MAX_TRACKS_PER_KEY = 1024;

/** The frame key of one (stream, spatial layer), and what is counted under it. */
export interface TrackKey<State> {
  readonly frameKey: Promise<SFrameKey>;
  readonly state: State;
}

/**
 * The frame keys that come from one sender key, each derived once. What is counted under a frame key
 * (the next counter, the counters seen) stands here beside it, so that it lives exactly as long as
 * the key does, however many encryptors or decryptors are made for the stream.
 */
export class TrackKeys<State> {
  readonly #tracks = new Map<string, TrackKey<State>>();

  constructor(
    readonly derive: (streamId: string, spatialLayer: number) => Promise<SFrameKey>,
    readonly createState: () => State,
  ) {}

  /** Undefined when {@link MAX_TRACKS_PER_KEY} are in use. */
  get(streamId: string, spatialLayer: number): TrackKey<State> | undefined {
    const name = `${streamId}/${spatialLayer}`;
    const known = this.#tracks.get(name);
    if (known !== undefined) return known;
    if (this.#tracks.size >= MAX_TRACKS_PER_KEY) return undefined;
    const frameKey = this.derive(streamId, spatialLayer);
    frameKey.catch(() => undefined); // Whoever uses it sees the failure; nobody may.
    const track = { frameKey, state: this.createState() };
    this.#tracks.set(name, track);
    return track;
  }
}
