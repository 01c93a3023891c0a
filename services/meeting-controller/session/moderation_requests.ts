import {
  ErrorCode,
  type MuteParticipants,
  Role as WireRole,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Lobby } from "../lobby/lobby.ts";
import { readUuidField } from "../meeting/identifiers.ts";
import { MAX_PARTICIPANTS_LIMIT } from "../meeting/meeting_settings.ts";
import { invalid, Refusal } from "../meeting/refusal.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { MutableStreamType } from "../moderation/stream_moderation.ts";
import type { Participant, Role } from "../participant/participant.ts";
import type { ClientMessage } from "./client_message.ts";

/** What hosts and co-hosts act on; `Meeting` fits. */
export interface ModeratedMeeting {
  readonly moderation: Moderation;
  readonly lobby: Lobby;
}

/** A request of a moderator, but for the end of the meeting. */
export type ModerationRequest = Extract<ClientMessage, {
  case:
    | "muteParticipants"
    | "askToUnmute"
    | "stopStream"
    | "lowerHand"
    | "removeParticipant"
    | "changeRole"
    | "changeMeeting"
    | "decideAdmission";
}>;

/**
 * Does what a moderator asks; an acknowledgement answers it.
 *
 * @throws {Refusal}
 */
export async function doModerationRequest(
  { moderation, lobby }: ModeratedMeeting,
  actor: Participant,
  request: ModerationRequest,
): Promise<void> {
  switch (request.case) {
    case "muteParticipants":
      return await mute(moderation, actor, request.value);
    case "askToUnmute": {
      const type = readMutableType(request.value.streamType);
      return moderation.streams.askToUnmute(actor, readParticipantId(request.value), type);
    }
    case "stopStream": {
      const streamId = readUuidField("stream_id", request.value.streamId);
      return await moderation.streams.stop(actor, streamId);
    }
    case "lowerHand":
      if (request.value.participantId === "") return await moderation.lowerAllHands(actor);
      return await moderation.lowerHand(actor, readParticipantId(request.value));
    case "removeParticipant":
      return await moderation.removal.remove(actor, readParticipantId(request.value), {
        ban: request.value.ban,
      });
    case "changeRole": {
      const role = readRole(request.value.role);
      return await moderation.roles.change(actor, readParticipantId(request.value), role);
    }
    case "changeMeeting":
      return await moderation.changeMeeting(actor, request.value);
    case "decideAdmission":
      return await lobby.decide(actor, request.value.participantIds, request.value.admit);
  }
}

async function mute(
  { streams }: Moderation,
  actor: Participant,
  { participantIds, streamType }: MuteParticipants,
): Promise<void> {
  const type = readMutableType(streamType);
  if (participantIds.length === 0) return await streams.muteAll(actor, type);
  if (participantIds.length > MAX_PARTICIPANTS_LIMIT) {
    const reason = `more than ${MAX_PARTICIPANTS_LIMIT} participant_ids`;
    throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, reason);
  }
  const ids = new Set(participantIds.map((id) => readUuidField("participant_ids", id)));
  await streams.mute(actor, [...ids], type);
}

function readParticipantId({ participantId }: { participantId: string }): string {
  return readUuidField("participant_id", participantId);
}

/** @throws {Refusal} INVALID_REQUEST. */
function readMutableType(streamType: StreamType): MutableStreamType {
  if (streamType === StreamType.AUDIO || streamType === StreamType.VIDEO_CAMERA) return streamType;
  throw invalid("stream_type is neither AUDIO nor VIDEO_CAMERA");
}

/** @throws {Refusal} INVALID_REQUEST. */
function readRole(role: WireRole): Role {
  switch (role) {
    case WireRole.HOST:
      return "host";
    case WireRole.CO_HOST:
      return "co_host";
    case WireRole.PARTICIPANT:
      return "participant";
    default:
      throw invalid("role is unknown");
  }
}
