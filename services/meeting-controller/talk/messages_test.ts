import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal } from "../meeting/refusal.ts";
import { ContextStage, type StagedParticipant } from "../testing/context_stage.ts";
import { MAX_MESSAGE_CONTENT_LENGTH } from "./content.ts";
import { MAX_KEPT_MESSAGE_BYTES, MAX_KEPT_MESSAGES, Messages } from "./messages.ts";
import { TALK_BURST_BYTES } from "./talk_allowance.ts";

const refusedAs = (code: ErrorCode) => (error: unknown) =>
  error instanceof Refusal && error.code === code;
const text = (content: string) => new TextEncoder().encode(content);
const message = (content: string, recipientId = "") => ({
  messageId: crypto.randomUUID(),
  recipientId,
  content: text(content),
});
const read = ({ connection }: StagedParticipant) =>
  connection.take("messageReceived").map(({ content }) => new TextDecoder().decode(content));

function stage() {
  const context = new ContextStage();
  return {
    context,
    messages: new Messages(context),
    anna: context.join("Anna"),
    ben: context.join("Ben"),
    cleo: context.join("Cleo"),
  };
}

Deno.test("a message is told to everyone, its sender included, with number, name and time", () => {
  const { context, messages, anna, ben, cleo } = stage();
  const sent = message("hello");
  messages.send(anna, sent);
  for (const receiver of [anna, ben, cleo]) {
    const [received] = receiver.connection.take("messageReceived");
    assert.equal(received?.messageId, sent.messageId);
    assert.equal(received?.senderId, anna.id);
    assert.equal(received?.senderName, "Anna");
    assert.equal(received?.number, 1n);
    assert.equal(received?.sentAt, BigInt(context.clock.wallNow()));
  }
});

Deno.test("a private message goes to its sender and its recipient alone", () => {
  const { messages, anna, ben, cleo } = stage();
  messages.send(anna, message("psst", ben.id));
  assert.deepEqual([read(anna), read(ben), read(cleo)], [["psst"], ["psst"], []]);
  assert.equal(messages.since(0n, ben.id).length, 1);
  assert.equal(messages.since(0n, cleo.id).length, 0);
});

Deno.test("a message that is sent again is told once", () => {
  const { messages, anna, ben } = stage();
  const sent = message("once");
  messages.send(anna, sent);
  messages.send(anna, sent);
  assert.deepEqual(read(ben), ["once"]);
  assert.equal(messages.lastNumber, 1n);
});

Deno.test("a message that is sent again to a new owner is told once", () => {
  const { context, messages, anna, ben } = stage();
  const sent = message("once");
  messages.send(anna, sent);
  const next = new Messages(context);
  next.restore(context.restored()!);
  next.send(anna, sent);
  assert.deepEqual(read(ben), ["once"]);
});

Deno.test("nobody can take another's message id", () => {
  const { messages, anna, ben, cleo } = stage();
  const sent = message("mine");
  messages.send(anna, sent);
  messages.send(ben, { ...sent, content: text("mine, too") });
  assert.deepEqual(read(cleo), ["mine", "mine, too"]);
});

Deno.test("nobody writes without the grant", () => {
  const { context, messages, anna } = stage();
  const silent = context.join("Silent", { grants: new Set(["microphone"]) });
  assert.throws(() => messages.send(silent, message("hm")), refusedAs(ErrorCode.FORBIDDEN));
  assert.deepEqual(read(anna), []);
});

Deno.test("a private message to somebody who is not here is refused", () => {
  const { messages, anna } = stage();
  const lost = message("psst", crypto.randomUUID());
  assert.throws(() => messages.send(anna, lost), refusedAs(ErrorCode.NOT_FOUND));
  const own = message("psst", anna.id);
  assert.throws(() => messages.send(anna, own), refusedAs(ErrorCode.INVALID_REQUEST));
});

Deno.test("a message is as long as it may be, and not empty", () => {
  const { messages, anna, ben } = stage();
  for (const length of [0, MAX_MESSAGE_CONTENT_LENGTH + 1]) {
    const wrong = { ...message(""), content: new Uint8Array(length) };
    assert.throws(() => messages.send(anna, wrong), refusedAs(ErrorCode.INVALID_REQUEST));
  }
  messages.send(anna, { ...message(""), content: new Uint8Array(MAX_MESSAGE_CONTENT_LENGTH) });
  assert.equal(read(ben).length, 1);
});

Deno.test("who says too much at once is limited, and what was refused can be sent again", () => {
  const { context, messages, anna, ben } = stage();
  const long = () => ({ ...message(""), content: new Uint8Array(MAX_MESSAGE_CONTENT_LENGTH) });
  for (let said = 0; said < TALK_BURST_BYTES; said += MAX_MESSAGE_CONTENT_LENGTH) {
    messages.send(anna, long());
  }
  const refused = long();
  assert.throws(() => messages.send(anna, refused), refusedAs(ErrorCode.RATE_LIMITED));
  messages.send(ben, long());
  context.clock.advance(1_000);
  ben.connection.take("messageReceived");
  messages.send(anna, refused);
  assert.equal(read(ben).length, 1);
});

Deno.test("what is kept of long messages has a bound, and so has what is stored", () => {
  const { context, messages, anna } = stage();
  for (let i = 0; i < 100; i++) {
    messages.send(anna, { ...message(""), content: new Uint8Array(MAX_MESSAGE_CONTENT_LENGTH) });
    context.clock.advance(1_000);
  }
  const bytes = context.fields.values().reduce((sum, field) => sum + field.length, 0);
  assert.ok(bytes <= MAX_KEPT_MESSAGE_BYTES && bytes > MAX_KEPT_MESSAGE_BYTES / 2);
  assert.equal(messages.since(0n, anna.id).at(-1)?.number, 100n);
});

Deno.test("after any messages and takeovers each may read the last ones meant for them", () => {
  const step = fc.record({
    sender: fc.nat({ max: 2 }),
    recipient: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
    takeover: fc.boolean(),
  });
  const history = fc.array(step, { maxLength: 2 * MAX_KEPT_MESSAGES, size: "max" });
  fc.assert(
    fc.property(history, fc.nat({ max: MAX_KEPT_MESSAGES }), (steps, known) => {
      const { context, anna, ben, cleo } = stage();
      const people = [anna, ben, cleo];
      let messages = new Messages(context);
      const model: { number: bigint; sender: number; recipient: number | undefined }[] = [];
      for (const { sender, recipient, takeover } of steps) {
        if (recipient === sender) continue;
        messages.send(
          people[sender]!,
          message("x", recipient === undefined ? "" : people[recipient]!.id),
        );
        model.push({ number: BigInt(model.length + 1), sender, recipient });
        if (!takeover || model.length % 10 !== 0) continue;
        messages = new Messages(context);
        messages.restore(context.restored()!);
      }
      const kept = model.slice(-MAX_KEPT_MESSAGES);
      people.forEach(({ id }, who) => {
        const expected = kept.filter(({ number }) => number > BigInt(known))
          .filter(({ sender, recipient }) => [undefined, who].includes(recipient) || sender === who)
          .map(({ number }) => number);
        const actual = messages.since(BigInt(known), id).map(({ number }) => number);
        assert.deepEqual(actual, expected);
      });
      assert.equal(context.fields.size, kept.length);
    }),
    propertyRuns(20),
  );
});
