import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { MeetingRecordSchema } from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { createLogger } from "../../runtime/log.ts";
import {
  FactsUnavailableError,
  type MeetingFacts,
  SupersededOwnerError,
} from "../facts/meeting_facts.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { Acquisition, MeetingOwnership } from "../ownership/meeting_ownership.ts";
import { storedRecord } from "../state/meeting_fields.ts";
import { InProcessMeetingStateStore } from "../state/in_process_meeting_state_store.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { MEETING_SETTINGS } from "../testing/region_stage.ts";
import { Tenures } from "./tenures.ts";

const MEETING = "00000000-0000-4000-8000-000000000001";

/** One controller's tenures over an ownership and facts that the test plays. */
class Stage {
  readonly released: bigint[] = [];
  readonly store = new InProcessMeetingStateStore(new ManualClock());
  epoch = 5n;
  lose: (meetingId: string, epoch: bigint) => void = () => undefined;
  facts: MeetingFacts = {
    load: () => Promise.resolve({ settings: MEETING_SETTINGS, roles: [], bans: [] }),
    record: () => Promise.resolve(),
  };
  isSure = true;
  readonly ownership: MeetingOwnership = {
    acquire: (): Promise<Acquisition> => Promise.resolve({ outcome: "owned", epoch: this.epoch }),
    release: (_, epoch) => {
      this.released.push(epoch);
      return Promise.resolve();
    },
    mayAcknowledge: () => this.isSure,
    onLost: (listener) => {
      this.lose = listener;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  readonly tenures = new Tenures({
    ownership: this.ownership,
    store: this.store,
    facts: {
      load: (meetingId) => this.facts.load(meetingId),
      record: (...action) => this.facts.record(...action),
    },
    alternatives: () => [],
    clock: new ManualClock(),
    log: createLogger("test"),
  });
}

const refusedAs = (code: ErrorCode) => (error: unknown) =>
  error instanceof Refusal && error.code === code;

Deno.test("a tenure is over when the lease shows that the meeting is another's", async () => {
  const stage = new Stage();
  const tenure = await stage.tenures.begin(MEETING);
  stage.lose(MEETING, 4n);
  assert.equal(tenure.outcome, undefined);
  stage.lose(MEETING, 5n);
  assert.equal(tenure.outcome, "lost");
  assert.equal(tenure.mayAcknowledge(), false);
});

Deno.test("a tenure is over when another opens the meeting in the store", async () => {
  const stage = new Stage();
  const tenure = await stage.tenures.begin(MEETING);
  await stage.store.open(MEETING, 6n);
  assert.equal(tenure.outcome, "lost");
  await assert.rejects(tenure.stored(), refusedAs(ErrorCode.UNAVAILABLE));
});

Deno.test("a tenure is over when the facts are another's to record", async () => {
  const stage = new Stage();
  const tenure = await stage.tenures.begin(MEETING);
  stage.facts.record = () => Promise.reject(new SupersededOwnerError("another's"));
  await assert.rejects(tenure.record([]), refusedAs(ErrorCode.UNAVAILABLE));
  assert.equal(tenure.outcome, "lost");
});

Deno.test("what was recorded while the meeting may have become another's is not done here", async () => {
  const stage = new Stage();
  const tenure = await stage.tenures.begin(MEETING);
  stage.facts.record = () => {
    stage.isSure = false;
    return Promise.resolve();
  };
  await assert.rejects(tenure.record([]), refusedAs(ErrorCode.UNAVAILABLE));
});

Deno.test("a store that is emptied before the meeting is made of it gets back what it had", async () => {
  const stage = new Stage();
  const [name, bytes] = storedRecord(create(MeetingRecordSchema, { lastHandNumber: 7n }));
  await stage.store.replace(MEETING, 4n, new Map([[name, bytes]]));
  const tenure = await stage.tenures.begin(MEETING);
  stage.store.empty();
  await tenure.stored();
  const { fields } = await stage.store.open(MEETING, 5n);
  assert.deepEqual(fields, new Map([[name, bytes]]));
});

Deno.test("facts that cannot be recorded now are refused, and the tenure goes on", async () => {
  const stage = new Stage();
  const tenure = await stage.tenures.begin(MEETING);
  stage.facts.record = () => Promise.reject(new FactsUnavailableError("away"));
  await assert.rejects(tenure.record([]), refusedAs(ErrorCode.UNAVAILABLE));
  assert.equal(tenure.mayAcknowledge(), true);
});

Deno.test("a meeting that is lost while its facts are read is not begun", async () => {
  const stage = new Stage();
  const { load } = stage.facts;
  stage.facts.load = (meetingId) => {
    stage.lose(meetingId, 5n);
    return load(meetingId);
  };
  await assert.rejects(stage.tenures.begin(MEETING), refusedAs(ErrorCode.UNAVAILABLE));
});

Deno.test("a meeting whose facts cannot be read is given up at once", async () => {
  const stage = new Stage();
  stage.facts.load = () => Promise.reject(new FactsUnavailableError("away"));
  await assert.rejects(stage.tenures.begin(MEETING), refusedAs(ErrorCode.UNAVAILABLE));
  stage.facts.load = () => Promise.resolve(undefined);
  await assert.rejects(stage.tenures.begin(MEETING), refusedAs(ErrorCode.NOT_FOUND));
  assert.deepEqual(stage.released, [5n, 5n]);
});

Deno.test("only a meeting that nobody owned before begins without the store", async () => {
  const stage = new Stage();
  stage.store.away = true;
  await assert.rejects(stage.tenures.begin(MEETING), refusedAs(ErrorCode.UNAVAILABLE));
  stage.epoch = 1n;
  assert.equal((await stage.tenures.begin(MEETING)).restored, undefined);
});
