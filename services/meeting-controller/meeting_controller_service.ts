import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { MeetingControllerService } from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { ErrorCode } from "../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { isUuid } from "../../proto/media_frame/uuid.ts";
import type { MeetingController } from "./meeting_controller.ts";
import { Refusal } from "./meeting/refusal.ts";
import { readMeetingSettings } from "./meeting/meeting_settings.ts";
import type { MediaHandler } from "./placement/media_handlers.ts";
import { MAX_REVOCATIONS } from "./token/revocations.ts";

/** Longest reason that an ejected participant is told, UTF-16 units (a close reason: 1,024 bytes). */
const MAX_REASON_LENGTH = 200;

/** What the global controller may ask of a meeting controller (internal.proto). */
export function meetingControllerService(
  controller: MeetingController,
): ServiceImpl<typeof MeetingControllerService> {
  return {
    async assignMeeting({ meetingId, config, revokedTokenIds }) {
      requireId("meeting_id", meetingId);
      requireFew(revokedTokenIds);
      const assigned = controller.assign(meetingId, readMeetingSettings(config));
      if (assigned === undefined) {
        throw new ConnectError("too many meetings", Code.ResourceExhausted);
      }
      await refusing(() => controller.revokeTokens(meetingId, revokedTokenIds));
      return {
        mediaHandler: assigned.mediaHandler && mediaHandlerInfo(assigned.mediaHandler),
      };
    },
    async endMeeting({ meetingId }) {
      requireId("meeting_id", meetingId);
      await controller.end(meetingId);
      return {};
    },
    async ejectParticipant({ meetingId, participantId, reason }) {
      requireId("meeting_id", meetingId);
      requireId("participant_id", participantId);
      const told = reason.slice(0, MAX_REASON_LENGTH);
      await refusing(() => controller.eject(meetingId, participantId, told));
      return {};
    },
    async revokeJoinTokens({ meetingId, tokenIds }) {
      requireId("meeting_id", meetingId);
      requireFew(tokenIds);
      await refusing(() => controller.revokeTokens(meetingId, tokenIds));
      return {};
    },
  };
}

/** Does what `act` does, and tells as RPC does that there is no room, or that it is not sure. */
async function refusing(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const isFull = error.code === ErrorCode.CAPACITY_EXCEEDED;
    throw new ConnectError(error.message, isFull ? Code.ResourceExhausted : Code.Unavailable);
  }
}

function mediaHandlerInfo({ handlerId, endpoint, certificateHashes }: MediaHandler) {
  return { handlerId, endpoint, certificateHashes: [...certificateHashes] };
}

function requireId(field: string, id: string): void {
  if (!isUuid(id)) throw new ConnectError(`${field} is no UUID`, Code.InvalidArgument);
}

function requireFew(tokenIds: readonly string[]): void {
  if (tokenIds.length <= MAX_REVOCATIONS) return;
  throw new ConnectError("too many tokens", Code.InvalidArgument);
}
