import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { testDatabases } from "../../../db/test_postgres.ts";
import { createLogger } from "../../runtime/log.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi, type TestApi } from "../testing/test_api.ts";
import { type ReceivedRequest, startTestReceiver } from "../testing/test_receiver.ts";
import type { TestTenant } from "../testing/test_tenant.ts";
import type { AttemptOutcome, ClaimedDelivery } from "./delivery.ts";
import type { DeliverySender } from "./delivery_sender.ts";
import { DeliveryWorker } from "./delivery_worker.ts";
import type { EventType } from "./event_type.ts";
import { PostgresDeliveryQueue } from "./postgres_delivery_queue.ts";
import { PostgresEventPublisher, storeEvent } from "./postgres_event_publisher.ts";
import { MAX_ATTEMPTS } from "./retry_schedule.ts";

const databases = testDatabases();
const ENDPOINTS = "/api/v1/webhook-endpoints";
const DAY_S = 86_400;

const SUCCESS: AttemptOutcome = { durationMs: 1, responseStatus: 200, failure: null };
const REFUSAL: AttemptOutcome = {
  durationMs: 1,
  responseStatus: 500,
  failure: "unsuccessful_status",
};

/** An organisation with one endpoint at `url`. */
async function subscribe(api: TestApi, acme: TestTenant, url: string, body = {}) {
  const response = await api.request("POST", ENDPOINTS, {
    as: acme.admin,
    body: { url, ...body },
  });
  assert.equal(response.status, 201, await response.clone().text());
  const { endpoint_id, secret } = await response.json();
  return { path: `${ENDPOINTS}/${endpoint_id}`, endpointId: endpoint_id as string, secret };
}

async function publish(api: TestApi, { organisationId }: TestTenant, type: EventType, data = {}) {
  await new PostgresEventPublisher(api.sql).publish({ organisationId, type, data });
}

async function deliveriesOf(api: TestApi, acme: TestTenant, path: string) {
  const response = await api.request("GET", `${path}/deliveries`, { as: acme.admin });
  return (await response.json()).webhook_deliveries;
}

async function endpointAt(api: TestApi, acme: TestTenant, path: string) {
  return await (await api.request("GET", path, { as: acme.admin })).json();
}

/** Makes every delivery that waits due now. */
async function makeDue(api: TestApi) {
  await api.sql`UPDATE webhook_deliveries SET next_attempt_at = now()
    WHERE next_attempt_at IS NOT NULL`;
}

/** A worker beside the API's own, which sends by `send`. */
function workerOf(api: TestApi, send: DeliverySender): DeliveryWorker {
  const queue = new PostgresDeliveryQueue(api.sql);
  return new DeliveryWorker({ queue, send, log: createLogger("test"), random: () => 0 });
}

function isSignedWith(secret: string, { headers, body }: ReceivedRequest): boolean {
  const content = `${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${body}`;
  const key = Uint8Array.fromBase64(secret.slice("whsec_".length));
  const signature = createHmac("sha256", key).update(content).digest("base64");
  return headers.get("webhook-signature")!.split(" ").includes(`v1,${signature}`);
}

Deno.test("an event is delivered once, signed, and logged", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver();
  const acme = await api.tenant("acme");
  const { path, endpointId, secret } = await subscribe(api, acme, receiver.url);
  await publish(api, acme, "meeting.ended", { meeting_id: "m", name: "ä'\"" });
  await api.deliveries.deliverDue();
  await api.deliveries.deliverDue();
  const [request, ...others] = receiver.requests;
  assert.deepEqual(others, []);
  assert.ok(isSignedWith(secret, request!));
  assert.equal(request!.headers.get("content-type"), "application/json");
  const sentS = Number(request!.headers.get("webhook-timestamp"));
  assert.ok(Math.abs(sentS - Date.now() / 1_000) < 60);
  const { timestamp, ...message } = JSON.parse(request!.body);
  assert.deepEqual(message, { type: "meeting.ended", data: { meeting_id: "m", name: "ä'\"" } });
  const [delivery] = await deliveriesOf(api, acme, path);
  const { attempts: [attempt], delivery_id, created_at, ...rest } = delivery;
  assert.deepEqual(rest, {
    endpoint_id: endpointId,
    event_id: request!.headers.get("webhook-id"),
    event_type: "meeting.ended",
    status: "delivered",
    next_attempt_at: null,
  });
  assert.ok(delivery_id && created_at);
  assert.ok(Date.parse(attempt.attempted_at) && attempt.duration_ms >= 0);
  assert.deepEqual([attempt.attempt, attempt.response_status, attempt.failure], [1, 200, null]);
  const event = await api.request("GET", `/api/v1/webhook-events/${rest.event_id}`, {
    as: acme.admin,
  });
  assert.deepEqual(await event.json(), {
    event_id: rest.event_id,
    type: "meeting.ended",
    timestamp,
    data: { meeting_id: "m", name: "ä'\"" },
    deliveries: [delivery],
  });
});

