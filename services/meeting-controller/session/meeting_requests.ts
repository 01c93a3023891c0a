import type {
  StreamQualityUpdate,
  UpdateStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readUuidField } from "../meeting/identifiers.ts";
import type { Meeting } from "../meeting/meeting.ts";
import { invalid } from "../meeting/refusal.ts";
import type { ServerMessage } from "../meeting/server_message.ts";
import { readEncryptionKeys } from "../participant/encryption_keys.ts";
import { readKeyDelivery } from "../participant/key_delivery.ts";
import type { Participant } from "../participant/participant.ts";
import type { MediaCallOptions } from "../placement/media_handlers.ts";
import { readPublication } from "../publication/publication.ts";
import { readSubscriptionOptions } from "../subscription/subscriptions.ts";
import type { ClientMessage } from "./client_message.ts";
import { doModerationRequest } from "./moderation_requests.ts";
import { doTalkRequest } from "./talk_requests.ts";

const ACKNOWLEDGEMENT: ServerMessage = { case: "acknowledgement", value: {} };

/** What a meeting answers, and what follows. */
export interface MeetingAnswer {
  readonly message: ServerMessage;
  /**
   * To be called when the answer is on its way, or was refused because not all is stored: it may end
   * the session.
   */
  readonly afterwards?: () => Promise<void>;
}

/**
 * Whether a request is only handed on, and leaves the meeting as it is: so it needs no owner who is
 * sure of the meeting. Without keys nobody could read those who come while PostgreSQL is away.
 */
export function isHandedOn({ case: kind }: ClientMessage): boolean {
  return kind === "keyDelivery" || kind === "sendReaction" || kind === "streamQualityUpdate";
}

/**
 * Does what a participant asks of its meeting and returns the answer, which may go out when all
 * that it changed is stored.
 *
 * @throws {Refusal}
 */
export async function answerMeetingRequest(
  meeting: Meeting,
  participant: Participant,
  request: ClientMessage,
  call: MediaCallOptions,
): Promise<MeetingAnswer> {
  switch (request.case) {
    case "publishStream":
      return {
        message: meeting.streams.publish(participant, readPublication(request.value), call),
      };
    case "endMeeting":
      await meeting.moderation.recordEnd(participant);
      return { message: ACKNOWLEDGEMENT, afterwards: () => meeting.end() };
    case "raiseHand":
    case "sendMessage":
    case "sendReaction":
    case "openPoll":
    case "castVote":
    case "closePoll":
      doTalkRequest(meeting, participant, request);
      return { message: ACKNOWLEDGEMENT };
    case "muteParticipants":
    case "askToUnmute":
    case "stopStream":
    case "lowerHand":
    case "removeParticipant":
    case "changeRole":
    case "changeMeeting":
    case "decideAdmission":
      await doModerationRequest(meeting, participant, request);
      return { message: ACKNOWLEDGEMENT };
    default:
      await doMediaRequest(meeting, participant, request, call);
      return { message: ACKNOWLEDGEMENT };
  }
}

/** Does what a participant asks about streams and keys. */
async function doMediaRequest(
  meeting: Meeting,
  participant: Participant,
  request: ClientMessage,
  call: MediaCallOptions,
): Promise<void> {
  const { streams } = meeting;
  switch (request.case) {
    case "unpublishStream":
      return streams.unpublish(participant, readStreamId(request.value));
    case "updateStream":
      return await updateStream(meeting, participant, request.value);
    case "subscribeStream": {
      const choice = readSubscriptionOptions(request.value.options);
      return streams.subscribe(participant, readStreamId(request.value), choice, call);
    }
    case "unsubscribeStream":
      return streams.unsubscribe(participant, readStreamId(request.value));
    case "streamQualityUpdate":
      checkQuality(request.value);
      // Publishers hear of quality from the media handler, which measured it; a subscriber's word
      // alone must not turn down the picture of everyone else.
      streams.find(readStreamId(request.value));
      return;
    case "keyDelivery":
      return meeting.deliverKeys(participant, readKeyDelivery(request.value));
    case "updateEncryptionKeys": {
      const { encryptionKeys } = request.value;
      if (encryptionKeys === undefined) throw invalid("encryption_keys are missing");
      return meeting.updateEncryptionKeys(participant, readEncryptionKeys(encryptionKeys));
    }
    case "prepareRequest":
    case "joinRequest":
    case "resumeRequest":
      throw invalid("the session has joined already");
    default:
      throw invalid("not a request to a meeting");
  }
}

async function updateStream(
  { streams }: Meeting,
  participant: Participant,
  update: UpdateStream,
): Promise<void> {
  const streamId = readStreamId(update);
  const wasSilenced = streams.find(streamId).stream.mutedByModerator;
  streams.setMuted(participant, streamId, update.muted);
  // Who lifts a moderator's mute is heard from the first word after the answer.
  if (wasSilenced && !update.muted) await streams.told();
}

function readStreamId({ streamId }: { streamId: string }): string {
  return readUuidField("stream_id", streamId);
}

function checkQuality({ packetLoss }: StreamQualityUpdate): void {
  // NaN is in no range.
  if (!(packetLoss >= 0 && packetLoss <= 1)) throw invalid("packet_loss is not from 0 to 1");
}
