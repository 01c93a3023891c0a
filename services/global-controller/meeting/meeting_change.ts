import { isDeepStrictEqual } from "node:util";
import { ApiError, conflict, invalidRequest } from "../rest/api_error.ts";
import { preconditionFailed } from "../rest/etag.ts";
import { DEFAULT_GRANTS, type MeetingDefinition, type MeetingSettings } from "./meeting.ts";
import type { MeetingDecision } from "./meeting_store.ts";

/** What somebody wants to be different; what is left out stays. */
export interface MeetingChange extends Partial<Omit<MeetingDefinition, "settings">> {
  readonly settings?: Partial<MeetingSettings>;
}

/**
 * A change as a decision about the meeting as it is then.
 *
 * @param expectedVersion of If-Match; undefined: any.
 * @throws {ApiError} from the decision: MEETING_ENDED, PRECONDITION_FAILED, INVALID_REQUEST, and
 *   CONFLICT for what is fixed since somebody has been in the meeting.
 */
export function changeDecision(
  change: MeetingChange,
  expectedVersion: number | undefined,
): MeetingDecision {
  return (meeting, held) => {
    if (expectedVersion !== undefined && meeting.version !== expectedVersion) {
      throw preconditionFailed();
    }
    if (meeting.endedAt !== null) {
      throw new ApiError(410, "MEETING_ENDED", "the meeting has ended");
    }
    const current = definitionOf(meeting);
    const next = mergeChange(current, change);
    assertSchedule(next);
    // Who is in the meeting trusts what it said about encryption when they came.
    if (held && next.settings.enableE2eEncryption !== current.settings.enableE2eEncryption) {
      throw conflict("end-to-end encryption is fixed: people have been in this meeting");
    }
    return isDeepStrictEqual(next, current) ? undefined : next;
  };
}

/** `definition` with `change` in it. */
export function mergeChange(
  definition: MeetingDefinition,
  { settings, ...fields }: MeetingChange,
): MeetingDefinition {
  return {
    ...definition,
    ...withoutUndefined(fields),
    settings: mergeSettings(definition.settings, settings),
  };
}

/** `settings` with `change` in them, its grants once each and in their order. */
export function mergeSettings(
  settings: MeetingSettings,
  change: Partial<MeetingSettings> | undefined,
): MeetingSettings {
  const merged = { ...settings, ...withoutUndefined(change ?? {}) };
  const { defaultGrants } = merged;
  return { ...merged, defaultGrants: DEFAULT_GRANTS.filter((one) => defaultGrants.includes(one)) };
}

/** @throws {ApiError} INVALID_REQUEST when a meeting cannot be held then. */
export function assertSchedule(
  { scheduledStart, scheduledEnd }: Pick<MeetingDefinition, "scheduledStart" | "scheduledEnd">,
): void {
  if (scheduledEnd === null) return;
  if (scheduledStart === null || scheduledEnd <= scheduledStart) {
    throw invalidRequest("scheduled_end has to come after scheduled_start");
  }
}

function definitionOf(meeting: MeetingDefinition): MeetingDefinition {
  const { displayName, description, maxParticipants, settings, locked } = meeting;
  const { passcodeHash, scheduledStart, scheduledEnd } = meeting;
  return {
    displayName,
    description,
    maxParticipants,
    settings,
    locked,
    passcodeHash,
    scheduledStart,
    scheduledEnd,
  };
}

function withoutUndefined<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Fields;
}
