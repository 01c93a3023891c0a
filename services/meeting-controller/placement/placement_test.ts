import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { MediaHandlerInfoSchema } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { chooseMediaHandler } from "./placement.ts";

const candidate = (
  handlerId: string,
  capacity: Partial<Record<"currentStreams" | "currentParticipants", number>> = {},
  rest: { placedSince?: number; recentlyFailed?: boolean } = {},
) => ({
  info: create(MediaHandlerInfoSchema, {
    handlerId,
    capacity: { maxStreams: 1000, maxParticipants: 100, ...capacity },
  }),
  placedSince: 0,
  recentlyFailed: false,
  ...rest,
});
const chosen = (...candidates: ReturnType<typeof candidate>[]) =>
  chooseMediaHandler(candidates)?.info.handlerId;

Deno.test("the handler with the most room is chosen, by the fuller of its measures", () => {
  assert.equal(chosen(candidate("a", { currentParticipants: 50 }), candidate("b")), "b");
  const many = candidate("a", { currentStreams: 900 });
  assert.equal(chosen(many, candidate("b", { currentParticipants: 80 })), "b");
});

Deno.test("meetings placed since the last measurement count", () => {
  const placed = candidate("a", {}, { placedSince: 3 });
  assert.equal(chosen(placed, candidate("b", { currentParticipants: 5 })), "b");
});

Deno.test("one that failed a while ago is chosen only when there is no other", () => {
  const failed = candidate("a", {}, { recentlyFailed: true });
  assert.equal(chosen(failed, candidate("b", { currentParticipants: 99 })), "b");
  assert.equal(chosen(failed), "a");
});

Deno.test("a full one is never chosen, and many placements alone make none full", () => {
  assert.equal(chosen(candidate("a", { currentParticipants: 100 })), undefined);
  assert.equal(chosen(candidate("a", {}, { placedSince: 1000 })), "a");
  assert.equal(chosen(), undefined);
});
