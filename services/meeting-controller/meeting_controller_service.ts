import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { MeetingControllerService } from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { isUuid } from "../../proto/media_frame/uuid.ts";
import type { MeetingController } from "./meeting_controller.ts";
import { readMeetingSettings } from "./meeting/meeting_settings.ts";
import type { MediaHandler } from "./placement/media_handlers.ts";

/** What the global controller may ask of a meeting controller (internal.proto). */
export function meetingControllerService(
  controller: MeetingController,
): ServiceImpl<typeof MeetingControllerService> {
  return {
    assignMeeting({ meetingId, config }) {
      requireMeetingId(meetingId);
      const assigned = controller.assign(meetingId, readMeetingSettings(config));
      if (assigned === undefined) {
        throw new ConnectError("too many meetings", Code.ResourceExhausted);
      }
      return {
        mediaHandler: assigned.mediaHandler && mediaHandlerInfo(assigned.mediaHandler),
      };
    },
    async endMeeting({ meetingId }) {
      requireMeetingId(meetingId);
      await controller.end(meetingId);
      return {};
    },
  };
}

function mediaHandlerInfo({ handlerId, endpoint, certificateHashes }: MediaHandler) {
  return { handlerId, endpoint, certificateHashes: [...certificateHashes] };
}

function requireMeetingId(meetingId: string): void {
  if (!isUuid(meetingId)) throw new ConnectError("meeting_id is no UUID", Code.InvalidArgument);
}
