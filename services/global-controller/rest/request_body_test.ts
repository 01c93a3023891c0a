import assert from "node:assert/strict";
import { ApiError } from "./api_error.ts";
import { readBodyText } from "./request_body.ts";

const DEADLINE_MS = 50;

Deno.test("a body that stops half-way is given up in time, and its source is told", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"display_name')),
    cancel: () => {
      cancelled = true;
    },
  });
  const request = new Request("http://localhost/", { method: "POST", body });
  await assert.rejects(
    readBodyText(request, DEADLINE_MS),
    (error) => error instanceof ApiError && error.status === 408,
  );
  assert.equal(cancelled, true);
});

Deno.test("a body in pieces, and none at all, are read as text", async () => {
  const pieces = ["{", '"a": "é"', "}"].map((text) => new TextEncoder().encode(text));
  const body = ReadableStream.from(pieces);
  const request = new Request("http://localhost/", { method: "POST", body });
  assert.equal(await readBodyText(request, DEADLINE_MS), '{"a": "é"}');
  assert.equal(await readBodyText(new Request("http://localhost/", { method: "POST" })), "");
});
