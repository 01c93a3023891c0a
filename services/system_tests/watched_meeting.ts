import assert from "node:assert/strict";
import { createMeeting, Guest } from "./guest.ts";
import { camera, type HeadlessClient } from "./headless_client.ts";

/** Time between two pictures, milliseconds. */
const PICTURE_INTERVAL_MS = 33;
const PICTURE_BYTES = 1_000;
/** Pictures each way that count as flowing. */
const FLOWING_PICTURES = 3;
/** How long they may take, milliseconds. */
const FLOWING_LIMIT_MS = 5_000;

/** A moment in the life of a {@link WatchedMeeting}. */
export interface Mark {
  /** Milliseconds of `performance.now`. */
  readonly atMs: number;
  /** How many states each client had been in. */
  readonly states: readonly number[];
}

/**
 * A meeting of two honest clients, Ada and Bob, that send each other pictures all the time, and an
 * account of whether they noticed anything.
 */
export class WatchedMeeting implements AsyncDisposable {
  readonly #cameras: readonly string[];
  readonly #pumps: ReturnType<typeof setInterval>[] = [];

  private constructor(
    readonly code: string,
    /** Ada and Bob. */
    readonly clients: readonly HeadlessClient[],
    cameras: readonly string[],
  ) {
    this.#cameras = cameras;
    for (const [index, client] of clients.entries()) {
      this.#pumps.push(setInterval(() => {
        client.send(this.#cameras[index]!, { data: new Uint8Array(PICTURE_BYTES) })
          .catch(() => undefined);
      }, PICTURE_INTERVAL_MS));
    }
  }

  /**
   * Creates and joins the meeting; resolves when pictures flow both ways.
   *
   * @param url origin of the global controller.
   * @param wishes what the call that creates the meeting says besides, such as its region.
   */
  static async start(
    url: string,
    wishes: Record<string, unknown> = {},
  ): Promise<WatchedMeeting> {
    const code = await createMeeting(url, wishes);
    return await WatchedMeeting.of(code, [new Guest(url, code), new Guest(url, code)]);
  }

  /** Has these two join the meeting with that code; resolves when pictures flow both ways. */
  static async of(
    code: string,
    clients: readonly [HeadlessClient, HeadlessClient],
  ): Promise<WatchedMeeting> {
    const cameras = [camera(), camera()] as const;
    await clients[0].join("Ada", [cameras[0]]);
    await clients[1].join("Bob", [cameras[1]]);
    const meeting = new WatchedMeeting(code, clients, cameras.map(({ streamId }) => streamId));
    await meeting.flows();
    return meeting;
  }

  /** Ada's camera. */
  get streamId(): string {
    return this.#cameras[0]!;
  }

  /** Resolves when further pictures have arrived on both sides. */
  async flows(withinMs = FLOWING_LIMIT_MS): Promise<void> {
    const before = this.clients.map((_, index) => this.#seenBy(index).length);
    await this.clients[0]!.until("pictures flow both ways", () => {
      return before.every((count, index) => this.#seenBy(index).length >= count + FLOWING_PICTURES);
    }, withinMs);
  }

  /** A moment to look back to with {@link assertUndisturbed}. */
  mark(): Mark {
    return { atMs: performance.now(), states: this.clients.map(({ states }) => states.length) };
  }

  /**
   * Fails if since `mark` either client was for a moment not joined or without media, or saw no new
   * picture for `pauseLimitMs`.
   */
  assertUndisturbed(mark: Mark, pauseLimitMs: number): void {
    for (const [index, { states }] of this.clients.entries()) {
      for (const { phase, media } of states.slice(mark.states[index])) {
        assert.deepEqual({ phase, media }, { phase: "joined", media: "connected" });
      }
      const pauseMs = Math.round(this.#longestPauseMs(index, mark.atMs));
      assert.ok(pauseMs <= pauseLimitMs, `no picture for ${pauseMs} ms`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pump of this.#pumps) clearInterval(pump);
    await Promise.all(this.clients.map((client) => client[Symbol.asyncDispose]()));
  }

  #longestPauseMs(index: number, sinceMs: number): number {
    let longestMs = 0;
    let lastMs = sinceMs;
    for (const { arrivedAtMs } of this.#seenBy(index)) {
      if (arrivedAtMs < sinceMs) continue;
      longestMs = Math.max(longestMs, arrivedAtMs - lastMs);
      lastMs = arrivedAtMs;
    }
    return Math.max(longestMs, performance.now() - lastMs);
  }

  /** What a client got of the other's camera. */
  #seenBy(index: number) {
    return this.clients[index]!.framesOf(this.#cameras[1 - index]!);
  }
}
