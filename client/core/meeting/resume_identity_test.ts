import assert from "node:assert/strict";
import {
  RESUME_PROOF_ALGORITHM,
  RESUME_PROOF_LENGTH,
  resumeProofBytes,
} from "../../../proto/signaling/resume_proof.ts";
import { ResumeIdentity } from "./resume_identity.ts";

const SESSION = {
  meetingId: "11111111-1111-4111-8111-111111111111",
  participantId: "22222222-2222-4222-8222-222222222222",
  secret: new Uint8Array(32).fill(7),
};

Deno.test("a proof is what a server checks with the identity key alone", async () => {
  const identity = await ResumeIdentity.generate();
  const proof = await identity.prove(SESSION);
  assert.equal(proof.length, RESUME_PROOF_LENGTH);
  const key = await crypto.subtle.importKey(
    "raw",
    identity.publicKey,
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["verify"],
  );
  const verify = (bytes: Uint8Array<ArrayBuffer>) =>
    crypto.subtle.verify(RESUME_PROOF_ALGORITHM, key, proof, bytes);
  assert.ok(await verify(resumeProofBytes(SESSION)));
  assert.ok(!await verify(resumeProofBytes({ ...SESSION, secret: new Uint8Array(32) })));
});
