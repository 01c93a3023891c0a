import assert from "node:assert/strict";
import { ApiError } from "../rest/api_error.ts";
import {
  changedRecording,
  mayBecome,
  type Recording,
  RECORDING_STATUSES,
  type RecordingStatus,
} from "./recording.ts";

const STARTED = new Date("2026-11-21T18:00:00Z");
const NOW = new Date("2026-11-21T19:00:00Z");

function recording(given: Partial<Recording> = {}): Recording {
  return {
    recordingId: "6f1b1a52-0f6e-4b1e-9a53-0d6f6f0c0001",
    organisationId: "6f1b1a52-0f6e-4b1e-9a53-0d6f6f0c0002",
    meetingId: "6f1b1a52-0f6e-4b1e-9a53-0d6f6f0c0003",
    meetingOwnerUserId: null,
    sessionId: null,
    status: "recording",
    location: "",
    mediaType: "",
    sizeBytes: null,
    durationMs: null,
    encrypted: false,
    startedAt: STARTED,
    endedAt: null,
    deleteAfter: null,
    version: 1,
    ...given,
  };
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
  return "none";
}

Deno.test("a recording goes forward only, and deleted is the end", () => {
  const allowed = RECORDING_STATUSES.flatMap((from) =>
    RECORDING_STATUSES.filter((to) => from !== to && mayBecome(from, to)).map((to) => [from, to])
  );
  assert.deepEqual(allowed, [
    ["recording", "processing"],
    ["recording", "available"],
    ["recording", "failed"],
    ["recording", "deleted"],
    ["processing", "available"],
    ["processing", "failed"],
    ["processing", "deleted"],
    ["available", "deleted"],
    ["failed", "deleted"],
  ]);
});

Deno.test("a step that is not allowed is a conflict, and nothing changes what is deleted", () => {
  const step = (from: RecordingStatus, to: RecordingStatus) =>
    refusal(() => changedRecording(recording({ status: from }), { status: to }, NOW));
  assert.equal(step("available", "recording"), "CONFLICT");
  assert.equal(step("failed", "available"), "CONFLICT");
  assert.equal(step("deleted", "deleted"), "CONFLICT");
});

Deno.test("a recording has ended when it stops being made, then or when it is said", () => {
  const processing = changedRecording(recording(), { status: "processing" }, NOW);
  assert.equal(processing.endedAt, NOW);
  const endedAt = new Date("2026-11-21T18:30:00Z");
  assert.equal(changedRecording(recording(), { status: "failed", endedAt }, NOW).endedAt, endedAt);
  assert.equal(changedRecording(recording(), { sizeBytes: 9 }, NOW).endedAt, null);
});

Deno.test("a recording does not end before it started, and needs its location to be available", () => {
  const early = { endedAt: new Date("2026-11-21T17:59:59Z") };
  assert.equal(refusal(() => changedRecording(recording(), early, NOW)), "INVALID_REQUEST");
  const available = { status: "available" } as const;
  assert.equal(refusal(() => changedRecording(recording(), available, NOW)), "INVALID_REQUEST");
  const located = changedRecording(recording(), { ...available, location: "s3://x" }, NOW);
  assert.equal(located.status, "available");
});

Deno.test("what a change leaves out stays, and null takes the deletion back", () => {
  const before = recording({ mediaType: "video/webm", deleteAfter: NOW });
  const after = changedRecording(before, { mediaType: undefined, deleteAfter: null }, NOW);
  assert.deepEqual(after, { ...before, deleteAfter: null });
});
