import type { JoinCredentials } from "../../../core/meeting/grant.ts";
import type { LocalDevices } from "./local_devices.svelte.ts";
import type { CreateEngine } from "./media_engine.ts";
import type { MeetingEndpoints } from "./meeting_api.ts";

/** What a session is made of. */
export interface MeetingSessionParts {
  readonly code: string;
  readonly endpoints?: MeetingEndpoints;
  readonly devices: LocalDevices;
  readonly createEngine: CreateEngine;
  /** The access token of whoever is signed in; undefined for a guest. */
  readonly accessToken?: () => Promise<string | undefined>;
  /** The secret of the guest link that led here. */
  readonly guestSecret?: string;
}

/** What lets this person in. @param passcode empty when none was given. */
export async function credentialsOf(
  { accessToken, guestSecret }: Pick<MeetingSessionParts, "accessToken" | "guestSecret">,
  passcode: string,
): Promise<JoinCredentials> {
  return {
    accessToken: await accessToken?.(),
    ...(passcode === "" ? {} : { passcode }),
    ...(guestSecret ? { guestSecret } : {}),
  };
}
