import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  ClientEnvelopeSchema,
  ErrorCode,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { frameMessage, MAX_MESSAGE_LENGTH } from "../../../proto/signaling/message_framing.ts";
import { CloseCode } from "../../meeting-controller/participant/close_code.ts";
import { MESSAGES_PER_MINUTE } from "../../meeting-controller/session/message_rate.ts";
import type {
  RequestInit,
  SignalingClient,
} from "../../meeting-controller/testing/signaling_client.ts";
import { type Attack, AttackedStack } from "./attacked_stack.ts";
import { type Attacker, closeCodeOf } from "./attacker.ts";

/** Joins with `joinToken` instead of the genuine one; it must be refused, and the session ended. */
async function assertTokenRefused(attacker: Attacker, joinToken: string): Promise<void> {
  const grant = await attacker.grant();
  const client = await attacker.signaling(grant);
  const request = await attacker.joinRequest(grant, { joinToken });
  assert.equal(await client.refused(request), ErrorCode.UNAUTHORIZED);
  assert.equal(await closeCodeOf(client.session), CloseCode.UNAUTHORIZED);
}

/** The last message was answered as invalid, and the session is over. */
async function assertEndedAsInvalid(client: SignalingClient): Promise<void> {
  assert.equal((await client.unnumberedError()).code, ErrorCode.INVALID_REQUEST);
  assert.equal(await closeCodeOf(client.session), CloseCode.INVALID_REQUEST);
}

/** `token` with another part in place of the one at `index`. */
function withPart(token: string, index: number, value: unknown): string {
  const text = typeof value === "string" ? value : base64Url(JSON.stringify(value));
  return token.split(".").with(index, text).join(".");
}

function partOf(token: string, index: number): Record<string, unknown> {
  const text = token.split(".")[index]!.replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(atob(text));
}

