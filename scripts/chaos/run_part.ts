import { readAuditEvidence } from "../../services/system_tests/failure/audit_evidence.ts";
import type { Evidence, Resources } from "../../services/system_tests/failure/evidence.ts";
import { FailingStack, type Target } from "../../services/system_tests/failure/failing_stack.ts";
import { findViolations } from "../../services/system_tests/failure/invariants.ts";
import { ROSTER_LIMIT_MS } from "../../services/system_tests/failure/roster_invariants.ts";
import { measureResources } from "../../services/system_tests/failure/used_resources.ts";
import { derivedSeed } from "../../services/stack/network/seeded_random.ts";
import { type Figure, figure } from "../bench/figure.ts";
import type { Progress } from "../bench/suite.ts";
import type { ChaosOptions } from "./chaos_options.ts";
import { Crowd } from "./crowd.ts";
import { planFaults } from "./fault_plan.ts";
import { inflict, PROCESSES_OF_A_KIND } from "./faults.ts";

/** Meetings that are held meanwhile. */
const MEETINGS = 2;
/** How long people act before anything goes wrong, and resources are measured, milliseconds. */
const WARM_UP_MS = 15_000;
/** After the last fault until all is as it was, milliseconds; rosters have less. */
const SETTLE_MS = ROSTER_LIMIT_MS + 5_000;
/** How long what moderators did may take to the audit log, milliseconds. */
const AUDIT_LIMIT_MS = 15_000;
/** By how much a controller's clock is ahead, and another one's behind, milliseconds. */
const CLOCK_OFF_MS = 60_000;

/** Connections that a controller's pool opens when several are needed at once (db/connection.ts). */
const POOLED_CONNECTIONS = 10;

const PROCESSES: readonly Target[] = [
  { name: "global-controller" },
  ...Array.from({ length: PROCESSES_OF_A_KIND }, (_, instance): Target[] => [
    { name: "meeting-controller", instance },
    { name: "media-handler", instance },
  ]).flat(),
];

const KINDS = ["global-controller", "meeting-controller", "media-handler"] as const;

type Measure = (resources: Resources) => number;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Minutes in which one thing after the other goes wrong by a seeded plan while people come, go, act
 * and are moderated in meetings; at the end every invariant is checked from what all of them saw.
 */
export async function measureRun(
  progress: Progress,
  { seed, minutes }: ChaosOptions,
): Promise<Figure[]> {
  const plan = planFaults(seed, minutes * 60_000);
  progress(`seed ${seed}: ${plan.length} faults in ${minutes} minutes`);
  await using failing = await FailingStack.start({
    mediaHandlers: PROCESSES_OF_A_KIND,
    network: "clear",
    settles: true,
    env: { DT_RATE_LIMIT_PER_MINUTE: "100000" },
    clockShiftMs: ({ name, instance }) =>
      name === "meeting-controller" ? (instance === 0 ? CLOCK_OFF_MS : -CLOCK_OFF_MS) : 0,
  });
  await using resources = new AsyncDisposableStack();
  const access = { url: failing.url, secrets: failing.stack.secrets };
  const crowds: Crowd[] = [];
  for (let index = 0; index < MEETINGS; index++) {
    crowds.push(resources.use(await Crowd.start(access, derivedSeed(seed, index))));
  }
  for (const crowd of crowds) crowd.act();
  await pause(WARM_UP_MS);
  const before = await measureAll(failing);
  await followPlan(failing, plan, progress);
  const recoveredAtMs = performance.now();
  await Promise.all(crowds.map((crowd) => crowd.rest()));
  await Promise.all(
    crowds.map((crowd) => crowd.untilAgreed(SETTLE_MS).catch((error) => progress(String(error)))),
  );
  await pause(Math.max(0, recoveredAtMs + SETTLE_MS - performance.now()));
  for (const crowd of crowds) crowd.noteRosters();
  const after = await measureAll(failing);
  const audit = await settledAudit(failing);
  // What one meeting's people saw is compared with each other, and with what all services logged.
  const violations = crowds.flatMap(({ journals }) =>
    findViolations({ journals, events: failing.lines.events, recoveredAtMs, audit })
  );
  for (const { invariant, what } of violations) progress(`broken: ${invariant}: ${what}`);
  for (const line of failing.lines.plain) progress(`not an event: ${line}`);
  return [
    ...tellRun(plan.length, crowds, violations.length, failing.lines.plain.length, minutes, seed),
    ...tellGrowth(before, after),
  ];
}

