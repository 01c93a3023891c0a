import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { createLogger } from "../../runtime/log.ts";
import { createSessionPair } from "../../runtime/webtransport/in_memory.ts";
import { systemClock } from "../clock.ts";
import { Meeting } from "../meeting/meeting.ts";
import { Refusal } from "../meeting/refusal.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { Role } from "../participant/participant.ts";
import { FakeMediaHandlers } from "../testing/fake_media_handlers.ts";
import { audioStream, deliveryKey } from "../testing/meeting_stage.ts";
import { SignalingClient } from "../testing/signaling_client.ts";
import { TestTenure } from "../testing/test_tenure.ts";
import { SignalingSession } from "./signaling_session.ts";

const ping = { case: "ping", value: {} } as const;
const leave = { case: "leaveRequest", value: {} } as const;

/** Sessions of a meeting whose tenure the test holds; everyone in it has that role. */
function open(role: Role = "participant") {
  const tenure = new TestTenure({ epoch: 7n });
  const log = createLogger("test");
  const meetingId = crypto.randomUUID();
  const meeting = new Meeting(meetingId, tenure, {
    mediaHandlers: new FakeMediaHandlers(),
    events: { report: () => undefined },
    clock: systemClock,
    log,
    checkCapacity: () => undefined,
  });
  const running: Promise<void>[] = [];
  const connect = async () => {
    const [client, server] = createSessionPair();
    const session = new SignalingSession(server, {
      meetings: {
        open: () => Promise.resolve(meeting),
        openUnproven: () => Promise.resolve(meeting),
      },
      tokens: {
        verify: (token) =>
          Promise.resolve({
            participantId: token,
            meetingId,
            role,
            grants: new Set(["microphone", "chat"]),
            name: undefined,
            userId: "",
            userReference: "",
            guestId: "",
            network: "",
            mustKnock: false,
            tokenId: token,
            lifetimeMs: 1_000,
          }),
        use: () => Promise.resolve(),
      },
      clock: systemClock,
      log,
    });
    running.push(session.run());
    return await SignalingClient.connect(client);
  };
  const joinRequest = (participantName: string) => ({
    case: "joinRequest" as const,
    value: {
      meetingId,
      joinToken: crypto.randomUUID(),
      participantName,
      encryptionKeys: deliveryKey(),
      subscribeToAll: true,
    },
  });
  const join = async (name: string) => {
    const client = await connect();
    await client.request(joinRequest(name), "joinResponse");
    return client;
  };
  const dispose = async () => {
    meeting.stepDown();
    await Promise.all(running);
    await meeting[Symbol.asyncDispose]();
  };
  return { meeting, tenure, connect, joinRequest, join, [Symbol.asyncDispose]: dispose };
}

/** Holds the answers of the meeting back until it is called. */
function holdAnswers(tenure: TestTenure): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  tenure.gate = promise;
  return resolve;
}

Deno.test("a change is told at once and answered when it is stored; pings are answered meanwhile", async () => {
  await using stage = open();
  const [anna, ben] = [await stage.join("Anna"), await stage.join("Ben")];
  const store = holdAnswers(stage.tenure);
  const first = anna.ask({ case: "publishStream", value: audioStream() });
  const second = anna.ask({ case: "raiseHand", value: { raised: true } });
  await ben.event("streamPublished");
  await anna.request(ping, "pong");
  assert.ok(!anna.arrivals.includes("streamPublished"));
  assert.ok(!ben.arrivals.includes("participantUpdated"), "no request overtakes another");
  store();
  assert.equal((await first).case, "streamPublished");
  assert.equal((await second).case, "acknowledgement");
});

Deno.test("leaving is acknowledged only when it is stored", async () => {
  await using stage = open();
  const [anna, ben] = [await stage.join("Anna"), await stage.join("Ben")];
  const field = `participant:${anna.participantId}`;
  assert.ok(stage.tenure.fields.has(field));
  const store = holdAnswers(stage.tenure);
  const left = anna.request(leave, "acknowledgement");
  await ben.event("participantLeft");
  assert.deepEqual(anna.arrivals, ["joinResponse", "participantJoined"]);
  store();
  await left;
  assert.ok(!stage.tenure.fields.has(field));
  assert.equal((await anna.closed).closeCode, 0);
});

