import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { FactsUnavailableError, type KnownMeeting } from "../facts/meeting_facts.ts";
import { banOf, Bans } from "../moderation/bans.ts";
import { GivenRoles } from "../moderation/given_roles.ts";
import { stagedIdentity } from "../testing/context_stage.ts";
import { eventLoopTurn, ManualClock } from "../testing/manual_clock.ts";
import { testSettings } from "../testing/test_tenure.ts";
import { FACTS_RENEWAL_INTERVAL_MS, FactsRenewal } from "./facts_renewal.ts";

const mallory = stagedIdentity();
const ben = stagedIdentity();

/** A meeting from which Mallory is banned, and facts that the test plays. */
function stage() {
  const clock = new ManualClock();
  const bans = new Bans([banOf(mallory, "Mallory")]);
  const roles = new GivenRoles([]);
  const facts = {
    loads: 0,
    known: { settings: testSettings(), roles: [], bans: [] } as KnownMeeting,
    load: () => Promise.resolve<KnownMeeting | undefined>(facts.known),
  };
  const load = () => {
    facts.loads++;
    return facts.load();
  };
  const renewal = new FactsRenewal({ load, bans, roles, clock, log: createLogger("test") });
  return { clock, bans, roles, facts, renewal };
}

Deno.test("a ban that was lifted elsewhere is lifted here, a role given elsewhere given", async () => {
  const { bans, roles, facts, renewal } = stage();
  const given = { participantId: ben.participantId, userId: "", role: "co_host" } as const;
  facts.known = { ...facts.known, roles: [given] };
  renewal.request();
  await eventLoopTurn();
  assert.equal(bans.has(mallory), false);
  assert.equal(roles.roleOf(ben), "co_host");
});

Deno.test("however often it is asked, facts are read once a second, and after the last time", async () => {
  const { clock, bans, facts, renewal } = stage();
  facts.known = { ...facts.known, bans: [banOf(mallory, "Mallory")] };
  for (let i = 0; i < 10; i++) {
    renewal.request();
    await eventLoopTurn();
  }
  assert.equal(facts.loads, 1);
  facts.known = { ...facts.known, bans: [] };
  clock.advance(FACTS_RENEWAL_INTERVAL_MS);
  await eventLoopTurn();
  assert.deepEqual([facts.loads, bans.has(mallory)], [2, false]);
  clock.advance(10 * FACTS_RENEWAL_INTERVAL_MS);
  await eventLoopTurn();
  assert.equal(facts.loads, 2);
});

Deno.test("a ban that is made here while the facts are read is not undone by them", async () => {
  const { clock, bans, facts, renewal } = stage();
  facts.load = () => {
    bans.add(banOf(ben, "Ben"));
    return Promise.resolve({ ...facts.known });
  };
  renewal.request();
  await eventLoopTurn();
  assert.equal(bans.has(ben), true);
  facts.load = () => Promise.resolve({ ...facts.known, bans: [banOf(ben, "Ben")] });
  clock.advance(FACTS_RENEWAL_INTERVAL_MS);
  await eventLoopTurn();
  assert.deepEqual([bans.has(ben), bans.has(mallory)], [true, false]);
});

Deno.test("facts that cannot be read now are read as soon as they can", async () => {
  const { clock, bans, facts, renewal } = stage();
  const { load } = facts;
  facts.load = () => Promise.reject(new FactsUnavailableError("away"));
  renewal.request();
  await eventLoopTurn();
  facts.load = load;
  assert.equal(bans.has(mallory), true);
  clock.advance(FACTS_RENEWAL_INTERVAL_MS);
  await eventLoopTurn();
  assert.equal(bans.has(mallory), false);
});

Deno.test("once the meeting is not here any more nothing is read", async () => {
  const { clock, facts, renewal } = stage();
  renewal.request();
  renewal.request();
  await eventLoopTurn();
  renewal[Symbol.dispose]();
  renewal.request();
  clock.advance(FACTS_RENEWAL_INTERVAL_MS);
  await eventLoopTurn();
  assert.equal(facts.loads, 1);
});
