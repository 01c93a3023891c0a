import assert from "node:assert/strict";
import { SimulatedMeeting, type SimulatedMember } from "../testing/simulated_meeting.ts";
import { settled } from "../testing/simulated_time.ts";
import { DecryptionError } from "./decryption_error.ts";
import { GENERATION_DEADLINE_MS, LEAVE_DEBOUNCE_MS } from "./key_distribution.ts";
import { type ContentAddress, MESSAGE_KEY_WAIT_MS } from "./message_protection.ts";

const WORDS = new TextEncoder().encode("meet me at the fountain");
const TO_ALL: ContentAddress = {
  kind: "message",
  id: "33333333-3333-4333-8333-333333333333",
  recipientId: undefined,
};

/** A meeting of three who hold each other's keys. */
async function threeMembers() {
  const meeting = new SimulatedMeeting();
  const ada = await meeting.join();
  const bob = await meeting.join();
  const cleo = await meeting.join();
  await meeting.time.advance(1_000);
  return { meeting, ada, bob, cleo };
}

async function refusalOf(
  reader: SimulatedMember,
  sender: SimulatedMember,
  address: ContentAddress,
  sealed: Uint8Array,
): Promise<string> {
  try {
    await reader.schedule.openContent(sender.id, address, sealed);
  } catch (error) {
    assert.ok(error instanceof DecryptionError);
    return error.reason;
  }
  return "none";
}

Deno.test("what is said to all is read by all, and is not in the bytes", async () => {
  const { meeting, ada, bob, cleo } = await threeMembers();
  await using _meeting = meeting;
  const sealed = await ada.schedule.sealContent(TO_ALL, WORDS);
  assert.ok(!new TextDecoder("latin1").decode(sealed).includes("fountain"));
  for (const reader of [bob, cleo]) {
    assert.deepEqual(await reader.schedule.openContent(ada.id, TO_ALL, sealed), WORDS);
  }
});

Deno.test("what is said to one is read by that one alone, though all hold the sender's key", async () => {
  const { meeting, ada, bob, cleo } = await threeMembers();
  await using _meeting = meeting;
  const toBob = { ...TO_ALL, recipientId: bob.id };
  const sealed = await ada.schedule.sealContent(toBob, WORDS);
  assert.equal(await refusalOf(cleo, ada, toBob, sealed), "unknown-key");
  assert.deepEqual(await bob.schedule.openContent(ada.id, toBob, sealed), WORDS);
});

Deno.test("what is said is valid for its sender, recipient, id and kind alone", async () => {
  const { meeting, ada, bob, cleo } = await threeMembers();
  await using _meeting = meeting;
  const sealed = await ada.schedule.sealContent(TO_ALL, WORDS);
  const others: ContentAddress[] = [
    { ...TO_ALL, id: crypto.randomUUID() },
    { ...TO_ALL, id: undefined },
    { ...TO_ALL, kind: "poll" },
  ];
  for (const address of others) {
    assert.equal(await refusalOf(bob, ada, address, sealed), "not-authentic");
  }
  assert.equal(await refusalOf(bob, cleo, TO_ALL, sealed), "not-authentic");
  const toBob = { ...TO_ALL, recipientId: bob.id };
  assert.equal(await refusalOf(bob, ada, toBob, sealed), "malformed");
  const secret = await ada.schedule.sealContent(toBob, WORDS);
  // Read as if it were to all, its first bytes are a header by chance, which may name any key.
  const misread = refusalOf(bob, ada, TO_ALL, secret);
  await meeting.time.advance(MESSAGE_KEY_WAIT_MS);
  assert.notEqual(await misread, "none");
  assert.equal(
    await refusalOf(bob, ada, { ...toBob, id: crypto.randomUUID() }, secret),
    "not-authentic",
  );
});

Deno.test("what was read once is refused when it comes again", async () => {
  const { meeting, ada, bob } = await threeMembers();
  await using _meeting = meeting;
  const sealed = await ada.schedule.sealContent(TO_ALL, WORDS);
  await bob.schedule.openContent(ada.id, TO_ALL, sealed);
  assert.equal(await refusalOf(bob, ada, TO_ALL, sealed), "replayed");
});

