import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi } from "../testing/test_api.ts";
import { startTestReceiver } from "../testing/test_receiver.ts";
import { isSignedWith, REFUSAL, SUCCESS, TestWebhooks } from "../testing/test_webhooks.ts";
import { PostgresEventPublisher, storeEvent } from "./postgres_event_publisher.ts";

const databases = testDatabases();

Deno.test("an event is delivered once, signed, and logged", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver();
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path, endpointId, secret } = await acme.subscribe(receiver.url);
  await acme.publish("meeting.ended", { meeting_id: "m", name: "ä'\"" });
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
  const [delivery] = await acme.deliveries(path);
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
    as: acme.tenant.admin,
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
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const other = new TestWebhooks(api, await api.tenant("other"));
  const at = (name: string) => receiver.url.replace("/hook", `/${name}`);
  await acme.subscribe(at("all"));
  await acme.subscribe(at("ended"), { event_types: ["meeting.ended"] });
  await acme.subscribe(at("disabled"), { disabled: true });
  await other.subscribe(at("other"));
  await acme.publish("meeting.created");
  await acme.publish("meeting.ended");
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
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  await acme.subscribe();
  const event = {
    organisationId: acme.tenant.organisationId,
    type: "meeting.created",
    data: {},
  } as const;
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
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path, secret } = await acme.subscribe(receiver.url);
  const rotated = await api.request("POST", `${path}/rotate-secret`, { as: acme.tenant.admin });
  const { secret: next } = await rotated.json();
  await acme.publish("meeting.created");
  await api.deliveries.deliverDue();
  await api.sql`UPDATE webhook_secrets SET expires_at = now() WHERE expires_at IS NOT NULL`;
  await acme.publish("meeting.created");
  await api.deliveries.deliverDue();
  const signers = receiver.requests.map((request) =>
    [secret, next].map((key) => isSignedWith(key, request))
  );
  assert.deepEqual(signers, [[true, true], [false, true]]);
});

Deno.test("a test is delivered at once, tells what happened, and is not repeated", async () => {
  await using api = await startTestApi(databases);
  let status = 500;
  await using receiver = startTestReceiver(() => new Response(null, { status }));
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path, endpointId, secret } = await acme.subscribe(receiver.url, { disabled: true });
  const test = async () => {
    const response = await api.request("POST", `${path}/test`, { as: acme.tenant.admin });
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
  assert.equal((await acme.get(path)).failing_since, null);
  await acme.makeDue();
  await api.deliveries.deliverDue();
  assert.equal(receiver.requests.length, 2);
});

Deno.test("deliveries and events are listed in pages, by status and by type", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const other = new TestWebhooks(api, await api.tenant("other"));
  const { path } = await acme.subscribe();
  for (let index = 0; index < 5; index++) await acme.publish("meeting.created", { index });
  let turn = 0;
  await acme.worker(() => Promise.resolve(turn++ < 3 ? SUCCESS : REFUSAL)).deliverDue();
  await acme.publish("meeting.ended");
  const pages = async (target: string, field: string, as = acme.tenant.admin) => {
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
  assert.deepEqual(
    await pages("/api/v1/webhook-events?", "webhook_events", other.tenant.admin),
    [],
  );
  const eventPath = `/api/v1/webhook-events/${created[0]!.event_id}`;
  await assertError(
    await api.request("GET", eventPath, { as: other.tenant.admin }),
    404,
    "NOT_FOUND",
  );
  const none = await api.request("GET", "/api/v1/webhook-events/x", { as: acme.tenant.admin });
  await assertError(none, 404, "NOT_FOUND");
  const bad = await api.request("GET", `${path}/deliveries?status=lost`, { as: acme.tenant.admin });
  await assertError(bad, 400, "INVALID_REQUEST");
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
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path, endpointId } = await acme.subscribe("https://hooks.example/");
  const testAt = async (target: string) => {
    // As if the guard of the routes had let it pass.
    await api.sql`UPDATE webhook_endpoints SET url = ${target} WHERE endpoint_id = ${endpointId}`;
    const response = await api.request("POST", `${path}/test`, { as: acme.tenant.admin });
    const { status, attempts: [{ response_status, failure }] } = await response.json();
    return { status, response_status, failure };
  };
  for (const [target, failure] of Object.entries(forbidden)) {
    const refused = { status: "failed", response_status: null, failure };
    assert.deepEqual(await testAt(target), refused, target);
  }
  assert.equal(inner.requests.length, 0);
});