function base64Url(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const ATTACKS: Record<string, Attack> = {
  "a token that is none": (attacker) => assertTokenRefused(attacker, "e30.e30.e30"),

  "a token without a signature": async (attacker) => {
    const { joinToken } = await attacker.grant();
    const unsigned = withPart(joinToken, 0, { ...partOf(joinToken, 0), alg: "none" });
    await assertTokenRefused(attacker, withPart(unsigned, 2, ""));
  },

  "a token that makes itself a host's": async (attacker) => {
    const { joinToken } = await attacker.grant();
    const host = withPart(joinToken, 1, { ...partOf(joinToken, 1), role: "host" });
    await assertTokenRefused(attacker, host);
  },

  "the connection token of the media handler": async (attacker) => {
    const grant = await attacker.grant();
    const client = await attacker.signaling(grant);
    const { meetingId, joinToken } = grant;
    const prepare = { case: "prepareRequest", value: { meetingId, joinToken } } as const;
    const { mediaServer } = await client.request(prepare, "prepareResponse");
    await assertTokenRefused(attacker, mediaServer!.connectionToken);
  },

  "one token in ten sessions at once": async (attacker) => {
    const grant = await attacker.grant();
    const answers = await Promise.all(Array.from({ length: 10 }, async () => {
      const client = await attacker.signaling(grant);
      return (await client.ask(await attacker.joinRequest(grant))).case;
    }));
    assert.equal(answers.filter((answer) => answer === "joinResponse").length, 1);
    assert.equal(answers.filter((answer) => answer === "error").length, 9);
  },

  "requests in the wrong order": async (attacker) => {
    const client = await attacker.signaling();
    const streamId = crypto.randomUUID();
    const requests: RequestInit[] = [
      { case: "publishStream", value: { streamId } },
      { case: "leaveRequest", value: {} },
      { case: "keyDelivery", value: { keys: [] } },
    ];
    for (const request of requests) {
      assert.equal(await client.refused(request), ErrorCode.INVALID_REQUEST);
    }
    assert.equal(await closeCodeOf(client.session), CloseCode.INVALID_REQUEST);
  },

  "a message of 64 KiB and a byte": async (attacker) => {
    const { signaling } = await attacker.intrude();
    const bytes = new Uint8Array(4 + MAX_MESSAGE_LENGTH + 1);
    new DataView(bytes.buffer).setUint32(0, MAX_MESSAGE_LENGTH + 1);
    await signaling.sendBytes(bytes);
    await assertEndedAsInvalid(signaling);
  },

  "bytes that are no protobuf": async (attacker) => {
    const client = await attacker.signaling();
    for (let sent = 0; sent < 3; sent++) {
      await client.sendBytes(frameMessage(new Uint8Array(500).fill(0xff)));
    }
    await client.unnumberedError();
    await client.unnumberedError();
    await assertEndedAsInvalid(client);
  },

  "random bytes as messages of a participant": async (attacker) => {
    const { signaling } = await attacker.intrude();
    for (let sent = 0; sent < 3; sent++) {
      await signaling.sendBytes(frameMessage(crypto.getRandomValues(new Uint8Array(5_000))));
    }
    assert.equal(await closeCodeOf(signaling.session), CloseCode.INVALID_REQUEST);
  },

  "half a message and the end of the stream": async (attacker) => {
    const { signaling } = await attacker.intrude();
    const envelope = create(ClientEnvelopeSchema, { version: 1, requestId: 99 });
    await signaling.sendBytes(
      frameMessage(toBinary(ClientEnvelopeSchema, envelope)).subarray(0, 6),
    );
    await signaling.endStream();
    await assertEndedAsInvalid(signaling);
  },

  "names, ids and streams that break the rules": async (attacker) => {
    const grant = await attacker.grant();
    const broken = [
      { participantName: "a\u0000b" },
      { participantName: "x".repeat(60_000) },
      { meetingId: "__proto__" },
      { streams: [{ streamId: "../../x" }] },
    ];
    for (const fields of broken) {
      const client = await attacker.signaling(grant);
      const request = await attacker.joinRequest(grant, fields);
      assert.equal(await client.refused(request), ErrorCode.INVALID_REQUEST);
    }
  },

  "a delivery key that is no point of the curve": async (attacker) => {
    const publicKey = crypto.getRandomValues(new Uint8Array(65));
    publicKey[0] = 4;
    const { signaling } = await attacker.intrude({
      encryptionKeys: { publicKey, keyId: "abcdefghijklmnop" },
    });
    await signaling.settle();
  },

  "random bytes as keys for everyone": async (attacker, { meeting }) => {
    const { signaling } = await attacker.intrude();
    for (const length of [1, 100, 1_024]) {
      const keys = meeting.clients.map(({ state }) => ({
        recipientId: state.participantId!,
        message: crypto.getRandomValues(new Uint8Array(length)),
      }));
      await signaling.request({ case: "keyDelivery", value: { keys } }, "acknowledgement");
    }
  },

  "someone else's stream published, muted and ended": async (attacker, { meeting }) => {
    const { signaling } = await attacker.intrude();
    const { streamId } = meeting;
    const publish = { case: "publishStream", value: { streamId } } as const;
    const mute = { case: "updateStream", value: { streamId, muted: true } } as const;
    const end = { case: "unpublishStream", value: { streamId } } as const;
    assert.equal(await signaling.refused(publish), ErrorCode.CONFLICT);
    assert.equal(await signaling.refused(mute), ErrorCode.NOT_FOUND);
    assert.equal(await signaling.refused(end), ErrorCode.NOT_FOUND);
  },

  "a flood of messages": async (attacker) => {
    const { signaling } = await attacker.intrude();
    const ping = { case: "ping", value: {} } as const;
    for (let sent = 0; sent < MESSAGES_PER_MINUTE; sent++) void signaling.ask(ping);
    assert.equal(await closeCodeOf(signaling.session), CloseCode.OVER_LIMIT);
  },
};

Deno.test("a meeting controller endures bad signaling", async (t) => {
  await using stage = await AttackedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});
