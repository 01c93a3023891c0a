import assert from "node:assert/strict";
import { fromHex, toHex } from "../testing/hex.ts";
import vectors from "../vectors/resume_proof.json" with { type: "json" };
import { RESUME_PROOF_ALGORITHM, resumeProofBytes } from "./resume_proof.ts";

const P256 = { name: "ECDSA", namedCurve: "P-256" };

for (const vector of vectors.proofs) {
  const { meetingId, participantId } = vector;
  const bytes = resumeProofBytes({ meetingId, participantId, secret: fromHex(vector.secret) });

  Deno.test(`the bytes to sign are golden: ${vector.name}`, () => {
    assert.equal(toHex(bytes), vector.signed);
  });

  Deno.test(`a client that has the private key signs what its public key proves: ${vector.name}`, async () => {
    const raw = fromHex(vector.identityKey);
    const [x, y] = [raw.subarray(1, 33), raw.subarray(33)].map((half) =>
      half.toBase64({ alphabet: "base64url", omitPadding: true })
    );
    const jwk = { kty: "EC", crv: "P-256", x, y, d: vector.privateKeyD };
    const signing = await crypto.subtle.importKey("jwk", jwk, P256, false, ["sign"]);
    const proof = await crypto.subtle.sign(RESUME_PROOF_ALGORITHM, signing, bytes);
    const verifying = await crypto.subtle.importKey("raw", raw, P256, false, ["verify"]);
    for (const made of [new Uint8Array(proof), fromHex(vector.proof)]) {
      assert.ok(await crypto.subtle.verify(RESUME_PROOF_ALGORITHM, verifying, made, bytes));
    }
  });
}

Deno.test("ids that are none and secrets of another length are not signed", () => {
  const { meetingId, participantId } = vectors.proofs[0]!;
  const secret = new Uint8Array(32);
  assert.throws(() => resumeProofBytes({ meetingId: "M", participantId, secret }), TypeError);
  assert.throws(
    () => resumeProofBytes({ meetingId, participantId, secret: new Uint8Array(31) }),
    RangeError,
  );
});
