import assert from "node:assert/strict";
import type { RemoteFrame } from "../../../client/core/meeting/meeting.ts";
import { InMemoryServers } from "../client_core/in_memory_servers.ts";
import { equalBytes } from "../client_core/plaintext_search.ts";
import { eventually } from "../eventually.ts";
import { camera, HeadlessClient, microphone } from "../headless_client.ts";
import { TamperingMediaHandler, type TamperingPlan } from "./tampering_media_handler.ts";

/** Pause between two frames of each stream, milliseconds. */
const FRAME_INTERVAL_MS = 4;
const PICTURE_BYTES = 200;
const SOUND_BYTES = 80;
/** How soon everyone sees and hears everyone again once nobody tampers, milliseconds. */
const RECOVERY_LIMIT_MS = 5_000;
/** How long it may take until enough frames were tampered with, milliseconds. */
const TAMPERING_LIMIT_MS = 30_000;
/** Frames of each stream that count as seeing and hearing. */
const FLOWING_FRAMES = 3;

/** A frame as it was sent. */
interface SentFrame {
  readonly data: Uint8Array;
  readonly timestampUs: number;
  readonly keyFrame: boolean;
  /** The frame of the same stream that it depends on; undefined for a key frame and for sound. */
  readonly dependsOn: string | undefined;
}

/**
 * A meeting of three over a {@link TamperingMediaHandler}: Ada and Cleo send pictures and sound,
 * Bob only receives.
 */
export class TamperedMeeting implements AsyncDisposable {
  readonly handler: TamperingMediaHandler;
  /** Ada, Cleo and Bob. */
  readonly clients: readonly HeadlessClient[];
  readonly #servers = new InMemoryServers();
  /** By stream and time. */
  readonly #sent = new Map<string, SentFrame>();
  readonly #last = new Map<string, string>();
  readonly #owners = new Map<string, HeadlessClient>();
  readonly #cameras: string[] = [];
  #timestampUs = 0;

  private constructor(random: () => number) {
    this.handler = new TamperingMediaHandler(random);
    const { connect, fetchGrant, connections } = this.#servers;
    const options = {
      fetchGrant,
      connect: async (...[url, given]: Parameters<typeof connect>) => {
        const session = await connect(url, given);
        const isMedia = connections.some(({ client, to }) => client === session && to === "media");
        return isMedia ? this.handler.between(session) : session;
      },
    };
    this.clients = [
      new HeadlessClient(options),
      new HeadlessClient(options),
      new HeadlessClient(options),
    ];
  }

  /** @param random from 0 to below 1: all decisions of the media handler. */
  static async start(random: () => number): Promise<TamperedMeeting> {
    const meeting = new TamperedMeeting(random);
    const [ada, cleo, bob] = meeting.clients;
    await meeting.#join(ada!, "Ada");
    await meeting.#join(cleo!, "Cleo");
    await bob!.join("Bob");
    await meeting.recovers();
    return meeting;
  }

  /** Key frames that were sent so far. */
  get keyFrames(): number {
    return [...this.#sent].filter(([key, { keyFrame }]) =>
      keyFrame && this.#cameras.some((streamId) => key.startsWith(streamId))
    ).length;
  }

  /** Frames that reached an application so far. */
  get deliveredFrames(): number {
    return this.clients.reduce((sum, { frames }) => sum + frames.length, 0);
  }

