import assert from "node:assert/strict";
import { MeetingError } from "../../../core/meeting/meeting_state.ts";
import { type ToWorker, transferredError } from "./protocol.ts";
import { MAXIMUM_WAITING_REQUESTS, RequestChannel } from "./request_channel.ts";

function openChannel(): { channel: RequestChannel; posted: ToWorker[] } {
  const posted: ToWorker[] = [];
  return { channel: new RequestChannel((message) => posted.push(message)), posted };
}

Deno.test("each answer finds its request", async () => {
  const { channel, posted } = openChannel();
  const muted = channel.request("set-microphone-muted", { muted: true });
  const left = channel.request("leave", {});
  assert.deepEqual(posted, [
    { type: "request", id: 1, name: "set-microphone-muted", input: { muted: true } },
    { type: "request", id: 2, name: "leave", input: {} },
  ]);
  const error = transferredError(new TypeError("no"));
  channel.answer({ type: "response", id: 2, ok: false, error });
  channel.answer({ type: "response", id: 1, ok: true, result: undefined });
  await muted;
  await assert.rejects(left, { name: "TypeError", message: "no" });
});

Deno.test("a meeting error keeps its reason on the way to the page", async () => {
  const { channel } = openChannel();
  const prepared = channel.request("prepare", {});
  const error = transferredError(new MeetingError("meeting-full", "no room"));
  channel.answer({ type: "response", id: 1, ok: false, error });
  await assert.rejects(prepared, (thrown) => {
    assert.ok(thrown instanceof MeetingError);
    return thrown.reason === "meeting-full" && thrown.message === "no room";
  });
});

Deno.test("when the worker fails all requests do, also later ones", async () => {
  const { channel } = openChannel();
  const prepared = channel.request("prepare", {});
  channel.fail(new Error("gone"));
  await assert.rejects(prepared, /gone/);
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
