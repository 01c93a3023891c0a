import { fallenEpochs, sharedEpochs } from "./epoch_invariants.ts";
import type { Evidence } from "./evidence.ts";
import { framesOfNonMembers, repeatedCounters } from "./media_invariants.ts";
import { grownResources, wrongAudit } from "./recovery_invariants.ts";
import { lostAcknowledgements, wrongRosters } from "./roster_invariants.ts";
import { doubleSessions, returnedBanned, reusedTokens } from "./session_invariants.ts";

/** By name, what each invariant of a meeting finds wrong (reliability: who owns a meeting). */
const INVARIANTS = {
  "the epoch a client sees never falls": fallenEpochs,
  "one epoch has one owner": sharedEpochs,
  "what was acknowledged is not lost": lostAcknowledgements,
  "one participant has at most one live session": doubleSessions,
  "no ghosts, and all rosters are equal": wrongRosters,
  "a single-use token is accepted once": reusedTokens,
  "who is banned never returns": returnedBanned,
  "each admin action is audited once, in an unbroken chain": wrongAudit,
  "who left reads nothing any more": framesOfNonMembers,
  "no key and counter repeat": repeatedCounters,
  "what was used is given back": grownResources,
} satisfies Record<string, (evidence: Evidence) => string[]>;

/** A promise that was not kept. */
export interface Violation {
  readonly invariant: keyof typeof INVARIANTS;
  readonly what: string;
}

/** Everything that the evidence says against the invariants; empty: they hold. */
export function findViolations(evidence: Evidence): Violation[] {
  return Object.entries(INVARIANTS).flatMap(([invariant, find]) =>
    find(evidence).map((what) => ({ invariant: invariant as Violation["invariant"], what }))
  );
}
