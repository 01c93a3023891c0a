import assert from "node:assert/strict";
import { ApiError, type ApiErrorCode } from "../rest/api_error.ts";
import { testMeeting } from "../testing/test_meeting.ts";
import type { MeetingSummary } from "./meeting.ts";
import { changeDecision, type MeetingChange } from "./meeting_change.ts";

const NINE = new Date("2026-11-23T09:00:00Z");
const TEN = new Date("2026-11-23T10:00:00Z");

function stored(changes: Partial<MeetingSummary> = {}): MeetingSummary {
  const { assignment: _, ...meeting } = testMeeting();
  const createdAt = new Date(0);
  return {
    ...meeting,
    version: 3,
    createdAt,
    updatedAt: createdAt,
    endedAt: null,
    participantCount: 0,
    ...changes,
  };
}

function decide(
  change: MeetingChange,
  { meeting = stored(), held = false, expected }: {
    meeting?: MeetingSummary;
    held?: boolean;
    expected?: number;
  } = {},
) {
  return changeDecision(change, expected)(meeting, held);
}

function hasCode(code: ApiErrorCode) {
  return (error: unknown) => error instanceof ApiError && error.code === code;
}

Deno.test("what is left out of a change stays", () => {
  const meeting = stored({ description: "weekly", passcodeHash: "hash" });
  const next = decide({ displayName: "Standup", settings: { lobbyEnabled: true } }, { meeting });
  assert.equal(next?.displayName, "Standup");
  assert.equal(next?.description, "weekly");
  assert.equal(next?.passcodeHash, "hash");
  assert.deepEqual(next?.settings, { ...meeting.settings, lobbyEnabled: true });
});

Deno.test("a change that changes nothing is none", () => {
  const meeting = stored({ scheduledStart: NINE });
  assert.equal(decide({}, { meeting }), undefined);
  const same = { displayName: meeting.displayName, scheduledStart: new Date(NINE), locked: false };
  assert.equal(decide(same, { meeting }), undefined);
  const { settings } = meeting;
  assert.equal(decide({ settings }, { meeting, held: true }), undefined);
});

Deno.test("null takes a passcode and a schedule away", () => {
  const meeting = stored({ passcodeHash: "hash", scheduledStart: NINE, scheduledEnd: TEN });
  const nothing = { passcodeHash: null, scheduledStart: null, scheduledEnd: null };
  const next = decide(nothing, { meeting });
  assert.deepEqual([next?.passcodeHash, next?.scheduledStart, next?.scheduledEnd], [
    null,
    null,
    null,
  ]);
});

Deno.test("grants are kept once each and in one order", () => {
  const next = decide({ settings: { defaultGrants: ["chat", "camera", "chat"] } });
  assert.deepEqual(next?.settings.defaultGrants, ["camera", "chat"]);
});

Deno.test("a meeting ends after it starts", () => {
  const refused = hasCode("INVALID_REQUEST");
  assert.throws(() => decide({ scheduledEnd: TEN }), refused);
  assert.throws(() => decide({ scheduledStart: TEN, scheduledEnd: TEN }), refused);
  const meeting = stored({ scheduledStart: NINE, scheduledEnd: TEN });
  assert.throws(() => decide({ scheduledStart: null }, { meeting }), refused);
  assert.equal(decide({ scheduledEnd: null }, { meeting })?.scheduledEnd, null);
});

Deno.test("encryption is fixed once people have been in the meeting", () => {
  const change = { settings: { enableE2eEncryption: false } };
  assert.equal(decide(change)?.settings.enableE2eEncryption, false);
  assert.throws(() => decide(change, { held: true }), hasCode("CONFLICT"));
  assert.equal(decide({ locked: true }, { held: true })?.locked, true);
});

Deno.test("an ended meeting and an outdated version are not changed", () => {
  const ended = stored({ endedAt: TEN });
  assert.throws(() => decide({ locked: true }, { meeting: ended }), hasCode("MEETING_ENDED"));
  assert.throws(() => decide({ locked: true }, { expected: 2 }), hasCode("PRECONDITION_FAILED"));
  assert.throws(() => decide({}, { expected: 4 }), hasCode("PRECONDITION_FAILED"));
  assert.equal(decide({ locked: true }, { expected: 3 })?.locked, true);
});
