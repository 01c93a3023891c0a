import assert from "node:assert/strict";
import vectors from "../../../proto/vectors/resume_proof.json" with { type: "json" };
import { resumeProofBytes } from "../../../proto/signaling/resume_proof.ts";
import { fromHex, toHex } from "../../../proto/testing/hex.ts";
import { Refusal } from "../meeting/refusal.ts";
import { isResumeProof, readIdentityKey } from "./resume_proof.ts";

const read = (vector: typeof vectors.proofs[number]) => ({
  session: {
    meetingId: vector.meetingId,
    participantId: vector.participantId,
    secret: fromHex(vector.secret),
  },
  identityKey: fromHex(vector.identityKey),
  proof: fromHex(vector.proof),
});

for (const vector of vectors.proofs) {
  Deno.test(`golden proof: ${vector.name}`, async () => {
    const { session, identityKey, proof } = read(vector);
    assert.equal(toHex(resumeProofBytes(session)), vector.signed);
    assert.equal(await isResumeProof(identityKey, session, proof), true);
  });
}

Deno.test("a proof with any bit flipped, or for another session, is none", async () => {
  const { session, identityKey, proof } = read(vectors.proofs[0]!);
  for (let index = 0; index < proof.length; index++) {
    const flipped = proof.slice();
    flipped[index]! ^= 1;
    assert.equal(await isResumeProof(identityKey, session, flipped), false);
  }
  const others = [
    { ...session, meetingId: session.participantId },
    { ...session, participantId: session.meetingId },
    { ...session, secret: new Uint8Array(32) },
  ];
  for (const other of others) {
    assert.equal(await isResumeProof(identityKey, other, proof), false);
  }
});

Deno.test("nobody proves anything with a key that is no point of the curve, or none", async () => {
  const { session, proof } = read(vectors.proofs[0]!);
  const off = new Uint8Array(65);
  off[0] = 4;
  off[64] = 1;
  assert.equal(await isResumeProof(off, session, proof), false);
  assert.equal(await isResumeProof(new Uint8Array(0), session, proof), false);
});

Deno.test("an identity key is empty or an uncompressed point", () => {
  assert.equal(readIdentityKey(new Uint8Array(0)).length, 0);
  for (const key of [new Uint8Array(64), new Uint8Array(65), new Uint8Array(33).fill(2)]) {
    assert.throws(() => readIdentityKey(key), Refusal);
  }
});