async function followPlan(
  failing: FailingStack,
  plan: ReturnType<typeof planFaults>,
  progress: Progress,
): Promise<void> {
  const startedAtMs = performance.now();
  for (const fault of plan) {
    await pause(Math.max(0, startedAtMs + fault.atMs - performance.now()));
    progress(`${Math.round((performance.now() - startedAtMs) / 1_000)} s: ${fault.kind}`);
    await inflict(failing, fault);
  }
}

function measureAll(failing: FailingStack): Promise<Resources[]> {
  return Promise.all(PROCESSES.map(({ name, region, instance = 0 }) => {
    const service = failing.stack.service(name, region, instance);
    return measureResources(`${name} ${instance}`, service, failing.stores.redisUrl);
  }));
}

/** The audit log once it has everything, or when it took too long. */
async function settledAudit(failing: FailingStack): Promise<NonNullable<Evidence["audit"]>> {
  const untilMs = performance.now() + AUDIT_LIMIT_MS;
  while (true) {
    const audit = await readAuditEvidence(failing.stores.databaseUrl);
    const complete = audit.actions.every(({ entries }) => entries > 0);
    if (complete || performance.now() > untilMs) return audit;
    await pause(500);
  }
}

function tellRun(
  faults: number,
  crowds: readonly Crowd[],
  violations: number,
  crashes: number,
  minutes: number,
  seed: number,
): Figure[] {
  const conditions = `${minutes} minutes, ${MEETINGS} meetings, seed ${seed}`;
  const sum = (of: "done" | "refused") =>
    crowds.reduce((total, { outcomes }) => total + outcomes[of], 0);
  return [
    figure("faults", faults, "", conditions),
    figure("actions of people that were done", sum("done"), "", conditions),
    figure("actions of people that were refused", sum("refused"), "", conditions),
    figure("broken invariants", violations, "", "the logs of all sides", { atMost: 0 }),
    figure("lines that were no events", crashes, "", "such as a stack trace", { atMost: 0 }),
  ];
}

/**
 * How much more all processes of a kind hold together: meetings move between them, and what a
 * meeting holds moves with it. The conditions tell of each process.
 */
function tellGrowth(before: readonly Resources[], after: readonly Resources[]): Figure[] {
  const total = (of: Measure, resources: readonly Resources[], kind: string) =>
    resources.reduce((sum, one) => one.of.startsWith(kind) ? sum + of(one) : sum, 0);
  const growth = (what: string, of: Measure, kind: string, more = 0): Figure => {
    const then = total(of, before, kind) + more;
    const now = total(of, after, kind);
    const allowed = more === 0 ? "" : `; ${more} allowed for pools that were not full before`;
    const each = before.flatMap((one, index) =>
      one.of.startsWith(kind) ? [`${of(one)}, then ${of(after[index]!)}`] : []
    );
    const conditions = `the same people before and after: ${each.join("; ")}${allowed}`;
    return figure(`${kind}: ${what}, after by before`, now / then, "", conditions, {
      atMost: 1.1,
    });
  };
  const { redisKeys } = before[0]!;
  return [
    ...KINDS.map((kind) => growth("memory in bytes", ({ memoryBytes }) => memoryBytes, kind)),
    ...KINDS.map((kind) => {
      const pools = kind === "media-handler" ? [] : PROCESSES.filter(({ name }) => name === kind);
      const pooled = pools.length * POOLED_CONNECTIONS;
      return growth("descriptors", ({ descriptors }) => descriptors, kind, pooled);
    }),
    figure(
      "Redis: keys, after by before",
      after[0]!.redisKeys / redisKeys,
      "",
      `${redisKeys}, then ${after[0]!.redisKeys}`,
      { atMost: 1.1 },
    ),
  ];
}
