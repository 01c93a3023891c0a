import assert from "node:assert/strict";
import fc from "fast-check";
import { audioStream, MeetingStage } from "../testing/meeting_stage.ts";
import type { SeenParticipant, SignalingClient } from "../testing/signaling_client.ts";

type Step =
  | { do: "join" }
  | { do: "leave"; who: number }
  | { do: "lose"; who: number }
  | { do: "publish" | "unpublish" | "mute" | "subscribe"; who: number; which: number };

const index = fc.nat({ max: 15 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.constant<Step>({ do: "join" }), weight: 3 },
  fc.record({ do: fc.constant("leave" as const), who: index }),
  fc.record({ do: fc.constant("lose" as const), who: index }),
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

/** Everyone here as they should be seen, and their clients. */
class Model {
  readonly members = new Map<SignalingClient, SeenParticipant>();
  #joined = 0;

  constructor(private readonly stage: MeetingStage) {}

  async take(step: Step): Promise<void> {
    if (step.do === "join") return await this.#join();
    const found = [...this.members][step.who % Math.max(1, this.members.size)];
    if (found === undefined) return;
    const [client, seen] = found;
    if (step.do === "leave") return await this.#end(client, "leave");
    if (step.do === "lose") return await this.#end(client, "lose");
    return await this.#change(client, seen, step);
  }

  async #change(
    client: SignalingClient,
    seen: SeenParticipant,
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
      const others = [...this.members.values()].filter((other) => other !== seen)
        .flatMap(({ streams }) => Object.keys(streams));
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

  async #join(): Promise<void> {
    const stream = audioStream({ muted: this.#joined % 2 === 0 });
    const name = `P${++this.#joined}`;
    const client = await this.stage.join(name, { streams: [stream] });
    this.members.set(client, { name, streams: { [stream.streamId]: stream.muted } });
  }

  async #end(client: SignalingClient, how: "leave" | "lose"): Promise<void> {
    this.members.delete(client);
    if (how === "lose") client.session.close();
    else await client.request({ case: "leaveRequest", value: {} }, "acknowledgement");
    // The others hear of it before the next step.
    await client.closed;
  }

  /** What `client` should see. */
  expected(client: SignalingClient): Map<string, SeenParticipant> {
    return new Map(
      [...this.members].filter(([other]) => other !== client)
        .map(([other, seen]) => [other.participantId, seen]),
    );
  }
}

Deno.test("after any sequence of requests all rosters are equal and media knows who is here", async () => {
  const seed = Number(Deno.env.get("DT_SEED") ?? Date.now() % 2 ** 31);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await using stage = await MeetingStage.open();
      const model = new Model(stage);
      for (const next of steps) await model.take(next);
      for (const client of model.members.keys()) {
        await client.settle();
        assert.deepEqual(client.roster, model.expected(client));
      }
      const ids = [...model.members.keys()].map(({ participantId }) => participantId);
      const streams = [...model.members.values()].flatMap((seen) => Object.keys(seen.streams));
      await stage.settle();
      const [handler] = stage.media.handlers;
      assert.deepEqual(new Set(handler!.participants), new Set(ids));
      assert.deepEqual(new Set(handler!.routes.keys()), new Set(streams));
      for (const { source, destinations } of handler!.routes.values()) {
        assert.ok(!destinations.has(source));
        for (const id of destinations) assert.ok(ids.includes(id));
      }
    }),
    { numRuns: 25, seed },
  );
});
