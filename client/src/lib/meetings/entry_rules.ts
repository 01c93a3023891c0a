import type { Schemas } from "../../../api_client/api_client.ts";

/** What participants may be allowed to send. */
export const GRANTS = ["camera", "microphone", "screen", "chat"] as const;
export type ParticipantGrant = typeof GRANTS[number];

/** Shortest passcode, Unicode code points; as the API has it. */
const MIN_PASSCODE_LENGTH = 4;
export const MAX_PASSCODE_LENGTH = 64;
const MAX_PARTICIPANTS = 10_000;

/** Who gets into a meeting and with what, as a form holds it. */
export interface EntryRules {
  /** Empty: none, or the one that is there. */
  passcode: string;
  hasPasscode: boolean;
  removePasscode: boolean;
  lobby: boolean;
  requireSignIn: boolean;
  encryption: boolean;
  /** Empty: as many as may be. */
  maxParticipants: string;
  grants: Record<ParticipantGrant, boolean>;
}

/** The rules of a new meeting. */
export function openRules(): EntryRules {
  return {
    passcode: "",
    hasPasscode: false,
    removePasscode: false,
    lobby: false,
    requireSignIn: false,
    encryption: true,
    maxParticipants: "",
    grants: { camera: true, microphone: true, screen: true, chat: true },
  };
}

/** The rules of a meeting or room as the API tells them. */
export function readRules(
  { settings, hasPasscode, maxParticipants }: {
    readonly settings: Schemas["Meeting"]["settings"];
    readonly hasPasscode: boolean;
    readonly maxParticipants: number;
  },
): EntryRules {
  const may = (grant: ParticipantGrant) => settings.default_grants?.includes(grant) ?? true;
  return {
    passcode: "",
    hasPasscode,
    removePasscode: false,
    lobby: settings.lobby_enabled ?? false,
    requireSignIn: settings.require_auth,
    encryption: settings.enable_e2e_encryption,
    maxParticipants: String(maxParticipants),
    grants: {
      camera: may("camera"),
      microphone: may("microphone"),
      screen: may("screen"),
      chat: may("chat"),
    },
  };
}

/** The rules as the API takes them; a passcode that stays is not named. */
export function writeRules(rules: EntryRules): {
  settings: NonNullable<Schemas["CreateMeetingRequest"]["settings"]>;
  max_participants?: number;
  passcode?: string | null;
} {
  return {
    settings: {
      enable_e2e_encryption: rules.encryption,
      require_auth: rules.requireSignIn,
      lobby_enabled: rules.lobby,
      default_grants: GRANTS.filter((grant) => rules.grants[grant]),
    },
    ...(rules.maxParticipants.trim() === ""
      ? {}
      : { max_participants: Number(rules.maxParticipants) }),
    ...passcodeChange(rules),
  };
}

/** What is wrong with the rules, by field; undefined: nothing. */
export function ruleProblems(
  { passcode, maxParticipants }: EntryRules,
  words: { readonly passcodeShort: string; readonly participantsInvalid: string },
): Record<"passcode" | "max_participants", string | undefined> {
  const count = Number(maxParticipants);
  const isCount = Number.isInteger(count) && count >= 1 && count <= MAX_PARTICIPANTS;
  const isShort = passcode !== "" && [...passcode].length < MIN_PASSCODE_LENGTH;
  return {
    passcode: isShort ? words.passcodeShort : undefined,
    max_participants: maxParticipants.trim() === "" || isCount
      ? undefined
      : words.participantsInvalid,
  };
}

function passcodeChange(
  { passcode, hasPasscode, removePasscode }: EntryRules,
): { passcode?: string | null } {
  if (hasPasscode && removePasscode) return { passcode: null };
  return passcode === "" ? {} : { passcode };
}