Deno.test("every changed byte is noticed", async () => {
  const { meeting, ada, bob } = await threeMembers();
  await using _meeting = meeting;
  const toBob = { ...TO_ALL, recipientId: bob.id };
  for (const address of [TO_ALL, toBob]) {
    const sealed = await ada.schedule.sealContent(address, WORDS);
    for (let index = 0; index < sealed.length; index += 3) {
      const changed = sealed.slice();
      changed[index]! ^= 1;
      const refusal = refusalOf(bob, ada, address, changed);
      await meeting.time.advance(MESSAGE_KEY_WAIT_MS);
      assert.notEqual(await refusal, "none", `byte ${index}`);
    }
  }
});

Deno.test("plaintext is refused, however it looks", async () => {
  const { meeting, ada, bob } = await threeMembers();
  await using _meeting = meeting;
  for (const bytes of [new Uint8Array(), new Uint8Array(40), WORDS]) {
    const refusal = refusalOf(bob, ada, TO_ALL, bytes);
    await meeting.time.advance(MESSAGE_KEY_WAIT_MS);
    assert.notEqual(await refusal, "none");
  }
});

Deno.test("messages and frames under one key share no nonce: each counts for itself", async () => {
  const { meeting, ada, bob } = await threeMembers();
  await using _meeting = meeting;
  const first = await ada.schedule.sealContent(TO_ALL, WORDS);
  const second = await ada.schedule.sealContent(TO_ALL, WORDS);
  assert.notDeepEqual(first, second);
  assert.deepEqual(await bob.schedule.openContent(ada.id, TO_ALL, second), WORDS);
  assert.deepEqual(await bob.schedule.openContent(ada.id, TO_ALL, first), WORDS);
});

Deno.test("a message whose key was lost on the way is read once its sender sent it again", async () => {
  const { meeting, ada, bob, cleo } = await threeMembers();
  await using _meeting = meeting;
  meeting.fate = ({ recipientId }) => recipientId === bob.id ? "drop" : "deliver";
  for (const member of [ada, bob]) member.schedule.removeMember(cleo.id);
  await meeting.time.advance(LEAVE_DEBOUNCE_MS + GENERATION_DEADLINE_MS);
  meeting.fate = () => "deliver";
  const sealed = await ada.schedule.sealContent(TO_ALL, WORDS);
  const opening = bob.schedule.openContent(ada.id, TO_ALL, sealed);
  await meeting.time.advance(1_000);
  assert.deepEqual(await opening, WORDS);
});

Deno.test("who left reads nothing that is said after it", async () => {
  const { meeting, ada, bob, cleo } = await threeMembers();
  await using _meeting = meeting;
  for (const member of [ada, bob]) member.schedule.removeMember(cleo.id);
  await meeting.time.advance(LEAVE_DEBOUNCE_MS + GENERATION_DEADLINE_MS);
  const sealed = await ada.schedule.sealContent(TO_ALL, WORDS);
  const refusal = refusalOf(cleo, ada, TO_ALL, sealed);
  await meeting.time.advance(MESSAGE_KEY_WAIT_MS);
  assert.equal(await refusal, "unknown-key");
  await settled();
});

Deno.test("what is said right after somebody joined is read by them, too", async () => {
  const { meeting, ada } = await threeMembers();
  await using _meeting = meeting;
  const newcomers = [await meeting.join(), await meeting.join()];
  const sealing = ada.schedule.sealContent(TO_ALL, WORDS);
  await meeting.time.advance(1_000);
  const sealed = await sealing;
  for (const { schedule } of newcomers) {
    assert.deepEqual(await schedule.openContent(ada.id, TO_ALL, sealed), WORDS);
  }
});

Deno.test("nothing is sealed to somebody whose delivery key is not known", async () => {
  const { meeting, ada } = await threeMembers();
  await using _meeting = meeting;
  await assert.rejects(
    ada.schedule.sealContent({ ...TO_ALL, recipientId: crypto.randomUUID() }, WORDS),
    { name: "EncryptionError", reason: "no-recipient-key" },
  );
});