Deno.test("endpoints get what they want, of their own organisation, while they are enabled", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver();
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const at = (name: string) => receiver.url.replace("/hook", `/${name}`);
  await subscribe(api, acme, at("all"));
  await subscribe(api, acme, at("ended"), { event_types: ["meeting.ended"] });
  await subscribe(api, acme, at("disabled"), { disabled: true });
  await subscribe(api, other, at("other"));
  await publish(api, acme, "meeting.created");
  await publish(api, acme, "meeting.ended");
  const nobodys = { organisationId: null, type: "meeting.created", data: {} } as const;
  await new PostgresEventPublisher(api.sql).publish(nobodys);
  await api.deliveries.deliverDue();
  const got = receiver.requests.map(({ url, body }) =>
    `${new URL(url).pathname} ${JSON.parse(body).type}`
  );
  assert.deepEqual(got.sort(), [
    "/all meeting.created",
    "/all meeting.ended",
    "/ended meeting.ended",
  ]);
});

Deno.test("an event that belongs to a transaction goes with it", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await subscribe(api, acme, "http://127.0.0.1:9/");
  const event = { organisationId: acme.organisationId, type: "meeting.created", data: {} } as const;
  const rolledBack = api.sql.begin(async (transaction) => {
    await storeEvent(transaction, event);
    throw new Error("rolled back");
  });
  await assert.rejects(rolledBack, /rolled back/);
  assert.equal((await api.sql`SELECT FROM webhook_events`).length, 0);
  await api.sql.begin((transaction) => storeEvent(transaction, event));
  assert.equal((await api.sql`SELECT FROM webhook_deliveries`).length, 1);
});

Deno.test("the secret before signs too until it ends", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver();
  const acme = await api.tenant("acme");
  const { path, secret } = await subscribe(api, acme, receiver.url);
  const rotated = await api.request("POST", `${path}/rotate-secret`, { as: acme.admin });
  const { secret: next } = await rotated.json();
  await publish(api, acme, "meeting.created");
  await api.deliveries.deliverDue();
  await api.sql`UPDATE webhook_secrets SET expires_at = now() WHERE expires_at IS NOT NULL`;
  await publish(api, acme, "meeting.created");
  await api.deliveries.deliverDue();
  const signers = receiver.requests.map((request) =>
    [secret, next].map((key) => isSignedWith(key, request))
  );
  assert.deepEqual(signers, [[true, true], [false, true]]);
});

Deno.test("a failed delivery is tried again with the same id, later and later, and then given up", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver(() => new Response(null, { status: 500 }));
  const acme = await api.tenant("acme");
  const { path } = await subscribe(api, acme, receiver.url);
  await publish(api, acme, "meeting.created");
  const waits: number[] = [];
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    await makeDue(api);
    await api.deliveries.deliverDue();
    const [{ next_attempt_at, status }] = await deliveriesOf(api, acme, path);
    if (next_attempt_at === null) assert.equal(status, "failed");
    else waits.push(Math.round((Date.parse(next_attempt_at) - Date.now()) / 1_000));
  }
  assert.equal(receiver.requests.length, MAX_ATTEMPTS);
  assert.equal(new Set(receiver.requests.map(({ headers }) => headers.get("webhook-id"))).size, 1);
  const least = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
  assert.equal(waits.length, least.length);
  waits.forEach((wait, index) =>
    assert.ok(wait > least[index]! - 3 && wait <= 1.2 * least[index]!, `wait ${index}: ${wait} s`)
  );
  const [{ attempts, status }] = await deliveriesOf(api, acme, path);
  assert.equal(status, "failed");
  assert.deepEqual(
    attempts.map(({ attempt }: { attempt: number }) => attempt),
    Array.from({ length: MAX_ATTEMPTS }, (_, index) => index + 1),
  );
});

