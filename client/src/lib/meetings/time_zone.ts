import type { AccountStatus } from "../account/account_session.svelte.ts";

/** The zone in which a person's times are: the one of the profile, else the browser's. IANA. */
export function timeZoneOf(status: AccountStatus): string {
  const chosen = status.kind === "signed-in" ? status.user.time_zone : "";
  return chosen || Intl.DateTimeFormat().resolvedOptions().timeZone;
}