Deno.test("whatever happens while a join is stored comes after its answer", async () => {
  await using stage = open();
  const anna = await stage.join("Anna");
  const store = holdAnswers(stage.tenure);
  const ben = await stage.connect();
  const joined = ben.ask(stage.joinRequest("Ben"));
  await anna.event("participantJoined");
  const hand = anna.ask({ case: "raiseHand", value: { raised: true } });
  await anna.event("participantUpdated");
  store();
  assert.equal((await joined).case, "joinResponse");
  await hand;
  await ben.settle();
  assert.deepEqual(ben.arrivals, ["joinResponse", "participantUpdated", "pong"]);
});

Deno.test("while the owner is not sure of the meeting nothing changes, and pings are answered", async () => {
  await using stage = open();
  const [anna, ben] = [await stage.join("Anna"), await stage.join("Ben")];
  stage.tenure.isSure = false;
  const publish = { case: "publishStream", value: audioStream() } as const;
  for (const request of [publish, leave] as const) {
    assert.equal(await anna.refused(request), ErrorCode.UNAVAILABLE);
  }
  const cleo = await stage.connect();
  assert.equal(await cleo.refused(stage.joinRequest("Cleo")), ErrorCode.UNAVAILABLE);
  await anna.request(ping, "pong");
  await ben.settle();
  assert.deepEqual(ben.arrivals, ["joinResponse", "pong"]);
  stage.tenure.isSure = true;
  await anna.request(publish, "streamPublished");
  await cleo.request(stage.joinRequest("Cleo"), "joinResponse");
});

Deno.test("keys and reactions are handed on while the owner is not sure of the meeting", async () => {
  await using stage = open();
  const [anna, ben] = [await stage.join("Anna"), await stage.join("Ben")];
  stage.tenure.isSure = false;
  const keys = [{ recipientId: ben.participantId, message: new Uint8Array([1, 2]) }];
  await anna.request({ case: "keyDelivery", value: { keys } }, "acknowledgement");
  assert.equal((await ben.event("keysDelivered")).senderId, anna.participantId);
  const reaction = { content: new TextEncoder().encode("👏") };
  await anna.request({ case: "sendReaction", value: reaction }, "acknowledgement");
  await ben.event("reactionReceived");
});

Deno.test("a join that cannot be acknowledged is answered UNAVAILABLE, and leaves nobody behind", async () => {
  await using stage = open();
  const anna = await stage.join("Anna");
  const refused = Promise.withResolvers<void>();
  stage.tenure.gate = refused.promise;
  const ben = await stage.connect();
  const answer = ben.refused(stage.joinRequest("Ben"));
  await anna.event("participantJoined");
  refused.reject(new Refusal(ErrorCode.UNAVAILABLE, "somebody else may own it"));
  assert.equal(await answer, ErrorCode.UNAVAILABLE);
  assert.equal((await ben.closed).closeCode, 5);
  await anna.event("participantLeft");
});

Deno.test("a meeting whose end is recorded is over for everyone, whatever the store says", async () => {
  await using stage = open("host");
  const [anna, ben] = [await stage.join("Anna"), await stage.join("Ben")];
  const refused = Promise.withResolvers<void>();
  stage.tenure.gate = refused.promise;
  const answer = anna.refused({ case: "endMeeting", value: {} });
  await anna.settle();
  assert.equal(stage.tenure.recorded.at(-1)?.deed.action, "end_meeting");
  refused.reject(new Refusal(ErrorCode.UNAVAILABLE, "not stored"));
  assert.equal(await answer, ErrorCode.UNAVAILABLE);
  for (const client of [anna, ben]) {
    assert.equal((await client.closed).closeCode, CloseCode.MEETING_ENDED);
  }
  assert.equal(stage.meeting.hasEnded, true);
});

Deno.test("everything that a meeting says carries the epoch of its owner", async () => {
  await using stage = open();
  const anna = await stage.join("Anna");
  assert.equal(anna.epoch, 7n);
});

Deno.test("an ejection is confirmed when it is stored, and not by an owner that may be none", async () => {
  await using stage = open();
  const [anna, ben] = [await stage.join("Anna"), await stage.join("Ben")];
  const store = holdAnswers(stage.tenure);
  let confirmed = false;
  const ejected = stage.meeting.eject(anna.participantId, "").then(() => confirmed = true);
  await ben.event("participantLeft");
  await ben.settle();
  assert.equal(confirmed, false);
  store();
  await ejected;
  stage.tenure.isSure = false;
  const refusal = (error: unknown) =>
    error instanceof Refusal && error.code === ErrorCode.UNAVAILABLE;
  await assert.rejects(stage.meeting.eject(ben.participantId, ""), refusal);
  await assert.rejects(stage.meeting.revokeTokens(["some"]), refusal);
});
