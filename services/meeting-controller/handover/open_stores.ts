import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import { PostgresMeetingFacts } from "../facts/postgres_meeting_facts.ts";
import { PostgresOwnership } from "../ownership/postgres_ownership.ts";
import type { ControllerPlace } from "../placement/controller_place.ts";
import { InProcessMeetingStateStore } from "../state/in_process_meeting_state_store.ts";
import type { MeetingStateStore } from "../state/meeting_state_store.ts";
import { RedisMeetingStateStore } from "../state/redis_meeting_state_store.ts";
import type { TenureEnvironment } from "./owned_tenure.ts";

/**
 * Opens what the ownership of meetings stands on: leases and facts in PostgreSQL, and running
 * meetings in Redis, or in this process when the configuration names none: then nobody can go on
 * with a meeting but this process. None of them is waited for.
 *
 * @param options.place where clients reach this controller.
 */
export function openStores(options: {
  databaseUrl: string;
  redisUrl: string | undefined;
  place: ControllerPlace;
  clock: Clock;
  log: Logger;
}): Pick<TenureEnvironment, "ownership" | "facts" | "store"> & AsyncDisposable {
  const { databaseUrl, place, clock, log } = options;
  const { controllerId } = place;
  const facts = new PostgresMeetingFacts({ databaseUrl, controllerId });
  const store = openStateStore({ ...options, controllerId });
  const ownership = new PostgresOwnership({ databaseUrl, place, clock, log });
  return {
    ownership,
    facts,
    store,
    async [Symbol.asyncDispose]() {
      await ownership[Symbol.asyncDispose]();
      await Promise.all([facts[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);
    },
  };
}

function openStateStore(options: {
  redisUrl: string | undefined;
  controllerId: string;
  clock: Clock;
  log: Logger;
}): MeetingStateStore {
  const { redisUrl, controllerId, clock, log } = options;
  if (redisUrl !== undefined) {
    return RedisMeetingStateStore.connect({ url: redisUrl, controllerId, clock, log });
  }
  return new InProcessMeetingStateStore(clock);
}
