import assert from "node:assert/strict";
import { ApiRequestError } from "../../../api_client/api_client.ts";
import { describeFailure, problemsByField } from "./describe_failure.ts";

const WORDS = {
  offline: "offline",
  signInAgain: "sign in",
  forbidden: "forbidden",
  gone: "gone",
  changedMeanwhile: "changed",
  tooMany: (seconds: number) => `wait ${seconds}`,
  unavailable: "unavailable",
  failed: "failed",
};

function refusal(
  status: number,
  code: string,
  { message = "a reason", details = {}, headers = {} }: {
    message?: string;
    details?: unknown;
    headers?: Record<string, string>;
  } = {},
) {
  const body = JSON.stringify({ error: { code, message, details } });
  return ApiRequestError.of(new Response(body, { status, headers }));
}

Deno.test("each kind of failure has its words", async () => {
  const says = (failure: unknown) => describeFailure(failure, WORDS);
  assert.equal(says(new TypeError("fetch failed")), "offline");
  assert.equal(says(new Error("a mistake of ours")), "failed");
  assert.equal(says(await refusal(401, "UNAUTHORIZED")), "sign in");
  assert.equal(says(await refusal(403, "FORBIDDEN")), "forbidden");
  assert.equal(says(await refusal(404, "NOT_FOUND")), "gone");
  assert.equal(says(await refusal(412, "PRECONDITION_FAILED")), "changed");
  const limited = await refusal(429, "RATE_LIMITED", { headers: { "Retry-After": "7" } });
  assert.equal(says(limited), "wait 7");
  assert.equal(says(await refusal(503, "SERVICE_UNAVAILABLE")), "unavailable");
  assert.equal(says(await refusal(500, "INTERNAL_ERROR")), "failed");
});

Deno.test("what concerns the person's own request is told as a sentence", async () => {
  const quota = await refusal(403, "QUOTA_EXCEEDED", { message: "no more than 5 members" });
  assert.equal(describeFailure(quota, WORDS), "No more than 5 members.");
  const conflict = await refusal(409, "CONFLICT", { message: "the last owner stays." });
  assert.equal(describeFailure(conflict, WORDS), "The last owner stays.");
});

Deno.test("the first problem of each field is found", async () => {
  const issues = [
    { field: "email", message: "is no address" },
    { field: "email", message: "is too long" },
    { field: 1 },
  ];
  const failure = await refusal(400, "INVALID_REQUEST", { details: { issues } });
  assert.deepEqual(problemsByField(failure), { email: "Is no address." });
  assert.deepEqual(problemsByField(new Error("other")), {});
});
