import {
  readSettledMemory,
  type SettledMemory,
} from "../../../services/stack/memory/settled_memory.ts";
import { type Figure, figure } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { pause } from "./entries.ts";
import { JOIN_CONCURRENCY, SETTLING_MS } from "./latency_part.ts";
import { describeFailures, failuresOf, type Ticket } from "./load.ts";
import { LoadGenerator } from "./load_generator.ts";
import { SignalingStack } from "./signaling_stack.ts";

/** Joined before the first reading, so that code and pools are there. */
const FIRST_MEETINGS = 50;
const MEETINGS = 300;
/** Who join each of the meetings that one is in. */
const MORE_PEOPLE = 2;
const SEED = 1;

/**
 * What a meeting and a participant cost: read with few, with many meetings of one, and with more
 * people in those meetings, so that both differences are over hundreds.
 */
export async function measureMemory(progress: Progress): Promise<Figure[]> {
  progress("memory: starting the services");
  await using signaling = await SignalingStack.start({ settles: true });
  await using generator = new LoadGenerator();
  const process = signaling.stack.service("meeting-controller");
  const failures: string[] = [];
  let failed = 0;
  const read = async (tickets: readonly Ticket[]) => {
    const controller = signaling.controller();
    const pace = { concurrency: JOIN_CONCURRENCY };
    const joined = await generator.tell({ order: "join", controller, tickets, pace, seed: SEED });
    failed += failuresOf(joined);
    failures.push(describeFailures(joined));
    await pause(SETTLING_MS);
    const memory = await readSettledMemory(process);
    progress(
      `memory: ${tickets.length} more people: ${toMiB(memory.usedBytes)} MiB used, ` +
        `${toMiB(memory.heapBytes)} MiB of heap`,
    );
    return memory;
  };
  const few = await read(await signaling.createMeetings(FIRST_MEETINGS, 3));
  const tickets = await signaling.createMeetings(MEETINGS, 1);
  const meetings = await read(tickets);
  const meetingIds = tickets.map(({ meetingId }) => meetingId);
  const people = await read(await signaling.createTickets(meetingIds, MORE_PEOPLE));

  const cost = (of: (memory: SettledMemory) => number) => {
    const person = (of(people) - of(meetings)) / (MEETINGS * MORE_PEOPLE) / 1_024;
    return { person, meeting: (of(meetings) - of(few)) / MEETINGS / 1_024 - person };
  };
  const used = cost((memory) => memory.usedBytes);
  const heap = cost((memory) => memory.heapBytes);
  const conditions =
    `what the controller holds after collecting all garbage, without free heap (${
      SETTLING_MS / 1_000
    } s after the last join) with ${FIRST_MEETINGS} meetings of 3, ${MEETINGS} meetings of 1 more, and ` +
    `${MORE_PEOPLE} more people in each of these; QUIC connection, two streams each, everybody subscribed`;
  return [
    figure("memory of a participant", used.person, "KiB", conditions),
    figure("memory of a meeting, without people", used.meeting, "KiB", conditions),
    figure("of a participant, V8's heap", heap.person, "KiB", conditions),
    figure("of a meeting, V8's heap", heap.meeting, "KiB", conditions),
    figure("memory of the first reading", few.usedBytes / 1_024 / 1_024, "MiB", conditions),
    figure("memory, joins failed", failed, "joins", failures.filter(Boolean).join("; "), {
      atMost: 0,
    }),
  ];
}

function toMiB(bytes: number): string {
  return (bytes / 1_024 / 1_024).toFixed(1);
}
