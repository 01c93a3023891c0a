import assert from "node:assert/strict";
import fc from "fast-check";
import { AWAY_AFTER_MS, SESSION_LIFETIME_MS } from "../presence/presence.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { audioStream, MeetingStage } from "../testing/meeting_stage.ts";
import type { ResumablePerson } from "../testing/resumable_person.ts";
import type { SeenParticipant } from "../testing/signaling_client.ts";

type Step =
  | { do: "join" }
  | { do: "leave" | "lose" | "resume" | "replace"; who: number }
  | { do: "wait"; ms: number }
  | { do: "publish" | "unpublish" | "mute" | "subscribe"; who: number; which: number };

const index = fc.nat({ max: 15 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.constant<Step>({ do: "join" }), weight: 3 },
  {
    arbitrary: fc.record({
      do: fc.constantFrom("leave" as const, "lose" as const, "replace" as const),
      who: index,
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ do: fc.constant("resume" as const), who: index }), weight: 3 },
  fc.record({
    do: fc.constant("wait" as const),
    ms: fc.constantFrom(1_000, AWAY_AFTER_MS, SESSION_LIFETIME_MS - 1, SESSION_LIFETIME_MS),
  }),
  {
    arbitrary: fc.record({
      do: fc.constantFrom(
        "publish" as const,
        "unpublish" as const,
        "mute" as const,
        "subscribe" as const,
      ),
      who: index,
      which: index,
    }),
    weight: 6,
  },
);

/** Somebody whose session lives. */
interface Member {
  readonly person: ResumablePerson;
  readonly seen: SeenParticipant;
  /** When the connection was lost; undefined: it stands. */
  lostAtMs: number | undefined;
}

/** Everyone whose session lives as they should be seen. Nobody has media. */
class Model {
  members: Member[] = [];
  #joined = 0;

  constructor(private readonly stage: MeetingStage, private readonly clock: ManualClock) {}

  get present(): Member[] {
    return this.members.filter(({ lostAtMs }) => lostAtMs === undefined);
  }

  async take(step: Step): Promise<void> {
    if (step.do === "join") return await this.#join();
    if (step.do === "wait") return await this.#wait(step.ms);
    const among = step.do === "resume"
      ? this.members.filter((member) => !this.present.includes(member))
      : this.present;
    const member = among[step.who % Math.max(1, among.length)];
    if (member === undefined) return;
    if ("which" in step) return await this.#change(member, step);
    if (step.do === "leave") return await this.#leave(member);
    if (step.do === "lose") return await this.#lose(member);
    return await this.#resume(member);
  }

  isAway({ lostAtMs }: Member): boolean {
    return lostAtMs !== undefined && this.clock.now() - lostAtMs >= AWAY_AFTER_MS;
  }

  /** What `member` should see. */
  expected(member: Member): Map<string, SeenParticipant> {
    return new Map(
      this.members.filter((other) => other !== member && !this.isAway(other))
        .map(({ person, seen }) => [person.participantId, seen]),
    );
  }

  async #join(): Promise<void> {
    const stream = audioStream({ muted: this.#joined % 2 === 0 });
    const name = `P${++this.#joined}`;
    const person = await this.stage.joinAs(name, { streams: [stream] });
    const seen = { name, streams: { [stream.streamId]: stream.muted } };
    this.members.push({ person, seen, lostAtMs: undefined });
  }

  async #leave(member: Member): Promise<void> {
    this.members = this.members.filter((other) => other !== member);
    const leave = { case: "leaveRequest", value: {} } as const;
    await member.person.client.request(leave, "acknowledgement");
  }

  async #lose(member: Member): Promise<void> {
    member.lostAtMs = this.clock.now();
    member.person.lose();
    await member.person.client.closed;
    await this.stage.settle();
  }

  async #resume(member: Member): Promise<void> {
    const streams = Object.entries(member.seen.streams)
      .map(([streamId, muted]) => audioStream({ streamId, muted }));
    const joined = await member.person.resume({ streams });
    assert.equal(joined.participantId, member.person.participantId);
    member.lostAtMs = undefined;
  }

  /** Time passes while those who are present ping. */
  async #wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5_000) {
      this.clock.advance(Math.min(5_000, left));
      await Promise.all(this.present.map(({ person }) => person.client.settle()));
    }
    const now = this.clock.now();
    this.members = this.members.filter(({ lostAtMs }) =>
      lostAtMs === undefined || now - lostAtMs < SESSION_LIFETIME_MS
    );
  }

  async #change(
    { person: { client }, seen }: Member,
    step: Extract<Step, { which: number }>,
  ): Promise<void> {
    const own = Object.keys(seen.streams);
    if (step.do === "publish") {
      if (own.length >= 4) return;
      const stream = audioStream();
      seen.streams[stream.streamId] = false;
      await client.request({ case: "publishStream", value: stream }, "streamPublished");
      return;
    }
    if (step.do === "subscribe") {
      const others = this.members.filter((other) => other.seen !== seen)
        .flatMap((other) => Object.keys(other.seen.streams));
      const streamId = others[step.which % Math.max(1, others.length)];
      if (streamId === undefined) return;
      const request = step.which % 2 === 0
        ? { case: "subscribeStream", value: { streamId } } as const
        : { case: "unsubscribeStream", value: { streamId } } as const;
      await client.request(request, "acknowledgement");
      return;
    }
    const streamId = own[step.which % Math.max(1, own.length)];
    if (streamId === undefined) return;
    if (step.do === "unpublish") {
      delete seen.streams[streamId];
      await client.request({ case: "unpublishStream", value: { streamId } }, "acknowledgement");
    } else {
      const muted = seen.streams[streamId] = !seen.streams[streamId];
      await client.request({ case: "updateStream", value: { streamId, muted } }, "acknowledgement");
    }
  }
}

Deno.test("after any joins, losses, resumes, leaves all rosters are equal and media knows all sessions", async () => {
  const seed = Number(Deno.env.get("DT_SEED") ?? Date.now() % 2 ** 31);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const clock = new ManualClock();
      await using stage = await MeetingStage.open({ clock });
      const model = new Model(stage, clock);
      for (const next of steps) await model.take(next);
      for (const member of model.present) {
        await member.person.client.settle();
        assert.deepEqual(member.person.client.roster, model.expected(member));
        assert.deepEqual(member.person.client.fallenEpochs, []);
      }
      const ids = model.members.map(({ person }) => person.participantId);
      const streams = model.members.flatMap(({ seen }) => Object.keys(seen.streams));
      await stage.settle();
      const [handler] = stage.media.handlers;
      assert.deepEqual(new Set(handler!.participants), new Set(ids));
      assert.deepEqual(new Set(handler!.routes.keys()), new Set(streams));
      for (const { source, destinations } of handler!.routes.values()) {
        assert.ok(!destinations.has(source));
        for (const id of destinations) assert.ok(ids.includes(id));
      }
    }),
    { numRuns: 50, seed },
  );
});
