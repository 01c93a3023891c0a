import type { Schemas } from "../../../api_client/api_client.ts";
import { type EntryRules, openRules, readRules, ruleProblems, writeRules } from "./entry_rules.ts";
import { instantOf, localTimeOf } from "./zoned_time.ts";

/** A meeting as its form holds it. */
export interface MeetingFormValues {
  name: string;
  description: string;
  planned: boolean;
  /** Local times such as `2026-11-24T10:00`. */
  start: string;
  end: string;
  locked: boolean;
  rules: EntryRules;
}

/** What the form says of wrong values. */
export interface MeetingFormWords {
  readonly startMissing: string;
  readonly endBeforeStart: string;
  readonly passcodeShort: string;
  readonly participantsInvalid: string;
}

/** The form of a new meeting. */
export function newMeetingValues(): MeetingFormValues {
  return {
    name: "",
    description: "",
    planned: false,
    start: "",
    end: "",
    locked: false,
    rules: openRules(),
  };
}

/** The form of a meeting that is there. */
export function readMeetingValues(
  meeting: Schemas["Meeting"],
  timeZone: string,
): MeetingFormValues {
  const { scheduled_start: start, scheduled_end: end } = meeting;
  return {
    name: meeting.display_name,
    description: meeting.description ?? "",
    planned: start !== null,
    start: start === null ? "" : localTimeOf(start, timeZone),
    end: end === null ? "" : localTimeOf(end, timeZone),
    locked: meeting.locked ?? false,
    rules: readRules({
      settings: meeting.settings,
      hasPasscode: meeting.has_passcode ?? meeting.requires.passcode,
      maxParticipants: meeting.max_participants,
    }),
  };
}

/** The form as a request; `locked` is of meetings that are there. */
export function writeMeetingValues(
  values: MeetingFormValues,
  timeZone: string,
): Schemas["CreateMeetingRequest"] {
  const at = (localTime: string) => values.planned ? instantOf(localTime, timeZone) ?? null : null;
  return {
    display_name: values.name.trim(),
    description: values.description.trim(),
    scheduled_start: at(values.start),
    scheduled_end: at(values.end),
    ...writeRules(values.rules),
  };
}

/** What is wrong with the form, by field; undefined: nothing. */
export function meetingProblems(
  values: MeetingFormValues,
  timeZone: string,
  words: MeetingFormWords,
): Record<string, string | undefined> {
  const { scheduled_start: start, scheduled_end: end } = writeMeetingValues(values, timeZone);
  const isBackwards = start && end && Date.parse(end) <= Date.parse(start);
  return {
    scheduled_start: values.planned && !start ? words.startMissing : undefined,
    scheduled_end: isBackwards ? words.endBeforeStart : undefined,
    ...ruleProblems(values.rules, words),
  };
}
