import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { create, toBinary } from "@bufbuild/protobuf";
import { ClientEnvelopeSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { frameMessage } from "../../../proto/signaling/message_framing.ts";
import { CloseCode } from "../../meeting-controller/participant/close_code.ts";
import type {
  RequestInit,
  SignalingClient,
} from "../../meeting-controller/testing/signaling_client.ts";
import { closeCodeOf } from "./attacker.ts";
import { type OrganisedAttack, OrganisedStack } from "./organised_stack.ts";

/** Messages of a flood that the limit of a thousand a minute lets pass. */
const FLOOD_MESSAGES = 900;
/** By how much a flood may fill the memory of the controller, bytes. */
const MEMORY_LIMIT_BYTES = 32 * 1024 * 1024;
/** How long somebody honest may wait for an answer during a flood, milliseconds. */
const ANSWER_LIMIT_MS = 1_000;

const text = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const message = (recipientId = "", length = 100): RequestInit => ({
  case: "sendMessage",
  value: { messageId: crypto.randomUUID(), recipientId, content: text(length) },
});

/** Every kind of thing that one can say, by turns. */
function anything(number: number, pollId: string): RequestInit {
  switch (number % 5) {
    case 0:
      return message("", 16 * 1024);
    case 1:
      return { case: "sendReaction", value: { content: text(256) } };
    case 2:
      return { case: "raiseHand", value: { raised: number % 2 === 0 } };
    case 3:
      return { case: "castVote", value: { pollId, content: text(1_024) } };
    default:
      return { case: "sendReaction", value: { content: text(1) } };
  }
}

/** Messages that a person got, as far as they have come when the server has answered. */
async function idsReceivedBy(client: SignalingClient): Promise<string[]> {
  await client.settle();
  return client.events.flatMap((event) =>
    event.case === "messageReceived" ? [event.value.messageId] : []
  );
}

const ATTACKS: Record<string, OrganisedAttack> = {
  "all that one may say in a minute, at once": async (attacker, { ada, backend, attacked }) => {
    const host = await attacker.enter(
      await backend.admit({ name: "Hanna", role: "host", reference: "hanna" }),
    );
    const pollId = crypto.randomUUID();
    const poll = { case: "openPoll", value: { pollId, content: text(100) } } as const;
    await host.client.request(poll, "acknowledgement");
    const mallory = await attacker.enter();
    const before = await attacked.memoryOf("meeting-controller");
    const answers = Array.from(
      { length: FLOOD_MESSAGES },
      (_, number) => mallory.client.ask(anything(number, pollId)),
    );
    const askedAtMs = performance.now();
    await ada.meeting.raiseHand(true);
    await ada.meeting.raiseHand(false);
    const tookMs = performance.now() - askedAtMs;
    assert.ok(tookMs < ANSWER_LIMIT_MS, `answered after ${Math.round(tookMs)} ms`);
    const errors = (await Promise.all(answers))
      .flatMap((answer) => answer.case === "error" ? [answer.value.code] : []);
    // Long texts alone are too much.
    assert.deepEqual([...new Set(errors)], [ErrorCode.RATE_LIMITED]);
    assert.ok(errors.length < FLOOD_MESSAGES / 5);
    const grownBytes = await attacked.memoryOf("meeting-controller") - before;
    assert.ok(grownBytes < MEMORY_LIMIT_BYTES, `${grownBytes} bytes more`);
  },

  "messages to oneself, to strangers, and to nobody's id": async (attacker) => {
    const { client, participantId } = await attacker.enter();
    assert.equal(await client.refused(message(participantId)), ErrorCode.INVALID_REQUEST);
    assert.equal(await client.refused(message(crypto.randomUUID())), ErrorCode.NOT_FOUND);
    assert.equal(await client.refused(message("constructor")), ErrorCode.INVALID_REQUEST);
    await client.settle();
  },

  "a private message, which moderators and those who resume with number 0 would like": async (
    attacker,
    { backend },
  ) => {
    const host = await attacker.enter(
      await backend.admit({ name: "Hanna", role: "host", reference: "hanna" }),
    );
    const [one, other, third] = [
      await attacker.enter(),
      await attacker.enter(),
      await attacker.enter(),
    ];
    const secret = message(other.participantId);
    await one.client.request(secret, "acknowledgement");
    const { messageId } = secret.value as { messageId: string };
    assert.ok((await idsReceivedBy(one.client)).includes(messageId));
    assert.ok((await idsReceivedBy(other.client)).includes(messageId));
    assert.ok(!(await idsReceivedBy(third.client)).includes(messageId));
    assert.ok(!(await idsReceivedBy(host.client)).includes(messageId));
    for (const curious of [third, host]) {
      await curious.resume({ lastMessageNumber: 0n });
      assert.ok(!(await idsReceivedBy(curious.client)).includes(messageId));
    }
  },

  "a vote, a message and a hand after leaving": async (attacker, { ada, backend }) => {
    const host = await attacker.enter(
      await backend.admit({ name: "Hanna", role: "host", reference: "hanna" }),
    );
    const pollId = crypto.randomUUID();
    const poll = { case: "openPoll", value: { pollId, content: text(100) } } as const;
    await host.client.request(poll, "acknowledgement");
    const { client, participantId } = await attacker.enter();
    const { events } = host.client;
    const late: RequestInit[] = [
      { case: "leaveRequest", value: {} },
      { case: "castVote", value: { pollId, content: text(10) } },
      message(),
      { case: "raiseHand", value: { raised: true } },
    ];
    for (const request of late) void client.ask(request);
    assert.equal(await closeCodeOf(client.session), CloseCode.NORMAL);
    await host.client.settle();
    const heard = events.map(({ case: kind }) => kind);
    assert.ok(!heard.includes("voteReceived") && !heard.includes("messageReceived"));
    assert.ok(!ada.state.participants.some(({ id }) => id === participantId));
  },

  "a trace context of 60 KB, and one of 1 MB": async (attacker) => {
    const { client } = await attacker.enter();
    const ping = { case: "ping", value: {} } as const;
    await client.request(ping, "pong", "0".repeat(60_000));
    await client.request(ping, "pong", `00-${"0".repeat(32)}-${"\n".repeat(16)}-01`);
    const envelope = create(ClientEnvelopeSchema, {
      version: 1,
      requestId: 1_000,
      traceContext: { traceparent: "0".repeat(1_000_000) },
      message: ping,
    });
    const bytes = toBinary(ClientEnvelopeSchema, envelope);
    const framed = new Uint8Array(4 + bytes.length);
    new DataView(framed.buffer).setUint32(0, bytes.length);
    framed.set(bytes, 4);
    await client.sendBytes(framed);
    assert.equal(await closeCodeOf(client.session), CloseCode.INVALID_REQUEST);
  },

  "an epoch, and other fields that no client has": async (attacker) => {
    const { client } = await attacker.enter();
    const epoch = client.epoch;
    const known = toBinary(
      ClientEnvelopeSchema,
      create(ClientEnvelopeSchema, {
        version: 1,
        requestId: 500,
        message: { case: "raiseHand", value: { raised: true } },
      }),
    );
    // Fields 4 and 100, varints of 2^62: an epoch as servers have it, and one of some later day.
    const unknown = [0x20, ...[...Array(8).fill(0x80), 0x40]];
    const later = [0xa0, 0x06, ...[...Array(8).fill(0x80), 0x40]];
    await client.sendBytes(frameMessage(Uint8Array.from([...known, ...unknown, ...later])));
    await client.event("participantUpdated");
    assert.equal(client.epoch, epoch);
    assert.deepEqual(client.fallenEpochs, []);
  },

  "NaN, __proto__ and an empty message: the third ends the session": async (
    attacker,
    { attacked: { meeting: { streamId } } },
  ) => {
    const { client } = await attacker.enter();
    const broken: RequestInit[] = [
      { case: "streamQualityUpdate", value: { streamId, packetLoss: NaN } },
      { case: "castVote", value: { pollId: "__proto__", content: text(1) } },
      { case: "sendReaction", value: { content: new Uint8Array(0) } },
    ];
    for (const request of broken) {
      assert.equal(await client.refused(request), ErrorCode.INVALID_REQUEST);
    }
    assert.equal(await closeCodeOf(client.session), CloseCode.INVALID_REQUEST);
  },

  "layers that a stream does not have, own and unknown streams": async (
    attacker,
    { attacked: { meeting: { streamId } } },
  ) => {
    const { signaling, cameraId } = await attacker.intrude();
    const subscribe = (id: string, preferredLayer: string): RequestInit => ({
      case: "subscribeStream",
      value: { streamId: id, options: { preferredLayer } },
    });
    assert.equal(await signaling.refused(subscribe(streamId, "zz")), ErrorCode.INVALID_REQUEST);
    assert.equal(await signaling.refused(subscribe(cameraId, "")), ErrorCode.INVALID_REQUEST);
    assert.equal(
      await signaling.refused(subscribe(crypto.randomUUID(), "")),
      ErrorCode.NOT_FOUND,
    );
    await signaling.settle();
  },

  "a stream muted and unmuted as often as the limit lets": async (attacker, { ada }) => {
    const { signaling, cameraId: streamId } = await attacker.intrude();
    const answers = Array.from({ length: FLOOD_MESSAGES }, (_, number) => {
      const muted = number % 2 === 0;
      return signaling.request(
        { case: "updateStream", value: { streamId, muted } },
        "acknowledgement",
      );
    });
    await Promise.all(answers);
    const askedAtMs = performance.now();
    await ada.meeting.raiseHand(false);
    assert.ok(performance.now() - askedAtMs < ANSWER_LIMIT_MS);
  },
};

Deno.test("a meeting endures what people say and claim", async (t) => {
  await using stage = await OrganisedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});
