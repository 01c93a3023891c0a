import type { Schemas } from "../../../api_client/api_client.ts";
import { type EntryRules, openRules, readRules, ruleProblems, writeRules } from "./entry_rules.ts";

/** Longest name in a room's link, characters; as the API has it. */
export const MAX_SLUG_LENGTH = 63;

/** A room as its form holds it. */
export interface RoomFormValues {
  name: string;
  slug: string;
  description: string;
  guestsMayOpen: boolean;
  rules: EntryRules;
}

/** What the form says of wrong values. */
export interface RoomFormWords {
  readonly nameMissing: string;
  readonly slugInvalid: string;
  readonly passcodeShort: string;
  readonly participantsInvalid: string;
}

/** The form of a new room. */
export function newRoomValues(): RoomFormValues {
  return { name: "", slug: "", description: "", guestsMayOpen: false, rules: openRules() };
}

/** The form of a room that is there. */
export function readRoomValues(
  { display_name, slug, configuration }: Schemas["Room"],
): RoomFormValues {
  return {
    name: display_name,
    slug,
    description: configuration.description,
    guestsMayOpen: configuration.guests_may_open,
    rules: readRules({
      settings: configuration.settings,
      hasPasscode: configuration.has_passcode,
      maxParticipants: configuration.max_participants,
    }),
  };
}

/** The form as a request. */
export function writeRoomValues(values: RoomFormValues): Schemas["CreateRoomRequest"] {
  return {
    display_name: values.name.trim(),
    slug: values.slug.trim(),
    configuration: {
      description: values.description.trim(),
      guests_may_open: values.guestsMayOpen,
      ...writeRules(values.rules),
    },
  };
}

/** What is wrong with the form, by field; undefined: nothing. */
export function roomProblems(
  values: RoomFormValues,
  words: RoomFormWords,
): Record<string, string | undefined> {
  const isSlug = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(values.slug.trim());
  return {
    display_name: values.name.trim() === "" ? words.nameMissing : undefined,
    slug: isSlug ? undefined : words.slugInvalid,
    ...ruleProblems(values.rules, words),
  };
}

/** A name for the link, made of the room's name. */
export function slugOf(name: string): string {
  return name.normalize("NFKD").toLowerCase()
    .replaceAll(/\p{Mark}/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_SLUG_LENGTH)
    .replaceAll(/^-+|-+$/g, "");
}
