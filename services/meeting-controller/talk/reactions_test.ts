import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal } from "../meeting/refusal.ts";
import { ContextStage } from "../testing/context_stage.ts";
import { MAX_REACTION_CONTENT_LENGTH } from "./content.ts";
import { Reactions } from "./reactions.ts";

Deno.test("everyone sees a reaction, also who reacts, and it is stored nowhere", () => {
  const context = new ContextStage();
  const [anna, ben] = [context.join("Anna"), context.join("Ben")];
  const content = new TextEncoder().encode("🎉");
  new Reactions(context).send(anna, { content });
  for (const { connection } of [anna, ben]) {
    const [received] = connection.take("reactionReceived");
    assert.deepEqual([received?.senderId, received?.content], [anna.id, content]);
  }
  assert.equal(context.fields.size, 0);
});

Deno.test("a reaction needs the grant and has a bound", () => {
  const context = new ContextStage();
  const reactions = new Reactions(context);
  const silent = context.join("Silent", { grants: new Set() });
  const anna = context.join("Anna");
  const longest = new Uint8Array(MAX_REACTION_CONTENT_LENGTH);
  assert.throws(
    () => reactions.send(silent, { content: longest }),
    (error) => error instanceof Refusal && error.code === ErrorCode.FORBIDDEN,
  );
  reactions.send(anna, { content: longest });
  for (const length of [0, MAX_REACTION_CONTENT_LENGTH + 1]) {
    assert.throws(
      () => reactions.send(anna, { content: new Uint8Array(length) }),
      (error) => error instanceof Refusal && error.code === ErrorCode.INVALID_REQUEST,
    );
  }
});
