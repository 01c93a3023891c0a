import assert from "node:assert/strict";
import fc from "fast-check";
import { mergeParticipantEvents, type ParticipantEvent } from "./participant_change.ts";

const seed = Number(Deno.env.get("DT_SEED") ?? Date.now());

Deno.test("reports say the same in any order and however often they come", () => {
  const event = fc.record({
    participantId: fc.constantFrom("ada", "grace"),
    meetingId: fc.constant("meeting"),
    epoch: fc.bigInt(1n, 2n),
    occurredAt: fc.nat(5).map((ms) => new Date(ms)),
    kind: fc.constantFrom("joined" as const, "left" as const),
    name: fc.constant("name"),
    role: fc.constant("host" as const),
    userId: fc.constant(null),
    userReference: fc.constant(""),
    leaveReason: fc.constant("voluntary" as const),
  });
  const reports = fc.array(event, { maxLength: 8 })
    .chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray([...events, ...events], {
          minLength: events.length * 2,
          maxLength: events.length * 2,
        }),
      )
    );
  const property = fc.property(reports, ([events, again]) => {
    const sorted = (list: ParticipantEvent[]) =>
      mergeParticipantEvents(list).sort((a, b) => a.participantId < b.participantId ? -1 : 1);
    assert.deepEqual(sorted(again), sorted(events));
  });
  fc.assert(property, { seed, numRuns: 2_000 });
});
