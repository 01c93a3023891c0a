import assert from "node:assert/strict";
import {
  fetchJoinGrant,
  fetchMeetingEndpoints,
  parseMeetingEndpoints,
} from "../../../client/core/meeting/grant.ts";
import { openWebTransport } from "../../runtime/webtransport/client.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { camera, HeadlessClient, microphone } from "../headless_client.ts";

/** Time between two frames of a camera, milliseconds. */
const FRAME_INTERVAL_MS = 33;
const FRAME_BYTES = 4_000;
/** Longest that a late joiner waits for its first picture, milliseconds. */
const FIRST_FRAME_LIMIT_MS = 1_000;
/** Longest that a meeting is interrupted by a crash of its controller, milliseconds. */
const RECOVERY_LIMIT_MS = 15_000;

Deno.test("headless clients meet through real processes", async (t) => {
  await using running = await startTemporaryStack();
  const { url } = running.stack;
  const created = await fetch(`${url}/api/v1/meetings`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ display_name: "Headless" }),
  });
  assert.equal(created.status, 201);
  const { meeting_code: code } = await created.json();
  const client = () =>
    new HeadlessClient({
      connect: openWebTransport,
      fetchGrant: () => fetchJoinGrant(url, code),
      fetchEndpoints: () => fetchMeetingEndpoints(url, code),
    });

  await using ada = client();
  await using bob = client();
  const [adaCamera, bobMicrophone] = [camera(), microphone()];
  await Promise.all([ada.join("Ada", [adaCamera]), bob.join("Bob", [bobMicrophone])]);

  await t.step("they see and hear each other, encrypted end to end", async () => {
    assert.equal(ada.state.e2eEncryption, true);
    await ada.sendUntil(
      adaCamera.streamId,
      "Bob sees Ada",
      () => bob.framesOf(adaCamera.streamId).length > 10,
    );
    await bob.sendUntil(
      bobMicrophone.streamId,
      "Ada hears Bob",
      () => ada.framesOf(bobMicrophone.streamId).length > 10,
    );
  });

  await t.step("who joins late sees a picture promptly, cold and prepared", async () => {
    const timer = setInterval(() => {
      ada.send(adaCamera.streamId, { data: new Uint8Array(FRAME_BYTES) });
    }, FRAME_INTERVAL_MS);
    try {
      for (const prepared of [false, true]) {
        await using cleo = client();
        if (prepared) await cleo.meeting.prepare();
        const startedAtMs = performance.now();
        await cleo.join("Cleo");
        await cleo.until("Cleo sees Ada", () => cleo.framesOf(adaCamera.streamId).length > 0);
        const tookMs = performance.now() - startedAtMs;
        assert.ok(tookMs < FIRST_FRAME_LIMIT_MS, `${tookMs} ms, prepared: ${prepared}`);
        assert.equal(cleo.framesOf(adaCamera.streamId)[0]!.keyFrame, true);
      }
    } finally {
      clearInterval(timer);
    }
  });

  await t.step("the page's endpoints let a client connect before its grant", async () => {
    const answer = await fetch(`${url}/api/v1/meetings/${code}/endpoints`);
    await using dan = new HeadlessClient({
      connect: openWebTransport,
      fetchGrant: () => fetchJoinGrant(url, code),
      endpoints: parseMeetingEndpoints(await answer.json()),
    });
    await dan.join("Dan");
    await ada.until("Ada sees Dan", () => ada.participant("Dan") !== undefined);
  });

  await t.step("a killed meeting controller is survived, and media goes on meanwhile", async () => {
    const ids = [ada.state.participantId, bob.state.participantId];
    const from = [ada.states.length, bob.states.length];
    await running.stack.killService("meeting-controller");
    await running.stack.startService("meeting-controller");
    await ada.until("Ada and Bob are back together", () => {
      return [ada, bob].every(({ state, states }, index) => {
        const wasAway = states.slice(from[index]).some(({ phase }) => phase === "reconnecting");
        return wasAway && state.phase === "joined" && state.participants.length === 1;
      });
    }, RECOVERY_LIMIT_MS);
    assert.deepEqual([ada.state.participantId, bob.state.participantId], ids);
    for (const [index, { states }] of [ada, bob].entries()) {
      assert.ok(states.slice(from[index]).every(({ media }) => media === "connected"));
    }
    const before = bob.framesOf(adaCamera.streamId).length;
    await ada.sendUntil(
      adaCamera.streamId,
      "Bob sees Ada again",
      () => bob.framesOf(adaCamera.streamId).length > before + 3,
    );
  });

  await t.step("who leaves is gone", async () => {
    await bob.meeting.leave();
    await ada.until("Bob is gone", () => ada.participant("Bob") === undefined);
  });
});
