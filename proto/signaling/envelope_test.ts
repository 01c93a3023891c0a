import assert from "node:assert/strict";
import { create, equals, fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  MediaClientEnvelopeSchema,
  MediaServerEnvelopeSchema,
} from "../gen/dark_tower/media/v1/media_control_pb.ts";
import {
  type ClientEnvelope,
  ClientEnvelopeSchema,
  ServerEnvelopeSchema,
  StreamType,
} from "../gen/dark_tower/signaling/v1/signaling_pb.ts";
import { fromHex, toHex } from "../testing/hex.ts";
import { propertyRuns } from "../testing/property_runs.ts";
import vectors from "../vectors/signaling_envelope.json" with { type: "json" };

const SCHEMAS = {
  ClientEnvelope: ClientEnvelopeSchema,
  ServerEnvelope: ServerEnvelopeSchema,
  MediaClientEnvelope: MediaClientEnvelopeSchema,
  MediaServerEnvelope: MediaServerEnvelopeSchema,
};

Deno.test("an envelope is its version, its request and the one message in it", () => {
  const envelope = create(ClientEnvelopeSchema, {
    version: 1,
    requestId: 7,
    message: { case: "updateStream", value: { streamId: "s1", muted: true } },
  });
  const bytes = [
    ...["08", "01"], // field 1, version: 1
    ...["10", "07"], // field 2, request_id: 7
    ...["72", "06"], // field 14, update_stream: 6 bytes
    ...["0a", "02", "7331"], // field 1, stream_id: "s1"
    ...["10", "01"], // field 2, muted: true
  ].join("");
  assert.equal(toHex(toBinary(ClientEnvelopeSchema, envelope)), bytes);
  assert.ok(
    equals(ClientEnvelopeSchema, fromBinary(ClientEnvelopeSchema, fromHex(bytes)), envelope),
  );
});

Deno.test("golden envelopes read as recorded and write the same bytes", () => {
  for (const { name, schema, bytes, json } of vectors.valid) {
    const type = SCHEMAS[schema as "ClientEnvelope"];
    const envelope = fromBinary(type, fromHex(bytes));
    assert.deepEqual(toJson(type, envelope), json, name);
    assert.equal(toHex(toBinary(type, envelope)), bytes, name);
  }
});

Deno.test("malformed envelopes are refused", () => {
  for (const { name, schema, bytes } of vectors.invalid) {
    assert.throws(() => fromBinary(SCHEMAS[schema as "ClientEnvelope"], fromHex(bytes)), name);
  }
});

Deno.test("an envelope with an unknown message reads as one without any", () => {
  const unknown = fromHex("0801" + "1007" + "ba0600"); // field 103, empty
  assert.equal(fromBinary(ClientEnvelopeSchema, unknown).message.case, undefined);
});

Deno.test("every envelope survives the way to bytes and back", () => {
  fc.assert(
    fc.property(anyClientEnvelope(), (envelope) => {
      const bytes = toBinary(ClientEnvelopeSchema, envelope);
      assert.ok(equals(ClientEnvelopeSchema, fromBinary(ClientEnvelopeSchema, bytes), envelope));
    }),
    propertyRuns(2000),
  );
});

Deno.test("100,000 hostile envelopes are refused by an error or read as an envelope", () => {
  const good = vectors.valid.map(({ bytes }) => fromHex(bytes));
  const damaged = fc.tuple(
    fc.constantFrom(...good),
    fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 }),
    fc.nat(400),
  ).map(([original, changes, length]) => {
    const bytes = original.slice();
    for (const [offset, value] of changes) bytes[offset % bytes.length] = value;
    return length < bytes.length ? bytes.subarray(0, length) : bytes;
  });
  const schemas = Object.values(SCHEMAS);
  let turn = 0;
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged), (bytes) => {
      const schema = schemas[turn++ % schemas.length]!;
      let envelope;
      try {
        envelope = fromBinary(schema, bytes);
      } catch (error) {
        // The library refuses with Error, and text that is not UTF-8 with the decoder's TypeError.
        if (error instanceof Error) return;
        throw error;
      }
      if (typeof envelope.version !== "number") throw new Error("not an envelope");
    }),
    propertyRuns(100_000),
  );
});

Deno.test("hostile names in a map stay data", () => {
  const error = create(ServerEnvelopeSchema, {
    version: 1,
    message: { case: "error", value: { code: 1, details: JSON.parse('{"__proto__":"x"}') } },
  });
  const read = fromBinary(ServerEnvelopeSchema, toBinary(ServerEnvelopeSchema, error));
  assert.equal(({} as Record<string, unknown>)["x"], undefined);
  assert.equal(read.message.case, "error");
});

function anyClientEnvelope(): fc.Arbitrary<ClientEnvelope> {
  const text = fc.string({ maxLength: 30, unit: "binary" });
  const bytes = fc.uint8Array({ maxLength: 140 });
  const unsigned = fc.nat(0xffff_ffff);
  const streamType = fc.constantFrom(
    StreamType.AUDIO,
    StreamType.VIDEO_CAMERA,
    StreamType.VIDEO_SCREEN,
    StreamType.AUDIO_SCREEN,
  );
  const publish = fc.record({
    streamId: fc.uuid(),
    streamType,
    muted: fc.boolean(),
    metadata: fc.record({ codec: text, maxBitrate: unsigned, label: text }),
  });
  const message = fc.oneof(
    fc.record({
      case: fc.constant("joinRequest" as const),
      value: fc.record({
        meetingId: fc.uuid(),
        joinToken: text,
        participantName: text,
        encryptionKeys: fc.record({ publicKey: bytes, keyId: text }),
        streams: fc.array(publish, { maxLength: 3 }),
        subscribeToAll: fc.boolean(),
      }),
    }),
    fc.record({ case: fc.constant("publishStream" as const), value: publish }),
    fc.record({
      case: fc.constant("keyDelivery" as const),
      value: fc.record({
        keys: fc.array(fc.record({ recipientId: fc.uuid(), message: bytes }), { maxLength: 4 }),
      }),
    }),
    fc.record({
      case: fc.constant("updateStream" as const),
      value: fc.record({ streamId: fc.uuid(), muted: fc.boolean() }),
    }),
    fc.record({ case: fc.constant("ping" as const), value: fc.constant({}) }),
  );
  return fc.record({ version: fc.constant(1), requestId: unsigned, message })
    .map((fields) => create(ClientEnvelopeSchema, fields));
}
