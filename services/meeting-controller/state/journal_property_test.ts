import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { createLogger } from "../../runtime/log.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { InProcessMeetingStateStore } from "./in_process_meeting_state_store.ts";
import { MeetingJournal, STORE_RETRY_LIMIT_MS } from "./journal.ts";
import {
  STATE_LIFETIME_MS,
  type StateChanges,
  StateStoreAwayError,
} from "./meeting_state_store.ts";

const meetingId = "3f2f9a0e-6d0b-4a55-9d53-0c8a3f0f7a11";
const epoch = 3n;

/** What becomes of one call: when it is done, when it is answered, and what gets lost. */
interface CallFate {
  readonly turnsBefore: number;
  readonly turnsAfter: number;
  readonly lost: "nothing" | "call" | "answer";
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
};

/** A store at the other end of a network. */
class DistantStore extends InProcessMeetingStateStore {
  constructor(clock: ManualClock, private readonly fates: Iterator<CallFate>) {
    super(clock);
  }

  override write(id: string, written: bigint, changes: StateChanges) {
    return this.#call(() => super.write(id, written, changes));
  }

  override replace(id: string, written: bigint, fields: ReadonlyMap<string, Uint8Array>) {
    return this.#call(() => super.replace(id, written, fields));
  }

  async #call<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const fate = this.fates.next().value as CallFate | undefined;
    await turns(fate?.turnsBefore ?? 0);
    if (fate?.lost === "call") throw new StateStoreAwayError("the call is lost");
    const answer = await call();
    await turns(fate?.turnsAfter ?? 0);
    if (fate?.lost === "answer") throw new StateStoreAwayError("the answer is lost");
    return answer;
  }
}

const field = fc.integer({ min: 0, max: 5 }).map((number) => `f${number}`);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("set" as const), field, value: fc.nat(255) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("remove" as const), field }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("time" as const), ms: fc.nat(3_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stored" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("away" as const), away: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("empty" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("keep" as const) }) },
);
const fate: fc.Arbitrary<CallFate> = fc.record({
  turnsBefore: fc.nat(2),
  turnsAfter: fc.nat(2),
  lost: fc.constantFrom("nothing", "nothing", "nothing", "nothing", "call", "answer"),
});

Deno.test("whatever happens to the store, in the end it has what the owner has, and nobody waits for ever", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.array(fate, { maxLength: 30 }),
      async (steps, fates) => {
        const clock = new ManualClock();
        const store = new DistantStore(clock, fates[Symbol.iterator]());
        const owned = new Map<string, Uint8Array>();
        await store.open(meetingId, epoch);
        const journal = new MeetingJournal({
          ...{ meetingId, epoch, store, clock, log: createLogger("test") },
          snapshot: () => new Map(owned),
          onStale: () => {
            throw new Error("nobody else owns it");
          },
        });
        const waiting: Promise<void>[] = [];
        for (const action of steps) {
          switch (action.do) {
            case "set":
              owned.set(action.field, Uint8Array.of(action.value));
              journal.set(action.field, Uint8Array.of(action.value));
              break;
            case "remove":
              owned.delete(action.field);
              journal.remove(action.field);
              break;
            case "turns":
              await turns(action.count);
              break;
            case "time":
              clock.advance(action.ms);
              break;
            case "stored":
              waiting.push(journal.stored());
              break;
            case "away":
              store.away = action.away;
              break;
            case "empty":
              store.empty();
              break;
            case "lose":
              // Without anybody being told, unlike a store that was emptied.
              clock.advance(STATE_LIFETIME_MS);
              break;
            case "keep":
              journal.keep();
          }
        }
        store.away = false;
        // What was lost silently is found out when the meeting is next kept.
        journal.keep();
        // Each call takes a few turns; each lost answer costs a retry.
        for (let round = 0; round < 200 && !journal.upToDate; round++) {
          await turns(1);
          clock.advance(STORE_RETRY_LIMIT_MS / 4);
        }
        await Promise.all(waiting);
        deepEqual(new Map((await store.open(meetingId, epoch)).fields), owned);
        journal.end();
      },
    ),
    propertyRuns(200),
  );
});
