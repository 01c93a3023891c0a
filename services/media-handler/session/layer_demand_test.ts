import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { LAYER_DEMAND_INTERVAL_MS } from "../limits.ts";
import { CAMERA_LADDER } from "../testing/ladders.ts";
import { settle, type TestClient } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";

const BEST_BPS = CAMERA_LADDER.at(-1)!.maxBitrateBps;

/** A meeting with someone whose camera has three layers, watched by nobody yet. */
async function start() {
  const meeting = new TestMeeting();
  const id = crypto.randomUUID();
  const token = meeting.register(id);
  const connect = async () => {
    const client = meeting.connect();
    await client.authenticate(token);
    return client;
  };
  const publisher = await connect();
  const camera = meeting.route(id, [], { ladder: CAMERA_LADDER });
  return {
    meeting,
    connect,
    publisher,
    camera,
    watch: (...viewers: { id: string }[]) => {
      const destinations = viewers.map((viewer) => viewer.id);
      meeting.route(id, destinations, { streamId: camera, ladder: CAMERA_LADDER });
    },
    /** Which layers the publisher is to send, once it was told so. */
    async demands(expected: readonly boolean[], client: TestClient = publisher) {
      await settle();
      meeting.clock.advance(LAYER_DEMAND_INTERVAL_MS);
      await client.until(() => {
        const wanted = client.demand(camera)?.map((rate) => rate > 0);
        return JSON.stringify(wanted) === JSON.stringify(expected);
      });
    },
    /** Resolves once the publisher was told that someone watches. */
    async isWanted() {
      await settle();
      meeting.clock.advance(LAYER_DEMAND_INTERVAL_MS);
      await publisher.until(() => publisher.demand(camera)?.some((rate) => rate > 0) ?? false);
    },
    [Symbol.asyncDispose]: () => meeting[Symbol.asyncDispose](),
  };
}

Deno.test("the layers of a camera that nobody watches need not be sent", async () => {
  await using t = await start();
  await t.demands([false, false, false]);
});

Deno.test("a viewer makes layers wanted, and none is when it leaves", async () => {
  await using t = await start();
  const viewer = await t.meeting.join();
  t.watch(viewer);
  await t.isWanted();
  viewer.session.close();
  await t.demands([false, false, false]);
});

Deno.test("a viewer who shows a stamp wants the smallest layer, one who hides it none", async () => {
  await using t = await start();
  const viewer = await t.meeting.join();
  t.watch(viewer);
  const show = async (width: number, height: number) => {
    const views = [{ streamId: t.camera, width, height }];
    await viewer.send({ case: "viewRequest", value: { views } });
  };
  await show(160, 90);
  await t.demands([true, false, false]);
  await show(0, 0);
  await t.demands([false, false, false]);
});

Deno.test("a new session of the publisher is told at once what is wanted", async () => {
  await using t = await start();
  const viewer = await t.meeting.join();
  t.watch(viewer);
  const newer = await t.connect();
  await newer.until(() => newer.demand(t.camera)?.some((rate) => rate > 0) ?? false);
});

Deno.test("a viewer whose new session replaces the old one never seems to be gone", async () => {
  await using t = await start();
  const id = crypto.randomUUID();
  const token = t.meeting.register(id);
  await t.meeting.connect().authenticate(token);
  t.watch({ id });
  await settle();
  t.meeting.clock.advance(LAYER_DEMAND_INTERVAL_MS);
  await settle();
  const before = t.publisher.messages.length;
  await t.meeting.connect().authenticate(token);
  await settle();
  const later = t.publisher.messages.slice(before).flatMap((message) =>
    message.case === "layerDemand" ? [message.value.layers] : []
  );
  strictEqual(later.every((layers) => layers.some(({ maxBitrate }) => maxBitrate > 0)), true);
});

Deno.test("a viewer who prefers a layer gets no better one", async () => {
  await using t = await start();
  const viewer = await t.meeting.join();
  const { router } = t.meeting.mediaHandler;
  const publication = router.meetings.get(t.meeting.meetingId)!.publication(t.camera)!;
  router.route(t.meeting.meetingId, [{
    change: "add",
    streamId: t.camera,
    publisherId: publication.publisherId,
    type: publication.type,
    destinations: [viewer.id],
    options: { preferredLayer: "low", maxBitrateBps: 0 },
  }]);
  await t.demands([true, false, false]);
});

Deno.test("no demand is above what helps", async () => {
  await using t = await start();
  const viewers = await Promise.all([1, 2, 3].map(() => t.meeting.join()));
  t.watch(...viewers);
  await t.isWanted();
  deepStrictEqual(t.publisher.demand(t.camera)!.filter((rate) => rate > BEST_BPS), []);
});
