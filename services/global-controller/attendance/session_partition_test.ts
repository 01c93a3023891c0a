import assert from "node:assert/strict";
import fc from "fast-check";
import { partitionIntoSessions, type Presence, RUN_GRACE_MS } from "./session_partition.ts";

const seed = Number(Deno.env.get("DT_SEED") ?? Date.now());

/** Somebody who was there from one minute to another. */
function there(
  participantId: string,
  joined: number,
  left: number | null,
  sessionId: string | null = null,
  wasLost = false,
): Presence {
  return {
    participantId,
    joinedAt: new Date(joined),
    leftAt: left === null ? null : new Date(left),
    wasLost,
    sessionId,
  };
}
/** Somebody who was lost. */
const lost = (participantId: string, joined: number, left: number) =>
  there(participantId, joined, left, null, true);

const partition = (presences: readonly Presence[]) => {
  let next = 0;
  return partitionIntoSessions(presences, () => `new ${next++}`);
};
const shown = (presences: readonly Presence[]) =>
  partition(presences).map(({ startedAt, endedAt, peakParticipants, participantIds }) => [
    startedAt.getTime(),
    endedAt?.getTime() ?? null,
    peakParticipants,
    participantIds.join(" "),
  ]);

Deno.test("who was there together makes one session, and a gap begins another", () => {
  assert.deepEqual(
    shown([there("a", 0, 10), there("b", 5, 20), there("c", 20, 25), there("d", 26, null)]),
    [[0, 25, 2, "a b c"], [26, null, 1, "d"]],
  );
});

Deno.test("the peak counts who was there at the same time", () => {
  assert.deepEqual(
    shown([there("a", 0, 100), there("b", 1, 2), there("c", 2, 3), there("d", 4, 5)]),
    [[0, 100, 3, "a b c d"]],
  );
});

Deno.test("a departure before the arrival counts as one at the same time", () => {
  assert.deepEqual(shown([there("a", 10, 3)]), [[10, 10, 1, "a"]]);
});

Deno.test("sessions keep their names: parted in the first part, merged in the first one", () => {
  const names = (presences: readonly Presence[]) => partition(presences).map((s) => s.sessionId);
  assert.deepEqual(names([there("a", 0, 1, "s"), there("b", 5, 6, "s")]), ["s", "new 0"]);
  assert.deepEqual(names([there("a", 0, 1, "s"), there("b", 5, 6, "t"), there("c", 0, 9)]), ["s"]);
});

Deno.test("when the last one was lost, whoever comes in time goes on with the session", () => {
  const atLast = 10 + RUN_GRACE_MS;
  assert.deepEqual(shown([lost("a", 0, 10), there("b", atLast, null)]), [[0, null, 1, "a b"]]);
  assert.deepEqual(shown([lost("a", 0, 10), there("b", atLast + 1, null)]), [
    [0, 10, 1, "a"],
    [atLast + 1, null, 1, "b"],
  ]);
});

Deno.test("a session ends at once with the last one who leaves of their own will", () => {
  assert.deepEqual(shown([lost("a", 0, 10), there("b", 0, 20), there("c", 21, null)]), [
    [0, 20, 2, "a b"],
    [21, null, 1, "c"],
  ]);
});

Deno.test("a session is held while whoever was lost last may be back, and then ended at the loss", () => {
  const held = (presences: Presence[], nowMs: number) =>
    partitionIntoSessions(presences, () => "s", nowMs)
      .map(({ endedAt, heldUntil }) => [endedAt?.getTime(), heldUntil?.getTime()]);
  const untilMs = 10 + RUN_GRACE_MS;
  assert.deepEqual(held([lost("a", 0, 10)], untilMs - 1), [[undefined, untilMs]]);
  assert.deepEqual(held([lost("a", 0, 10)], untilMs), [[10, undefined]]);
  assert.deepEqual(held([there("a", 0, 10)], 10), [[10, undefined]]);
  assert.deepEqual(held([lost("a", 0, 10), there("b", 5, null)], 11), [[undefined, undefined]]);
});

Deno.test("the sessions follow from the times alone, and peaks are as counting moments tells", () => {
  const presence = fc.record({
    participantId: fc.uuid(),
    joined: fc.nat(40),
    stay: fc.option(fc.nat(10)),
    sessionId: fc.option(fc.constantFrom("s", "t")),
  }).map(({ participantId, joined, stay, sessionId }) =>
    there(participantId, joined, stay === null ? null : joined + stay, sessionId)
  );
  const presences = fc.uniqueArray(presence, {
    maxLength: 12,
    selector: ({ participantId }) => participantId,
  });
  const orders = presences.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    )
  );
  const property = fc.property(orders, ([list, again]) => {
    assert.deepEqual(partition(again), partition(list));
    const sessions = partition(list);
    assert.equal(new Set(sessions.map(({ sessionId }) => sessionId)).size, sessions.length);
    for (const { participantIds, peakParticipants } of sessions) {
      const members = list.filter(({ participantId }) => participantIds.includes(participantId));
      const counts = Array.from(
        { length: 60 },
        (_, moment) =>
          members.filter(({ joinedAt, leftAt }) =>
            joinedAt.getTime() <= moment && (leftAt === null || leftAt.getTime() >= moment)
          ).length,
      );
      assert.equal(peakParticipants, Math.max(...counts));
    }
    for (const [index, session] of sessions.entries()) {
      const next = sessions[index + 1];
      assert.ok(next === undefined || session.endedAt! < next.startedAt);
    }
  });
  fc.assert(property, { seed, numRuns: 2_000 });
});
