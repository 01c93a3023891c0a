import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { startTestApi } from "../testing/test_api.ts";
import { REFUSAL, SUCCESS, TestWebhooks } from "../testing/test_webhooks.ts";
import type { AttemptOutcome, ClaimedDelivery } from "./delivery.ts";
import { LOOK_INTERVAL_MS, MAX_CONCURRENT_PER_ENDPOINT } from "./delivery_worker.ts";
import { PostgresDeliveryQueue } from "./postgres_delivery_queue.ts";
import { PostgresEventPublisher } from "./postgres_event_publisher.ts";

const databases = testDatabases();

Deno.test("several workers deliver each event once", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  await Promise.all(
    Array.from({ length: 5 }, () => acme.subscribe()),
  );
  for (let index = 0; index < 20; index++) await acme.publish("meeting.created");
  const sent: string[] = [];
  const send = ({ deliveryId }: ClaimedDelivery) => {
    sent.push(deliveryId);
    return Promise.resolve(SUCCESS);
  };
  await Promise.all(Array.from({ length: 4 }, () => acme.worker(send).deliverDue()));
  assert.equal(sent.length, 100);
  assert.equal(new Set(sent).size, 100);
});

Deno.test("what a lost process was attempting is attempted again, and its late word does not count", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe();
  await acme.publish("meeting.created");
  const started = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<AttemptOutcome>();
  const lost = acme.worker(() => {
    started.resolve();
    return answered.promise;
  }).deliverDue();
  await started.promise;
  const attempts: number[] = [];
  const next = acme.worker(async ({ attempt }) => {
    attempts.push(attempt);
    // The late word comes in the middle of the next attempt.
    answered.resolve(REFUSAL);
    await lost;
    return SUCCESS;
  });
  await next.deliverDue();
  assert.deepEqual(attempts, []);
  await acme.makeDue();
  await next.deliverDue();
  assert.deepEqual(attempts, [2]);
  const [{ status, attempts: logged }] = await acme.deliveries(path);
  assert.equal(status, "delivered");
  assert.deepEqual(logged.map(({ attempt }: { attempt: number }) => attempt), [2]);
});

Deno.test("what one process is just taking, another passes over without waiting", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  await acme.subscribe();
  await acme.publish("meeting.created");
  const claim = {
    limit: 10,
    perEndpoint: 10,
    perFailingEndpoint: 1,
    underway: new Map(),
    afterEndpointId: undefined,
  };
  await api.sql.begin(async (first) => {
    assert.equal((await new PostgresDeliveryQueue(first).claim(claim)).length, 1);
    await api.sql.begin(async (second) => {
      await second`SET LOCAL statement_timeout = '500ms'`;
      assert.equal((await new PostgresDeliveryQueue(second).claim(claim)).length, 0);
    });
  });
});

Deno.test("an endpoint that does not answer delays no other", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const other = new TestWebhooks(api, await api.tenant("other"));
  const slow = await acme.subscribe("http://127.0.0.1:9/slow");
  await other.subscribe("http://127.0.0.1:9/fast");
  for (let index = 0; index < 300; index++) await acme.publish("meeting.created");
  for (let index = 0; index < 10; index++) await other.publish("meeting.created");
  const answered = Promise.withResolvers<AttemptOutcome>();
  const fastDone = Promise.withResolvers<void>();
  let [slowUnderway, mostUnderway, fast] = [0, 0, 0];
  const worker = acme.worker(async ({ endpointId }) => {
    if (endpointId !== slow.endpointId) {
      if (++fast === 10) fastDone.resolve();
      return SUCCESS;
    }
    mostUnderway = Math.max(mostUnderway, ++slowUnderway);
    const outcome = await answered.promise;
    slowUnderway--;
    return outcome;
  });
  const stop = new AbortController();
  const running = worker.run(stop.signal);
  await fastDone.promise;
  assert.equal(mostUnderway, 4);
  answered.resolve(SUCCESS);
  stop.abort();
  await running;
});

Deno.test("a running worker sends what is published at once, and gives back what it cannot end", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe();
  const started = Promise.withResolvers<number>();
  const worker = acme.worker((_, signal) => {
    started.resolve(performance.now());
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
  });
  const stop = new AbortController();
  const running = worker.run(stop.signal);
  const publisher = new PostgresEventPublisher(api.sql, () => worker.nudge());
  const { organisationId } = acme.tenant;
  await publisher.publish({ organisationId, type: "meeting.created", data: {} });
  const publishedMs = performance.now();
  assert.ok(await started.promise - publishedMs < 500);
  stop.abort();
  await running;
  const [delivery] = await acme.deliveries(path);
  assert.deepEqual([delivery.status, delivery.attempts], ["pending", []]);
  const attempts: number[] = [];
  await acme.worker(({ attempt }) => {
    attempts.push(attempt);
    return Promise.resolve(SUCCESS);
  }).deliverDue();
  assert.deepEqual(attempts, [1]);
});

Deno.test("a running worker works a long queue off without resting in between", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  await acme.subscribe();
  for (let index = 0; index < 100; index++) await acme.publish("meeting.created");
  const done = Promise.withResolvers<void>();
  let sent = 0;
  const worker = acme.worker(() => {
    if (++sent === 100) done.resolve();
    return Promise.resolve(SUCCESS);
  });
  const stop = new AbortController();
  const startedMs = performance.now();
  const running = worker.run(stop.signal);
  await done.promise;
  const looksMs = 100 / MAX_CONCURRENT_PER_ENDPOINT * LOOK_INTERVAL_MS;
  assert.ok(performance.now() - startedMs < looksMs / 4);
  stop.abort();
  await running;
});
