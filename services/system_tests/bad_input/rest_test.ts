import assert from "node:assert/strict";
import { MAX_BODY_LENGTH } from "../../global-controller/rest/request_body.ts";
import { type Attack, AttackedStack } from "./attacked_stack.ts";

const DEPTH = 10_000;

/** Posts a body to create a meeting with; it must be refused with the error envelope. */
function refused(
  status: number,
  body: string | Uint8Array<ArrayBuffer> | (() => ReadableStream<Uint8Array>),
): Attack {
  return async (_attacker, { stack }) => {
    const response = await fetch(`${stack.url}/api/v1/meetings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "function" ? body() : body,
    });
    assert.equal(response.status, status);
    assert.match(response.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    const { error } = await response.json();
    assert.equal(error.code, "INVALID_REQUEST");
    assert.equal(typeof error.message, "string");
  };
}

/** Sends bytes that are no request; the server must answer 400 or hang up. */
function noRequest(bytes: Uint8Array): Attack {
  return async (_attacker, { stack }) => {
    const { port } = new URL(stack.url);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    try {
      // It may hang up before all is written.
      await connection.write(bytes).catch(() => 0);
      const answer = new Uint8Array(64);
      const length = await connection.read(answer).catch(() => null);
      if (length === null) return;
      assert.match(new TextDecoder().decode(answer.subarray(0, length)), /^HTTP\/1\.1 400 /);
    } finally {
      connection.close();
    }
  };
}

const ATTACKS: Record<string, Attack> = {
  "a body that is no JSON": refused(400, "{no json"),
  "a body that is no text": refused(400, new Uint8Array([0x22, 0xff, 0xfe, 0x22])),
  "a body with a key twice": refused(400, '{"display_name": "a", "display\\u005fname": "b"}'),
  "arrays 10,000 deep": refused(400, "[".repeat(DEPTH) + "]".repeat(DEPTH)),
  "objects 10,000 deep": refused(400, '{"a":'.repeat(DEPTH) + "1" + "}".repeat(DEPTH)),
  "a body of 1 MiB and a byte": refused(413, " ".repeat(MAX_BODY_LENGTH + 1)),
  "the same in pieces, without saying how long": refused(
    413,
    () => ReadableStream.from(Array(17).fill(new Uint8Array(MAX_BODY_LENGTH / 16).fill(0x20))),
  ),
  "bytes that are no HTTP": noRequest(crypto.getRandomValues(new Uint8Array(5_000))),
  "a header of 2 MB": noRequest(
    new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(2e6)}\r\n\r\n`),
  ),
};

Deno.test("a global controller endures bad requests", async (t) => {
  await using stage = await AttackedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});