  /** Sends until so many further frames were tampered with. */
  async endures(plan: TamperingPlan, frames: number): Promise<void> {
    const before = this.handler.passed.tampered;
    this.handler.plan = plan;
    try {
      await this.#sendUntil(
        `${frames} frames are tampered with`,
        TAMPERING_LIMIT_MS,
        () => this.handler.passed.tampered >= before + frames,
      );
    } finally {
      this.handler.plan = undefined;
    }
  }

  /** Sends until everyone has further frames of all streams of the others. */
  async recovers(): Promise<void> {
    const before = this.clients.map((client) => this.#received(client));
    await this.#sendUntil(
      "everyone sees and hears everyone",
      RECOVERY_LIMIT_MS,
      () =>
        this.clients.every((client, index) =>
          this.#received(client).every((count, stream) =>
            count >= before[index]![stream]! + FLOWING_FRAMES
          )
        ),
    );
  }

  /**
   * Fails if an application got anything but what was sent, under the right name, once, in order,
   * and with all that it depends on.
   */
  assertGenuine(): void {
    for (const client of this.clients) {
      const seen = new Set<string>();
      const lastUs = new Map<string, number>();
      for (const frame of client.frames) {
        const key = `${frame.streamId} ${frame.timestampUs}`;
        const sent = this.#sent.get(key);
        assert.ok(sent !== undefined, `nobody sent ${key}`);
        assert.ok(equalBytes(frame.data, sent.data), `${key} has another content`);
        assert.equal(frame.keyFrame, sent.keyFrame);
        assert.equal(frame.participantId, this.#owners.get(frame.streamId)!.state.participantId);
        assert.ok(frame.timestampUs > (lastUs.get(frame.streamId) ?? -1), `${key} came late`);
        lastUs.set(frame.streamId, frame.timestampUs);
        const { dependsOn } = sent;
        assert.ok(dependsOn === undefined || seen.has(dependsOn), `${key} cannot be decoded`);
        seen.add(key);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clients.map((client) => client[Symbol.asyncDispose]()));
    await this.#servers[Symbol.asyncDispose]();
  }

  async #join(client: HeadlessClient, name: string): Promise<void> {
    const [picture, sound] = [camera(), microphone()];
    await client.join(name, [picture, sound]);
    this.#cameras.push(picture.streamId);
    for (const { streamId } of [picture, sound]) {
      this.#owners.set(streamId, client);
      this.handler.streamIds.push(streamId);
    }
  }

  /** Counts of what a client has of each stream of the others. */
  #received(client: HeadlessClient): number[] {
    const counts = new Map<string, number>();
    for (const [streamId, owner] of this.#owners) if (owner !== client) counts.set(streamId, 0);
    const count = ({ streamId }: RemoteFrame) => counts.set(streamId, counts.get(streamId)! + 1);
    client.frames.forEach(count);
    return [...counts.values()];
  }

  async #sendUntil(what: string, withinMs: number, done: () => boolean): Promise<void> {
    let over = false;
    const sending = (async () => {
      while (!over) {
        this.#timestampUs += FRAME_INTERVAL_MS * 1_000;
        await Promise.all([...this.#owners].map(([streamId, client]) => {
          return this.#send(client, streamId, this.#timestampUs);
        }));
        await new Promise((resolve) => setTimeout(resolve, FRAME_INTERVAL_MS));
      }
    })();
    try {
      await eventually(what, withinMs, done);
    } finally {
      over = true;
      await sending;
    }
  }

  async #send(client: HeadlessClient, streamId: string, timestampUs: number): Promise<void> {
    const isPicture = this.#cameras.includes(streamId);
    const stream = client.meeting.localStream(streamId)!;
    const called = client.keyFrameCalls.includes(streamId);
    const keyFrame = !isPicture || called || stream.needsKeyFrame;
    const data = crypto.getRandomValues(new Uint8Array(isPicture ? PICTURE_BYTES : SOUND_BYTES));
    const key = `${streamId} ${timestampUs}`;
    const dependsOn = keyFrame ? undefined : this.#last.get(streamId);
    // Known before it is sent: it may arrive before the sending is over.
    this.#sent.set(key, { data, timestampUs, keyFrame, dependsOn });
    const sent = await client.send(streamId, { data, timestampUs, keyFrame });
    if (sent) this.#last.set(streamId, key);
    else this.#sent.delete(key);
  }
}
