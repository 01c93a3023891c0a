import assert from "node:assert/strict";
import { testDatabases } from "../../../db/test_postgres.ts";
import { assertError } from "../testing/assert_error.ts";
import { startTestApi } from "../testing/test_api.ts";
import { startTestReceiver } from "../testing/test_receiver.ts";
import { REFUSAL, SUCCESS, TestWebhooks } from "../testing/test_webhooks.ts";
import type { AttemptOutcome } from "./delivery.ts";
import { MAX_ATTEMPTS } from "./retry_schedule.ts";

const databases = testDatabases();
const DAY_S = 86_400;

Deno.test("a failed delivery is tried again with the same id, later and later, and then given up", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver(() => new Response(null, { status: 500 }));
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe(receiver.url);
  await acme.publish("meeting.created");
  const waits: number[] = [];
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    await acme.makeDue();
    await api.deliveries.deliverDue();
    const [{ next_attempt_at, status }] = await acme.deliveries(path);
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
  const [{ attempts, status }] = await acme.deliveries(path);
  assert.equal(status, "failed");
  assert.deepEqual(
    attempts.map(({ attempt }: { attempt: number }) => attempt),
    Array.from({ length: MAX_ATTEMPTS }, (_, index) => index + 1),
  );
});

Deno.test("a receiver that is overloaded is left alone for as long as it asks", async () => {
  await using api = await startTestApi(databases);
  const statuses = [503, 429, 500];
  await using receiver = startTestReceiver(() =>
    new Response(null, { status: statuses.shift(), headers: { "retry-after": "3600" } })
  );
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe(receiver.url);
  await acme.publish("meeting.created");
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 3; attempt++) {
    await acme.makeDue();
    await api.deliveries.deliverDue();
    const [{ next_attempt_at }] = await acme.deliveries(path);
    waits.push(Math.round((Date.parse(next_attempt_at) - Date.now()) / 60_000));
  }
  assert.ok(waits[0]! >= 59 && waits[0]! <= 72, `${waits[0]} minutes after 503`);
  assert.ok(waits[1]! >= 59 && waits[1]! <= 72, `${waits[1]} minutes after 429`);
  assert.ok(waits[2]! >= 29 && waits[2]! <= 36, `${waits[2]} minutes after 500`);
});

Deno.test("a success after failures forgets them", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe();
  await acme.publish("meeting.created");
  await acme.worker(() => Promise.resolve(REFUSAL)).deliverDue();
  assert.ok((await acme.get(path)).failing_since);
  await acme.makeDue();
  await acme.worker(() => Promise.resolve(SUCCESS)).deliverDue();
  assert.equal((await acme.get(path)).failing_since, null);
});

Deno.test("an endpoint that answers 410 is disabled, and what waits for it ends", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver(() => new Response(null, { status: 410 }));
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe(receiver.url);
  await acme.publish("meeting.created");
  await acme.publish("meeting.ended");
  await api.sql`UPDATE webhook_deliveries SET next_attempt_at = now() + interval '1 day'
    WHERE event_id = (SELECT event_id FROM webhook_events WHERE event_type = 'meeting.ended')`;
  await api.deliveries.deliverDue();
  const endpoint = await acme.get(path);
  assert.deepEqual([endpoint.disabled, endpoint.disabled_reason], [true, "gone"]);
  assert.equal(endpoint.version, 2);
  for (const { status, next_attempt_at } of await acme.deliveries(path)) {
    assert.deepEqual([status, next_attempt_at], ["failed", null]);
  }
  assert.equal(receiver.requests.length, 1);
});

Deno.test("an endpoint is disabled that failed for five days, not for four", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe();
  const failing = acme.worker(() => Promise.resolve(REFUSAL));
  const failAfter = async (days: number) => {
    await api.sql`UPDATE webhook_endpoints
      SET failing_since = now() - ${days * DAY_S} * interval '1 second'`;
    await acme.publish("meeting.created");
    await failing.deliverDue();
    return (await acme.get(path)).disabled_reason;
  };
  assert.equal(await failAfter(4.9), null);
  assert.equal(await failAfter(5.1), "failing");
  const enabled = await api.request("PATCH", path, {
    as: acme.tenant.admin,
    body: { disabled: false },
  });
  assert.equal((await enabled.json()).failing_since, null);
});

Deno.test("the deliveries of an endpoint that its owner disables end", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver();
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe(receiver.url);
  await acme.publish("meeting.created");
  const [{ delivery_id }] = await acme.deliveries(path);
  await api.request("PATCH", path, { as: acme.tenant.admin, body: { disabled: true } });
  await api.deliveries.deliverDue();
  assert.equal(receiver.requests.length, 0);
  assert.equal((await acme.deliveries(path))[0].status, "failed");
  const redeliver = await api.request(
    "POST",
    `/api/v1/webhook-deliveries/${delivery_id}/redeliver`,
    {
      as: acme.tenant.admin,
    },
  );
  await assertError(redeliver, 409, "CONFLICT");
});

Deno.test("a delivery is made once more on request, also one that succeeded", async () => {
  await using api = await startTestApi(databases);
  await using receiver = startTestReceiver();
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const other = new TestWebhooks(api, await api.tenant("other"));
  const { path } = await acme.subscribe(receiver.url);
  await acme.publish("meeting.created");
  await api.deliveries.deliverDue();
  const [{ delivery_id }] = await acme.deliveries(path);
  const redeliver = (as = acme.tenant.admin, id = delivery_id) =>
    api.request("POST", `/api/v1/webhook-deliveries/${id}/redeliver`, { as });
  await assertError(await redeliver(other.tenant.admin), 404, "NOT_FOUND");
  await assertError(await redeliver(acme.tenant.admin, "no-id"), 404, "NOT_FOUND");
  const answers = await Promise.all([redeliver(), redeliver(), redeliver()]);
  for (const answer of answers) {
    assert.equal(answer.status, 202);
    assert.equal((await answer.json()).status, "pending");
  }
  await api.deliveries.deliverDue();
  assert.equal(receiver.requests.length, 2);
  const [{ status, attempts }] = await acme.deliveries(path);
  assert.deepEqual([status, attempts.length], ["delivered", 2]);
});

Deno.test("a delivery that is being attempted is not queued a second time", async () => {
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe();
  await acme.publish("meeting.created");
  const started = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<AttemptOutcome>();
  const delivering = acme.worker(() => {
    started.resolve();
    return answered.promise;
  }).deliverDue();
  await started.promise;
  const [{ delivery_id }] = await acme.deliveries(path);
  const redeliver = await api.request(
    "POST",
    `/api/v1/webhook-deliveries/${delivery_id}/redeliver`,
    {
      as: acme.tenant.admin,
    },
  );
  await assertError(redeliver, 409, "CONFLICT");
  answered.resolve(SUCCESS);
  await delivering;
});

Deno.test("a redirect is a failure, and its target hears nothing", async () => {
  await using inner = startTestReceiver();
  await using redirecting = startTestReceiver(() => Response.redirect(inner.url, 302));
  await using api = await startTestApi(databases);
  const acme = new TestWebhooks(api, await api.tenant("acme"));
  const { path } = await acme.subscribe(redirecting.url);
  await acme.publish("meeting.created");
  await api.deliveries.deliverDue();
  const [{ status, attempts: [attempt] }] = await acme.deliveries(path);
  assert.deepEqual([status, attempt.response_status, attempt.failure], [
    "pending",
    302,
    "redirect",
  ]);
  assert.equal(inner.requests.length, 0);
});
