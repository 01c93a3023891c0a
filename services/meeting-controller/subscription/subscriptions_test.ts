import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { ParticipantRecordSchema } from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import {
  ErrorCode,
  SubscriptionOptionsSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MAX_LAYER_ID_LENGTH } from "../publication/simulcast_layers.ts";
import { MAX_FIELD_BYTES } from "../state/meeting_state_store.ts";
import { MAX_CHOICES, Subscriptions } from "./subscriptions.ts";

const ADA = crypto.randomUUID();
/** The longest choice that there is: four bytes for each character. */
const CHOICE = create(SubscriptionOptionsSchema, {
  preferredLayer: "\u{1F600}".repeat(MAX_LAYER_ID_LENGTH),
  maxBitrate: 0xffffffff,
});

/** Somebody who has chosen as often as is possible, the ids of the streams. */
function chosenAll() {
  const subscriptions = new Subscriptions();
  subscriptions.addParticipant(ADA, true);
  const streamIds = Array.from({ length: MAX_CHOICES }, () => crypto.randomUUID());
  for (const streamId of streamIds) {
    subscriptions.checkRoom(ADA, streamId);
    subscriptions.subscribe(ADA, streamId, CHOICE);
  }
  return { subscriptions, streamIds };
}

Deno.test("as many choices as one may make are stored in one field, with room for all else", () => {
  const { subscriptions } = chosenAll();
  const stored = subscriptions.stored(ADA);
  const record = create(ParticipantRecordSchema, {
    subscribeToAll: stored.subscribeToAll,
    subscriptions: [...stored.subscriptions],
  });
  assert.ok(toBinary(ParticipantRecordSchema, record).length < MAX_FIELD_BYTES * 0.9);
});

Deno.test("a choice too many is refused, others can still be changed or taken back", () => {
  const { subscriptions, streamIds: [one] } = chosenAll();
  const isFull = { code: ErrorCode.CAPACITY_EXCEEDED };
  assert.throws(() => subscriptions.checkRoom(ADA, crypto.randomUUID()), isFull);
  subscriptions.checkRoom(ADA, one!);
  subscriptions.forgetStream(one!);
  subscriptions.checkRoom(ADA, crypto.randomUUID());
});
