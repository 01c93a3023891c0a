import assert from "node:assert/strict";
import { MeetingError } from "../../../core/meeting/meeting_state.ts";
import { MAXIMUM_WAITING_REQUESTS, RequestChannel, type RequestOf } from "./request_channel.ts";
import { transferredError } from "./transferred_error.ts";

type Requests = {
  "double": { readonly input: number; readonly result: number };
  "leave": { readonly input: Record<never, never>; readonly result: void };
};

function openChannel(): {
  channel: RequestChannel<Requests>;
  posted: RequestOf<Requests>[];
} {
  const posted: RequestOf<Requests>[] = [];
  return { channel: new RequestChannel<Requests>((message) => posted.push(message)), posted };
}

Deno.test("each answer finds its request", async () => {
  const { channel, posted } = openChannel();
  const doubled = channel.request("double", 21);
  const left = channel.request("leave", {});
  assert.deepEqual(posted, [
    { type: "request", id: 1, name: "double", input: 21 },
    { type: "request", id: 2, name: "leave", input: {} },
  ]);
  const error = transferredError(new TypeError("no"));
  channel.answer({ type: "response", id: 2, ok: false, error });
  channel.answer({ type: "response", id: 1, ok: true, result: 42 });
  assert.equal(await doubled, 42);
  await assert.rejects(left, { name: "TypeError", message: "no" });
});

Deno.test("a meeting error keeps its reason on the way to the page", async () => {
  const { channel } = openChannel();
  const doubled = channel.request("double", 1);
  const error = transferredError(new MeetingError("meeting-full", "no room"));
  channel.answer({ type: "response", id: 1, ok: false, error });
  await assert.rejects(doubled, (thrown) => {
    assert.ok(thrown instanceof MeetingError);
    return thrown.reason === "meeting-full" && thrown.message === "no room";
  });
});

Deno.test("when the worker fails all requests do, also later ones", async () => {
  const { channel } = openChannel();
  const doubled = channel.request("double", 1);
  channel.fail(new Error("gone"));
  await assert.rejects(doubled, /gone/);
  await assert.rejects(channel.request("leave", {}), /gone/);
});

Deno.test("a worker that never answers is not asked without end", async () => {
  const { channel, posted } = openChannel();
  const waiting: Promise<unknown>[] = [];
  for (let i = 0; i < MAXIMUM_WAITING_REQUESTS; i++) waiting.push(channel.request("leave", {}));
  await assert.rejects(channel.request("leave", {}), /does not answer/);
  assert.equal(posted.length, MAXIMUM_WAITING_REQUESTS);
  channel.fail(new Error("gone"));
  await Promise.allSettled(waiting);
});

Deno.test("an answer nobody waits for is left out", () => {
  openChannel().channel.answer({ type: "response", id: 7, ok: true, result: undefined });
});
