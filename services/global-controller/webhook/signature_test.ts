import assert from "node:assert/strict";
import { createSecret, signatureHeaders } from "./signature.ts";

/** The example that the convention's libraries test themselves with. */
const MESSAGE = {
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestampS: 1_614_265_330,
  body: '{"test": 2432232314}',
};
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

Deno.test("a message is signed as Standard Webhooks says", async () => {
  assert.deepEqual(await signatureHeaders(MESSAGE, [SECRET]), {
    "webhook-id": MESSAGE.id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": SIGNATURE,
  });
});

Deno.test("each live secret signs", async () => {
  const headers = await signatureHeaders(MESSAGE, [createSecret(), SECRET]);
  const signatures = headers["webhook-signature"]!.split(" ");
  assert.equal(signatures.length, 2);
  assert.notEqual(signatures[0], SIGNATURE);
  assert.equal(signatures[1], SIGNATURE);
});

Deno.test("a secret is whsec_ and 256 random bits in base64", () => {
  assert.match(createSecret(), /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(createSecret(), createSecret());
});
