import { actsForOrganisation, type IdentifiedCaller } from "../auth/caller.ts";
import type { MeetingSummary } from "./meeting.ts";

/** Whether the caller may change, end and host the meeting. */
export function administers(
  caller: IdentifiedCaller,
  { owner }: Pick<MeetingSummary, "owner">,
): boolean {
  if (owner.organisationId !== caller.organisationId) return false;
  return actsForOrganisation(caller) || owner.userId === ownerIdOf(caller);
}

/** The id under which the caller owns meetings. */
export function ownerIdOf(caller: IdentifiedCaller): string {
  switch (caller.kind) {
    case "user":
      return caller.userId;
    case "client":
      return caller.clientId;
    case "key":
      return caller.keyId;
  }
}
