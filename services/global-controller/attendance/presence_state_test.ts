import assert from "node:assert/strict";
import fc from "fast-check";
import type { Departure, Moment, ParticipantLeaveReason } from "../events/participant_change.ts";
import { type PresenceState, stateAfterReport } from "./presence_state.ts";

const seed = Number(Deno.env.get("DT_SEED") ?? Date.now());

const moment = (epoch: number, ms: number): Moment => ({ epoch: BigInt(epoch), at: new Date(ms) });
const joined = (epoch: number, ms: number) => ({
  joinedAt: new Date(ms),
  arrival: moment(epoch, ms),
  departure: null,
});
const left = (epoch: number, ms: number, reason: ParticipantLeaveReason = "connection_lost") => ({
  joinedAt: null,
  arrival: null,
  departure: { ...moment(epoch, ms), reason } satisfies Departure,
});

function after(...reports: Parameters<typeof stateAfterReport>[1][]): PresenceState {
  return reports.reduce<PresenceState | undefined>(stateAfterReport, undefined)!;
}

/** As `after`, once nobody knows of the controller any more. */
function lost(state: PresenceState, ms: number): PresenceState {
  return { ...state, departure: { ...moment(0, ms), reason: "controller_lost" } };
}

Deno.test("whoever is back is there, and came when they came first", () => {
  const { joinedAt, departure } = after(joined(1, 10), left(1, 20), joined(1, 30));
  assert.deepEqual([joinedAt, departure], [new Date(10), null]);
});

Deno.test("a departure in the moment of the arrival counts", () => {
  assert.equal(after(joined(1, 10), left(1, 10)).departure?.at.getTime(), 10);
});

Deno.test("of two owners the one of the higher epoch has the last word, whatever its clock says", () => {
  assert.notEqual(after(joined(1, 60_000), left(2, 30)).departure, null);
  assert.equal(after(left(1, 60_000), joined(2, 30)).departure, null);
});

Deno.test("a concluded loss yields to an arrival that is news, and to a departure", () => {
  const gone = lost(after(joined(1, 10)), 100);
  assert.equal(stateAfterReport(gone, joined(1, 10)).departure?.reason, "controller_lost");
  assert.equal(stateAfterReport(gone, joined(2, 50)).departure, null);
  assert.equal(stateAfterReport(gone, left(1, 5)).departure?.reason, "controller_lost");
  const { departure } = stateAfterReport(gone, left(1, 20, "voluntary"));
  assert.deepEqual(departure, left(1, 20, "voluntary").departure);
});

Deno.test("nobody is back in a meeting that has ended, and who left before its end left then", () => {
  const ended = {
    ...after(joined(1, 10)),
    ...left(0, 50, "meeting_ended"),
    joinedAt: new Date(10),
  };
  assert.equal(stateAfterReport(ended, joined(2, 99)).departure?.reason, "meeting_ended");
  assert.equal(stateAfterReport(ended, left(1, 20, "voluntary")).departure?.reason, "voluntary");
  assert.equal(
    stateAfterReport(ended, left(1, 60, "voluntary")).departure?.reason,
    "meeting_ended",
  );
});

Deno.test("reports say the same in any order and however often they come", () => {
  const report = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 }), fc.nat(6))
    .map(([isJoin, epoch, ms]) => isJoin ? joined(epoch, ms) : left(epoch, ms));
  const orders = fc.array(report, { minLength: 1, maxLength: 8 }).chain((list) => {
    const twice = [...list, ...list];
    const options = { minLength: twice.length, maxLength: twice.length };
    return fc.tuple(fc.constant(list), fc.shuffledSubarray(twice, options));
  });
  const property = fc.property(orders, ([list, again]) => {
    assert.deepEqual(after(...again), after(...list));
  });
  fc.assert(property, { seed, numRuns: 5_000 });
});
