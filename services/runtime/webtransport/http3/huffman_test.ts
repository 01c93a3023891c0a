import assert from "node:assert/strict";
import fc from "fast-check";
import { Http3Error } from "./error_codes.ts";
import { decodeHuffman } from "./huffman.ts";

const parameters = { seed: Number(Deno.env.get("DT_SEED")) || undefined, numRuns: 20_000 };

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

Deno.test("the examples of RFC 7541 appendix C decode to their text", () => {
  const examples = {
    "f1e3c2e5f23a6ba0ab90f4ff": "www.example.com",
    "a8eb10649cbf": "no-cache",
    "25a849e95ba97d7f": "custom-key",
    "25a849e95bb8e8b4bf": "custom-value",
    "d07abe941054d444a8200595040b8166e082a62d1bff": "Mon, 21 Oct 2013 20:13:21 GMT",
    "9d29ad171863c78f0b97c8e9ae82ae43d3": "https://www.example.com",
    "": "",
  };
  for (const [hex, text] of Object.entries(examples)) {
    assert.equal(new TextDecoder().decode(decodeHuffman(bytesOf(hex))), text);
  }
});

Deno.test("wrong padding and the end-of-string code are refused", () => {
  // Padding with zeros, a whole byte of padding, the 30 ones of end of string.
  for (const hex of ["18", "f1e3c2e5f23a6ba0ab90f4ffff", "ffffffff", "fffffffc"]) {
    assert.throws(() => decodeHuffman(bytesOf(hex)), Http3Error);
  }
});

Deno.test("arbitrary bytes are text or a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        assert(decodeHuffman(bytes).length <= bytes.length * 8 / 5);
      } catch (error) {
        assert(error instanceof Http3Error);
      }
    }),
    parameters,
  );
});
