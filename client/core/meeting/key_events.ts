import type { Participant } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Member } from "../crypto/key_schedule.ts";
import type { SignalingEvent } from "../signaling/requests.ts";
import type { MeetingKeys } from "./meeting_keys.ts";
import type { MeetingLog } from "./meeting_log.ts";

/** The participant as a member of the key schedule, which refuses a key that is missing. */
export function memberOf({ participantId, encryptionKeys }: Participant): Member {
  return { participantId, publicKey: encryptionKeys?.publicKey ?? new Uint8Array() };
}

/** Tells the keys what an event means for them, if it means anything. */
export function followEvent(keys: MeetingKeys, event: SignalingEvent, log: MeetingLog): void {
  switch (event.case) {
    case "participantJoined":
      if (event.value.participant === undefined) return;
      return keys.addMembers([memberOf(event.value.participant)], "joined");
    case "participantLeft":
      return keys.removeMember(event.value.participantId);
    case "encryptionKeysUpdated": {
      const { participantId, encryptionKeys } = event.value;
      if (encryptionKeys) keys.updateMemberKey(participantId, encryptionKeys.publicKey);
      return;
    }
    case "keysDelivered": {
      const { senderId, message } = event.value;
      keys.receive(senderId, message).catch((error) => {
        log.warn("key message refused", { senderId, error });
      });
      return;
    }
    default:
      // Means nothing for keys.
  }
}