Deno.test("a success after failures forgets them", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { path } = await subscribe(api, acme, "http://127.0.0.1:9/");
  await publish(api, acme, "meeting.created");
  await workerOf(api, () => Promise.resolve(REFUSAL)).deliverDue();
  assert.ok((await endpointAt(api, acme, path)).failing_since);
  await makeDue(api);
  await workerOf(api, () => Promise.resolve(SUCCESS)).deliverDue();
  assert.equal((await endpointAt(api, acme, path)).failing_since, null);
});

Deno.test("an endpoint that answers 410 is disabled, and what waits for it ends", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver(() => new Response(null, { status: 410 }));
  const acme = await api.tenant("acme");
  const { path } = await subscribe(api, acme, receiver.url);
  await publish(api, acme, "meeting.created");
  await publish(api, acme, "meeting.ended");
  await api.sql`UPDATE webhook_deliveries SET next_attempt_at = now() + interval '1 day'
    WHERE event_id = (SELECT event_id FROM webhook_events WHERE event_type = 'meeting.ended')`;
  await api.deliveries.deliverDue();
  const endpoint = await endpointAt(api, acme, path);
  assert.deepEqual([endpoint.disabled, endpoint.disabled_reason], [true, "gone"]);
  assert.equal(endpoint.version, 2);
  for (const { status, next_attempt_at } of await deliveriesOf(api, acme, path)) {
    assert.deepEqual([status, next_attempt_at], ["failed", null]);
  }
  assert.equal(receiver.requests.length, 1);
});

Deno.test("an endpoint is disabled that failed for five days, not for four", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { path } = await subscribe(api, acme, "http://127.0.0.1:9/");
  const failing = workerOf(api, () => Promise.resolve(REFUSAL));
  const failAfter = async (days: number) => {
    await api.sql`UPDATE webhook_endpoints
      SET failing_since = now() - ${days * DAY_S} * interval '1 second'`;
    await publish(api, acme, "meeting.created");
    await failing.deliverDue();
    return (await endpointAt(api, acme, path)).disabled_reason;
  };
  assert.equal(await failAfter(4.9), null);
  assert.equal(await failAfter(5.1), "failing");
  const enabled = await api.request("PATCH", path, { as: acme.admin, body: { disabled: false } });
  assert.equal((await enabled.json()).failing_since, null);
});

Deno.test("the deliveries of an endpoint that its owner disables end", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver();
  const acme = await api.tenant("acme");
  const { path } = await subscribe(api, acme, receiver.url);
  await publish(api, acme, "meeting.created");
  const [{ delivery_id }] = await deliveriesOf(api, acme, path);
  await api.request("PATCH", path, { as: acme.admin, body: { disabled: true } });
  await api.deliveries.deliverDue();
  assert.equal(receiver.requests.length, 0);
  assert.equal((await deliveriesOf(api, acme, path))[0].status, "failed");
  const redeliver = await api.request(
    "POST",
    `/api/v1/webhook-deliveries/${delivery_id}/redeliver`,
    {
      as: acme.admin,
    },
  );
  await assertError(redeliver, 409, "CONFLICT");
});

Deno.test("a delivery is made once more on request, also one that succeeded", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver();
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const { path } = await subscribe(api, acme, receiver.url);
  await publish(api, acme, "meeting.created");
  await api.deliveries.deliverDue();
  const [{ delivery_id }] = await deliveriesOf(api, acme, path);
  const redeliver = (as = acme.admin, id = delivery_id) =>
    api.request("POST", `/api/v1/webhook-deliveries/${id}/redeliver`, { as });
  await assertError(await redeliver(other.admin), 404, "NOT_FOUND");
  await assertError(await redeliver(acme.admin, "no-id"), 404, "NOT_FOUND");
  const answers = await Promise.all([redeliver(), redeliver(), redeliver()]);
  for (const answer of answers) {
    assert.equal(answer.status, 202);
    assert.equal((await answer.json()).status, "pending");
  }
  await api.deliveries.deliverDue();
  assert.equal(receiver.requests.length, 2);
  const [{ status, attempts }] = await deliveriesOf(api, acme, path);
  assert.deepEqual([status, attempts.length], ["delivered", 2]);
});

Deno.test("a delivery that is being attempted is not queued a second time", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { path } = await subscribe(api, acme, "http://127.0.0.1:9/");
  await publish(api, acme, "meeting.created");
  const started = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<AttemptOutcome>();
  const delivering = workerOf(api, () => {
    started.resolve();
    return answered.promise;
  }).deliverDue();
  await started.promise;
  const [{ delivery_id }] = await deliveriesOf(api, acme, path);
  const redeliver = await api.request(
    "POST",
    `/api/v1/webhook-deliveries/${delivery_id}/redeliver`,
    {
      as: acme.admin,
    },
  );
  await assertError(redeliver, 409, "CONFLICT");
  answered.resolve(SUCCESS);
  await delivering;
});

