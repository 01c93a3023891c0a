import assert from "node:assert/strict";
import fc from "fast-check";
import { type Frame, framePayload } from "../../../proto/media_frame/frame_parser.ts";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { DecryptionError, type FrameDecryptor } from "./key_schedule.ts";
import { GENERATION_DEADLINE_MS, LEAVE_DEBOUNCE_MS } from "./key_distribution.ts";
import { readSFrameHeader } from "./sframe/header.ts";
import {
  parseFrame,
  SimulatedMeeting,
  type SimulatedMember,
  transparentWrapping,
  videoHeader,
} from "../testing/simulated_meeting.ts";
import { settled } from "../testing/simulated_time.ts";

const STREAMS = [
  "00112233-4455-4677-8899-aabbccddee01",
  "00112233-4455-4677-8899-aabbccddee02",
];
/** A leaver must not be able to read frames made so long after it left, milliseconds. */
const SHUT_OUT_AFTER_MS = LEAVE_DEBOUNCE_MS + GENERATION_DEADLINE_MS;
const MAX_MEMBERS = 5;
/** How many frames from before it joined are offered to a joiner, again after each action. */
const OFFERED_FRAMES = 4;
/** Frames after which a member that lost keys must be able to read again. */
const FRAMES_TO_RECOVER = 60;

type Action =
  | { readonly do: "join" }
  | { readonly do: "leave" | "send"; readonly who: number; readonly track: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "network"; readonly fates: readonly ("deliver" | "drop" | "hold")[] }
  | { readonly do: "release"; readonly reversed: boolean };

const who = fc.nat(MAX_MEMBERS - 1);
const track = fc.nat(3);
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("join" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), who, track }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), who, track }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.oneof(fc.constantFrom(1, 249, 250, 499, 500, 1000, 300_000), fc.nat(2500)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("network" as const),
      fates: fc.array(fc.constantFrom("deliver" as const, "drop" as const, "hold" as const), {
        minLength: 1,
        maxLength: 6,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("release" as const), reversed: fc.boolean() }),
  },
);

/** One history of a meeting, checked against what each participant may know. */
class History implements AsyncDisposable {
  readonly meeting = new SimulatedMeeting({ wrapping: transparentWrapping });
  readonly #used = new Set<string>();
  readonly #decryptors = new Map<string, FrameDecryptor>();
  readonly #joinedAt = new Map<SimulatedMember, number>();
  readonly #leftAtMs = new Map<SimulatedMember, number>();
  readonly #outcomes: Promise<void>[] = [];
  /** The newest frames, oldest first. */
  readonly #past: { readonly sender: SimulatedMember; readonly frame: Frame }[] = [];
  #frames = 0;

  async perform(action: Action): Promise<void> {
    const member = "who" in action
      ? this.meeting.members[action.who % Math.max(1, this.meeting.members.length)]
      : undefined;
    switch (action.do) {
      case "join":
        if (this.meeting.members.length >= MAX_MEMBERS) return;
        // Frames made up to here are history that the joiner must not read.
        this.#joinedAt.set(await this.meeting.join(), this.#frames);
        return;
      case "leave":
        if (member === undefined) return;
        this.meeting.leave(member);
        this.#leftAtMs.set(member, this.meeting.time.now());
        return;
      case "send":
        if (member !== undefined) await this.send(member, action.track);
        return;
      case "wait":
        return await this.meeting.time.advance(action.ms);
      case "network": {
        let turn = 0;
        this.meeting.fate = () => action.fates[turn++ % action.fates.length]!;
        return;
      }
      case "release":
        this.meeting.release((held) => action.reversed ? held.reverse() : held);
    }
  }

