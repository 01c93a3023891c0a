import assert from "node:assert/strict";
import { ApiClient, ApiRequestError } from "./api_client.ts";

const ORIGIN = "https://meet.example";
const MEETING = "a/b ?";

/** A client whose requests are answered in this order; undefined: the network fails. */
function clientAnswered(...answers: (Response | undefined)[]) {
  const requests: Request[] = [];
  const fetch = (input: string | URL | Request, init?: RequestInit) => {
    requests.push(new Request(input, init));
    const answer = answers.shift();
    return answer === undefined
      ? Promise.reject(new TypeError("no network"))
      : Promise.resolve(answer);
  };
  return { requests, client: new ApiClient({ origin: ORIGIN, token: () => "t0ken", fetch }) };
}

function failure(status: number, code: string, headers: Record<string, string> = {}): Response {
  const error = { code, message: "said so", details: { request_id: "r" } };
  return Response.json({ error }, { status, headers });
}

const soon = { "Retry-After": "0" };

Deno.test("an operation becomes a request with path, query, body and credentials", async () => {
  const { client, requests } = clientAnswered(
    Response.json({ meetings: [], total: 0, next_cursor: null }),
    Response.json({ display_name: "x" }, { headers: { ETag: '"3"' } }),
  );
  await client.call("listMeetings", { query: { active: "true", user_id: "é&=" } });
  const { headers } = await client.call("getMeeting", { path: { meeting: MEETING } });
  const [list, get] = requests;
  assert.equal(list!.url, `${ORIGIN}/api/v1/meetings?active=true&user_id=%C3%A9%26%3D`);
  assert.equal(list!.headers.get("authorization"), "Bearer t0ken");
  assert.equal(get!.url, `${ORIGIN}/api/v1/meetings/a%2Fb%20%3F`);
  assert.equal(headers.get("etag"), '"3"');
});

Deno.test("a POST that got no answer, 503, 429 or is under way is sent again with the same key", async () => {
  for (
    const first of [
      undefined,
      failure(503, "SERVICE_UNAVAILABLE", soon),
      failure(429, "RATE_LIMITED", soon),
      failure(409, "IDEMPOTENCY_IN_PROGRESS", soon),
    ]
  ) {
    const created = Response.json({ meeting_code: "abc" }, { status: 201 });
    const { client, requests } = clientAnswered(first, created);
    const { body, status } = await client.call("createMeeting", { body: { display_name: "a" } });
    assert.equal(status, 201);
    assert.equal(body.meeting_code, "abc");
    const keys = requests.map((request) => request.headers.get("idempotency-key"));
    assert.equal(keys.length, 2);
    assert.match(keys[0]!, /^[0-9a-f-]{36}$/);
    assert.equal(keys[0], keys[1]);
    assert.deepEqual(await Promise.all(requests.map((request) => request.json())), [
      { display_name: "a" },
      { display_name: "a" },
    ]);
  }
});

Deno.test("an error says status, code, details and when to try again", async () => {
  const { client, requests } = clientAnswered(
    failure(429, "RATE_LIMITED", { "Retry-After": "60" }),
  );
  const call = client.call("getMeeting", { path: { meeting: "m" } });
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof ApiRequestError);
    const { status, code, message, details, retryAfterMs } = error;
    assert.deepEqual(
      { status, code, message, details, retryAfterMs },
      {
        status: 429,
        code: "RATE_LIMITED",
        message: "said so",
        details: { request_id: "r" },
        retryAfterMs: 60_000,
      },
    );
    return true;
  });
  assert.equal(requests.length, 1);
});

Deno.test("what will not change is not sent again, and an answer of a proxy's is an error too", async () => {
  const { client, requests } = clientAnswered(new Response("<h1>no</h1>", { status: 404 }));
  await assert.rejects(
    client.call("getMeeting", { path: { meeting: "m" } }),
    (error) => error instanceof ApiRequestError && error.code === "UNKNOWN",
  );
  assert.equal(requests.length, 1);
});

Deno.test("three attempts are all there are", async () => {
  const answers = Array.from({ length: 4 }, () => failure(503, "SERVICE_UNAVAILABLE", soon));
  const { client, requests } = clientAnswered(...answers);
  await assert.rejects(client.call("getMeeting", { path: { meeting: "m" } }), ApiRequestError);
  assert.equal(requests.length, 3);
});

Deno.test("an abort ends the wait for another attempt", async () => {
  const { client, requests } = clientAnswered(
    failure(503, "SERVICE_UNAVAILABLE", { "Retry-After": "9" }),
  );
  const controller = new AbortController();
  const call = client.call("getMeeting", { path: { meeting: "m" } }, controller);
  const reason = new Error("the page is gone");
  queueMicrotask(() => controller.abort(reason));
  await assert.rejects(call, reason);
  assert.equal(requests.length, 1);
});
