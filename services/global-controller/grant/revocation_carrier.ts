import type { MeetingControllerClient } from "../region/meeting_controller_client.ts";
import type { JoinTokenStore } from "./join_token_store.ts";

/** Revocations that one assignment carries at most: what a meeting controller remembers. */
export const MAX_CARRIED_REVOCATIONS = 10_000;

/**
 * Meeting controllers who are told with each assignment which join tokens of the meeting are
 * revoked: whichever gets the meeting refuses them, also one that had forgotten it.
 */
export function carryRevocations(
  controllers: MeetingControllerClient,
  tokens: Pick<JoinTokenStore, "liveRevocations">,
): MeetingControllerClient {
  return {
    reach: (rpcEndpoint) => controllers.reach(rpcEndpoint),
    async assignMeeting(rpcEndpoint, meeting, known) {
      const revoked = known ??
        await tokens.liveRevocations(meeting.meetingId, MAX_CARRIED_REVOCATIONS);
      return await controllers.assignMeeting(rpcEndpoint, meeting, revoked);
    },
    endMeeting: (rpcEndpoint, meetingId) => controllers.endMeeting(rpcEndpoint, meetingId),
    ejectParticipant: (rpcEndpoint, meetingId, participantId, reason) =>
      controllers.ejectParticipant(rpcEndpoint, meetingId, participantId, reason),
    revokeJoinTokens: (rpcEndpoint, meetingId, tokenIds) =>
      controllers.revokeJoinTokens(rpcEndpoint, meetingId, tokenIds),
  };
}