  /** Sends one frame to everyone who ever was in the meeting, and judges what each makes of it. */
  async send(sender: SimulatedMember, trackNumber: number): Promise<Set<SimulatedMember>> {
    const number = this.#frames++;
    const streamId = STREAMS[trackNumber & 1]!;
    const layer = trackNumber >> 1;
    const sentAtMs = this.meeting.time.now();
    const text = new TextEncoder().encode(`frame ${number}`);
    const encryptor = sender.schedule.encryptor(streamId, layer);
    const bytes = await encryptor.encrypt(videoHeader(streamId, number, layer), text);
    const frame = parseFrame(bytes);
    const { kid, counter } = readSFrameHeader(framePayload(frame));
    const use = `${sender.id} ${streamId} ${layer} ${kid} ${counter}`;
    assert.ok(!this.#used.has(use), `key and counter used twice: ${use}`);
    this.#used.add(use);

    this.#past.push({ sender, frame });
    if (this.#past.length > OFFERED_FRAMES) this.#past.shift();

    const readers = new Set<SimulatedMember>();
    for (const receiver of this.meeting.everyone) {
      if (receiver === sender) continue;
      const outcome = this.#decryptor(receiver, sender, streamId).decrypt(frame).then(
        (plaintext) => {
          readers.add(receiver);
          assert.deepEqual(plaintext, text);
          this.#judgeReader(receiver, sentAtMs);
        },
        (error) => assert.ok(error instanceof DecryptionError, String(error)),
      );
      outcome.catch(() => undefined); // Judged at the end.
      this.#outcomes.push(outcome);
    }
    await settled();
    return readers;
  }

  /** Offers the joiners the frames that were sent before they joined: they must read none. */
  async offerPast(): Promise<void> {
    for (const [joiner, firstFrame] of this.#joinedAt) {
      for (const { sender, frame } of this.#past) {
        if (frame.header.sequence >= firstFrame) continue;
        const outcome = joiner.schedule.decryptor(sender.id, frame.header.streamId).decrypt(frame)
          .then(
            () => assert.fail("a joiner read what was before it"),
            (error) => assert.ok(error instanceof DecryptionError, String(error)),
          );
        outcome.catch(() => undefined); // Judged at the end.
        this.#outcomes.push(outcome);
      }
    }
    await settled();
  }

  /** Heals the network; then everyone must soon read everyone. */
  async end(): Promise<void> {
    this.meeting.fate = () => "deliver";
    this.meeting.release();
    await this.meeting.time.advance(3000);
    for (const sender of this.meeting.members) {
      let readers = new Set<SimulatedMember>();
      for (let i = 0; i < FRAMES_TO_RECOVER; i++) {
        readers = await this.send(sender, 0);
        if (this.#allRead(sender, readers)) break;
        await this.meeting.time.advance(100);
      }
      assert.ok(this.#allRead(sender, readers), "a member cannot read another in the end");
    }
    await this.meeting.time.advance(1000);
    await Promise.all(this.#outcomes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.meeting[Symbol.asyncDispose]();
  }

  #allRead(sender: SimulatedMember, readers: Set<SimulatedMember>): boolean {
    return this.meeting.members.every((member) => member === sender || readers.has(member));
  }

  #judgeReader(receiver: SimulatedMember, sentAtMs: number): void {
    const leftAtMs = this.#leftAtMs.get(receiver);
    if (leftAtMs !== undefined) {
      assert.ok(sentAtMs - leftAtMs < SHUT_OUT_AFTER_MS, "a leaver read what came after it");
    }
  }

  #decryptor(receiver: SimulatedMember, sender: SimulatedMember, streamId: string) {
    const name = `${receiver.id} ${sender.id} ${streamId}`;
    const decryptor = this.#decryptors.get(name) ??
      receiver.schedule.decryptor(sender.id, streamId);
    this.#decryptors.set(name, decryptor);
    return decryptor;
  }
}

Deno.test("through joins, leaves, lost and reordered keys: no counter twice, no past for joiners, no future for leavers, and all recover", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyAction, { minLength: 5, maxLength: 40, size: "max" }),
      async (actions) => {
        await using history = new History();
        for (let i = 0; i < 2; i++) await history.perform({ do: "join" });
        for (const action of actions) {
          await history.perform(action);
          await history.offerPast();
        }
        await history.end();
      },
    ),
    propertyRuns(200),
  );
});