Deno.test("a test is delivered at once, tells what happened, and is not repeated", async () => {
  await using api = await startTestApi(databases);
  let status = 500;
  await using receiver = startTestReceiver(() => new Response(null, { status }));
  const acme = await api.tenant("acme");
  const { path, endpointId, secret } = await subscribe(api, acme, receiver.url, { disabled: true });
  const test = async () => {
    const response = await api.request("POST", `${path}/test`, { as: acme.admin });
    assert.equal(response.status, 200);
    return await response.json();
  };
  const failed = await test();
  assert.deepEqual([failed.status, failed.next_attempt_at, failed.attempts[0].response_status], [
    "failed",
    null,
    500,
  ]);
  status = 204;
  assert.equal((await test()).status, "delivered");
  const [request] = receiver.requests;
  assert.ok(isSignedWith(secret, request!));
  const { type, data } = JSON.parse(request!.body);
  assert.deepEqual([type, data], ["webhook.test", { endpoint_id: endpointId }]);
  assert.equal((await endpointAt(api, acme, path)).failing_since, null);
  await makeDue(api);
  await api.deliveries.deliverDue();
  assert.equal(receiver.requests.length, 2);
});

Deno.test("deliveries and events are listed in pages, by status and by type", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const { path } = await subscribe(api, acme, "http://127.0.0.1:9/");
  for (let index = 0; index < 5; index++) await publish(api, acme, "meeting.created", { index });
  let turn = 0;
  await workerOf(api, () => Promise.resolve(turn++ < 3 ? SUCCESS : REFUSAL)).deliverDue();
  await publish(api, acme, "meeting.ended");
  const pages = async (target: string, field: string, as = acme.admin) => {
    const items: Record<string, unknown>[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = await (await api.request("GET", `${target}limit=2${query}`, { as })).json();
      items.push(...page[field]);
      cursor = page.next_cursor;
    }
    return items;
  };
  const statuses = async (status: string) =>
    (await pages(`${path}/deliveries?status=${status}&`, "webhook_deliveries")).length;
  assert.deepEqual(
    [await statuses("delivered"), await statuses("pending"), await statuses("failed")],
    [3, 3, 0],
  );
  const created = await pages("/api/v1/webhook-events?type=meeting.created&", "webhook_events");
  assert.deepEqual(created.map(({ data }) => data), [4, 3, 2, 1, 0].map((index) => ({ index })));
  assert.equal((await pages("/api/v1/webhook-events?", "webhook_events")).length, 6);
  assert.deepEqual(await pages("/api/v1/webhook-events?", "webhook_events", other.admin), []);
  const eventPath = `/api/v1/webhook-events/${created[0]!.event_id}`;
  await assertError(await api.request("GET", eventPath, { as: other.admin }), 404, "NOT_FOUND");
  const none = await api.request("GET", "/api/v1/webhook-events/x", { as: acme.admin });
  await assertError(none, 404, "NOT_FOUND");
  const bad = await api.request("GET", `${path}/deliveries?status=lost`, { as: acme.admin });
  await assertError(bad, 400, "INVALID_REQUEST");
});

Deno.test("several workers deliver each event once", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  await Promise.all(
    Array.from({ length: 5 }, () => subscribe(api, acme, "http://127.0.0.1:9/")),
  );
  for (let index = 0; index < 20; index++) await publish(api, acme, "meeting.created");
  const sent: string[] = [];
  const send = ({ deliveryId }: ClaimedDelivery) => {
    sent.push(deliveryId);
    return Promise.resolve(SUCCESS);
  };
  await Promise.all(Array.from({ length: 4 }, () => workerOf(api, send).deliverDue()));
  assert.equal(sent.length, 100);
  assert.equal(new Set(sent).size, 100);
});

