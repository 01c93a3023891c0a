import assert from "node:assert/strict";
import { CredentialRequests } from "./credential_requests.ts";

const unending = () => new AbortController().signal;

Deno.test("each question gets its own answer", async () => {
  const asked: number[] = [];
  const requests = new CredentialRequests((id) => asked.push(id));
  const [first, second] = [requests.get(unending()), requests.get(unending())];
  requests.answer({ id: asked[1]!, credentials: { passcode: "second" } });
  requests.answer({ id: asked[0]!, credentials: { passcode: "first" } });
  assert.deepEqual(await first, { passcode: "first" });
  assert.deepEqual(await second, { passcode: "second" });
});

Deno.test("credentials that cannot be had fail the join call", async () => {
  const requests = new CredentialRequests((id) => requests.answer({ id }));
  await assert.rejects(requests.get(unending()), /no credentials/);
});

Deno.test("an abort ends the wait, and an answer that comes later changes nothing", async () => {
  let asked = 0;
  const requests = new CredentialRequests((id) => (asked = id));
  const controller = new AbortController();
  const waiting = requests.get(controller.signal);
  const reason = new Error("left");
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  requests.answer({ id: asked, credentials: {} });
  await assert.rejects(requests.get(controller.signal), reason);
});
