import { isModerator, type MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { Announcement } from "./announcement.ts";

/**
 * What happened between two snapshots that is worth a line, the most important last: only that one
 * is sure to be read. Nothing before somebody is in the meeting, nor when they joined it anew.
 */
export function newsBetween(
  before: MeetingState | undefined,
  after: MeetingState,
): Announcement[] {
  if (!before || !within(before) || !within(after)) return [];
  if (before.participantId !== after.participantId) return [];
  return [
    ...comings(before, after),
    ...raisedHands(before, after),
    ...settings(before, after),
    ...roles(before, after),
    ...mutes(before, after),
  ];
}

function within({ phase }: MeetingState): boolean {
  return phase === "joined" || phase === "reconnecting";
}

function comings(before: MeetingState, after: MeetingState): Announcement[] {
  if (before.participants === after.participants) return [];
  const idsBefore = new Set(before.participants.map(({ id }) => id));
  const idsAfter = new Set(after.participants.map(({ id }) => id));
  const left = before.participants.filter(({ id }) => !idsAfter.has(id));
  const joined = after.participants.filter(({ id }) => !idsBefore.has(id));
  return [
    ...left.map(({ name }) => ({ what: "left", name }) as const),
    ...joined.map(({ name }) => ({ what: "joined", name }) as const),
  ];
}

function raisedHands(before: MeetingState, after: MeetingState): Announcement[] {
  if (before.participants === after.participants) return [];
  const downBefore = new Set(
    before.participants.filter(({ handRaised }) => handRaised === 0).map(({ id }) => id),
  );
  return after.participants
    .filter(({ id, handRaised }) => handRaised > 0 && downBefore.has(id))
    .map(({ name }) => ({ what: "hand-raised", name }) as const);
}

function settings(before: MeetingState, after: MeetingState): Announcement[] {
  if (!isModerator(after.role) || before.locked === after.locked) return [];
  return [{ what: "locked", locked: after.locked }];
}

function roles(before: MeetingState, after: MeetingState): Announcement[] {
  return before.role === after.role ? [] : [{ what: "role", role: after.role }];
}

/** Own sources that a moderator muted. */
function mutes(before: MeetingState, after: MeetingState): Announcement[] {
  if (before.localStreams === after.localStreams) return [];
  const types = new Set(newlyMuted(before, after).map(({ type }) => type));
  const news: Announcement[] = [];
  if (types.has("camera")) news.push({ what: "muted-by-moderator", source: "camera" });
  if (types.has("audio")) news.push({ what: "muted-by-moderator", source: "microphone" });
  return news;
}

/** The own streams that a moderator muted between two snapshots. */
export function newlyMuted(
  before: Pick<MeetingState, "localStreams"> | undefined,
  after: Pick<MeetingState, "localStreams">,
): MeetingState["localStreams"] {
  const held = new Set(
    before?.localStreams.filter((stream) => stream.muted && stream.mutedByModerator)
      .map(({ streamId }) => streamId),
  );
  return after.localStreams.filter(({ streamId, muted, mutedByModerator }) =>
    muted && mutedByModerator && !held.has(streamId)
  );
}