Deno.test("what a lost process was attempting is attempted again, and its late word does not count", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { path } = await subscribe(api, acme, "http://127.0.0.1:9/");
  await publish(api, acme, "meeting.created");
  const started = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<AttemptOutcome>();
  const lost = workerOf(api, () => {
    started.resolve();
    return answered.promise;
  }).deliverDue();
  await started.promise;
  const attempts: number[] = [];
  const next = workerOf(api, ({ attempt }) => {
    attempts.push(attempt);
    return Promise.resolve(SUCCESS);
  });
  await next.deliverDue();
  assert.deepEqual(attempts, []);
  await makeDue(api);
  await next.deliverDue();
  assert.deepEqual(attempts, [2]);
  answered.resolve(REFUSAL);
  await lost;
  const [{ status, attempts: logged }] = await deliveriesOf(api, acme, path);
  assert.equal(status, "delivered");
  assert.deepEqual(logged.map(({ attempt }: { attempt: number }) => attempt), [2]);
});

Deno.test("an endpoint that does not answer delays no other", async () => {
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const other = await api.tenant("other");
  const slow = await subscribe(api, acme, "http://127.0.0.1:9/slow");
  await subscribe(api, other, "http://127.0.0.1:9/fast");
  for (let index = 0; index < 300; index++) await publish(api, acme, "meeting.created");
  for (let index = 0; index < 10; index++) await publish(api, other, "meeting.created");
  const answered = Promise.withResolvers<AttemptOutcome>();
  const fastDone = Promise.withResolvers<void>();
  let [slowUnderway, mostUnderway, fast] = [0, 0, 0];
  const worker = workerOf(api, async ({ endpointId }) => {
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
  const acme = await api.tenant("acme");
  const { path } = await subscribe(api, acme, "http://127.0.0.1:9/");
  const started = Promise.withResolvers<number>();
  const worker = workerOf(api, (_, signal) => {
    started.resolve(performance.now());
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
  });
  const stop = new AbortController();
  const running = worker.run(stop.signal);
  const publisher = new PostgresEventPublisher(api.sql, () => worker.nudge());
  const { organisationId } = acme;
  await publisher.publish({ organisationId, type: "meeting.created", data: {} });
  const publishedMs = performance.now();
  assert.ok(await started.promise - publishedMs < 500);
  stop.abort();
  await running;
  const [delivery] = await deliveriesOf(api, acme, path);
  assert.deepEqual([delivery.status, delivery.attempts], ["pending", []]);
  const attempts: number[] = [];
  await workerOf(api, ({ attempt }) => {
    attempts.push(attempt);
    return Promise.resolve(SUCCESS);
  }).deliverDue();
  assert.deepEqual(attempts, [1]);
});

Deno.test("nothing is sent to this machine or its network, whatever an endpoint's URL says", async () => {
  await using inner = startTestReceiver();
  const forbidden = {
    "http://127.0.0.1:1/": "address_refused",
    [`https://127.0.0.1:${inner.port}/`]: "address_refused",
    "https://169.254.169.254/latest/meta-data": "address_refused",
    "https://[::ffff:10.0.0.1]/": "address_refused",
    [`https://rebind.example:${inner.port}/`]: "address_refused",
    "https://unknown.example/": "name_not_found",
  };
  await using api = await startTestApi(databases, {
    webhooks: {
      allowPrivate: false,
      resolve: (name) =>
        name === "rebind.example"
          ? Promise.resolve(["127.0.0.1"])
          : Promise.reject(new Error(name)),
    },
  });
  const acme = await api.tenant("acme");
  const { path, endpointId } = await subscribe(api, acme, "https://hooks.example/");
  const testAt = async (target: string) => {
    // As if the guard of the routes had let it pass.
    await api.sql`UPDATE webhook_endpoints SET url = ${target} WHERE endpoint_id = ${endpointId}`;
    const response = await api.request("POST", `${path}/test`, { as: acme.admin });
    const { status, attempts: [{ response_status, failure }] } = await response.json();
    return { status, response_status, failure };
  };
  for (const [target, failure] of Object.entries(forbidden)) {
    const refused = { status: "failed", response_status: null, failure };
    assert.deepEqual(await testAt(target), refused, target);
  }
  assert.equal(inner.requests.length, 0);
});

Deno.test("a redirect is a failure, and its target hears nothing", async () => {
  await using inner = startTestReceiver();
  await using redirecting = startTestReceiver(() => Response.redirect(inner.url, 302));
  await using api = await startTestApi(databases);
  const acme = await api.tenant("acme");
  const { path } = await subscribe(api, acme, redirecting.url);
  await publish(api, acme, "meeting.created");
  await api.deliveries.deliverDue();
  const [{ status, attempts: [attempt] }] = await deliveriesOf(api, acme, path);
  assert.deepEqual([status, attempt.response_status, attempt.failure], [
    "pending",
    302,
    "redirect",
  ]);
  assert.equal(inner.requests.length, 0);
});
