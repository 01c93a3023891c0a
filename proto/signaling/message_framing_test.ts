import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex, toHex } from "../testing/hex.ts";
import { propertyRuns } from "../testing/property_runs.ts";
import vectors from "../vectors/message_framing.json" with { type: "json" };
import {
  frameMessage,
  MAX_MESSAGE_LENGTH,
  MESSAGE_PREFIX_LENGTH,
  MessageFramingError,
  MessageParser,
  readMessages,
} from "./message_framing.ts";

function parse(chunks: readonly Uint8Array[]): { messages: string[]; atBoundary: boolean } {
  const parser = new MessageParser();
  const messages: string[] = [];
  for (const chunk of chunks) parser.push(chunk, (message) => messages.push(toHex(message)));
  return { messages, atBoundary: parser.atMessageBoundary };
}

function isFramingError(reason: string) {
  return (error: unknown) => error instanceof MessageFramingError && error.reason === reason;
}

Deno.test("a message stands behind its length in four bytes", () => {
  const framed = frameMessage(new Uint8Array([0xaa, 0xbb, 0xcc]));
  assert.equal(toHex(framed), "00000003" + "aabbcc");
});

Deno.test("golden streams of messages read as recorded", () => {
  for (const { name, bytes, messages } of vectors.valid) {
    assert.deepEqual(parse([fromHex(bytes)]), { messages, atBoundary: true }, name);
    assert.equal(messages.map((message) => toHex(frameMessage(fromHex(message)))).join(""), bytes);
  }
});

Deno.test("malformed streams are refused with their reason", async () => {
  for (const { name, bytes, reason } of vectors.invalid) {
    await assert.rejects(
      () => Array.fromAsync(readMessages(ReadableStream.from([fromHex(bytes)]))),
      isFramingError(reason),
      name,
    );
  }
});

Deno.test("messages come out whole however the stream is cut", () => {
  const anyMessages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 6 });
  fc.assert(
    fc.property(anyMessages, fc.array(fc.nat(400)), (messages, cuts) => {
      const bytes = fromHex(messages.map((message) => toHex(frameMessage(message))).join(""));
      const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length]
        .sort((a, b) => a - b);
      const chunks = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
      assert.deepEqual(parse(chunks), { messages: messages.map(toHex), atBoundary: true });
    }),
    propertyRuns(1000),
  );
});

Deno.test("the longest message passes and one byte more does not", () => {
  const longest = new Uint8Array(MAX_MESSAGE_LENGTH).fill(7);
  assert.deepEqual(parse([frameMessage(longest)]).messages, [toHex(longest)]);
  assert.throws(() => frameMessage(new Uint8Array(MAX_MESSAGE_LENGTH + 1)), RangeError);
  assert.throws(() => frameMessage(new Uint8Array(0)), RangeError);
  assert.throws(() => parse([fromHex("00010001")]), isFramingError("oversize"));
});

Deno.test("readers that stop early cancel the stream", async () => {
  let cancelled = false;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(frameMessage(new Uint8Array([1]))),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const message of readMessages(source)) {
    assert.equal(message.length, 1);
    break;
  }
  assert.ok(cancelled);
});

Deno.test("100,000 hostile streams end in a framing error or in messages within bounds", () => {
  const noise = fc.uint8Array({ maxLength: 48 });
  const prefixed = fc.tuple(fc.nat(40), fc.uint8Array({ maxLength: 48 })).map(([length, rest]) =>
    new Uint8Array([0, 0, 0, length, ...rest])
  );
  fc.assert(
    fc.property(fc.oneof(noise, prefixed), fc.nat(48), (bytes, cut) => {
      const parser = new MessageParser();
      let consumed = 0;
      const take = (message: Uint8Array) => {
        if (message.length === 0 || message.length > MAX_MESSAGE_LENGTH) throw new Error("bounds");
        consumed += MESSAGE_PREFIX_LENGTH + message.length;
      };
      try {
        parser.push(bytes.subarray(0, cut), take);
        parser.push(bytes.subarray(cut), take);
      } catch (error) {
        if (error instanceof MessageFramingError) return;
        throw error;
      }
      if (consumed > bytes.length) throw new Error("more came out than went in");
      if ((consumed === bytes.length) !== parser.atMessageBoundary) throw new Error("boundary");
    }),
    propertyRuns(100_000),
  );
});
