import { toBinary } from "@bufbuild/protobuf";
import {
  type EncryptionKeys,
  type MediaServerInfo,
  type Participant as ParticipantMessage,
  ParticipantSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MeetingSettings } from "./meeting_settings.ts";
import type { ServerMessage } from "./server_message.ts";

/** Room for existing participants in one join_response; the rest of 64 KiB is for everything else. */
export const EXISTING_PARTICIPANTS_LIMIT_BYTES = 56 * 1024;
const FIELD_OVERHEAD_BYTES = 4;

/**
 * The answer to a join, and the events to send right after it: a message has a bound, so in a
 * large meeting those whom it has no room for are announced as if they had just joined.
 */
export function joinAnswer(joiner: {
  participantId: string;
  existing: readonly ParticipantMessage[];
  mediaServer: MediaServerInfo;
  encryptionKeys: EncryptionKeys | undefined;
  settings: MeetingSettings;
}): { answer: ServerMessage; further: readonly ServerMessage[] } {
  let bytes = 0;
  let fitting = 0;
  for (const participant of joiner.existing) {
    bytes += toBinary(ParticipantSchema, participant).length + FIELD_OVERHEAD_BYTES;
    if (bytes > EXISTING_PARTICIPANTS_LIMIT_BYTES) break;
    fitting++;
  }
  return {
    answer: {
      case: "joinResponse",
      value: {
        participantId: joiner.participantId,
        existingParticipants: joiner.existing.slice(0, fitting),
        mediaServer: joiner.mediaServer,
        encryptionKeys: joiner.encryptionKeys,
        e2eEncryption: joiner.settings.e2eEncryption,
        displayName: joiner.settings.displayName,
        maxParticipants: joiner.settings.maxParticipants,
      },
    },
    further: joiner.existing.slice(fitting).map((participant) => ({
      case: "participantJoined",
      value: { participant },
    })),
  };
}
