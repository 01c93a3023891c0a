import type { StreamQualityUpdate } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
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

const ACKNOWLEDGEMENT: ServerMessage = { case: "acknowledgement", value: {} };

/**
 * Does what a participant asks of its meeting and returns the answer.
 *
 * @throws {Refusal}
 */
export function answerMeetingRequest(
  meeting: Meeting,
  participant: Participant,
  message: ClientMessage,
  call: MediaCallOptions,
): ServerMessage {
  switch (message.case) {
    case "publishStream":
      return meeting.streams.publish(participant, readPublication(message.value), call);
    case "unpublishStream":
      meeting.streams.unpublish(participant, readStreamId(message.value));
      return ACKNOWLEDGEMENT;
    case "updateStream":
      meeting.streams.setMuted(participant, readStreamId(message.value), message.value.muted);
      return ACKNOWLEDGEMENT;
    case "subscribeStream": {
      const choice = readSubscriptionOptions(message.value.options);
      meeting.streams.subscribe(participant, readStreamId(message.value), choice, call);
      return ACKNOWLEDGEMENT;
    }
    case "unsubscribeStream":
      meeting.streams.unsubscribe(participant, readStreamId(message.value));
      return ACKNOWLEDGEMENT;
    case "streamQualityUpdate":
      checkQuality(message.value);
      // Publishers hear of quality from the media handler, which measured it; a subscriber's word
      // alone must not turn down the picture of everyone else.
      meeting.streams.find(readStreamId(message.value));
      return ACKNOWLEDGEMENT;
    case "keyDelivery":
      meeting.deliverKeys(participant, readKeyDelivery(message.value));
      return ACKNOWLEDGEMENT;
    case "updateEncryptionKeys":
      if (message.value.encryptionKeys === undefined) throw invalid("encryption_keys are missing");
      meeting.updateEncryptionKeys(participant, readEncryptionKeys(message.value.encryptionKeys));
      return ACKNOWLEDGEMENT;
    case "prepareRequest":
    case "joinRequest":
      throw invalid("the session has joined already");
    default:
      throw invalid("not a request to a meeting");
  }
}

function readStreamId({ streamId }: { streamId: string }): string {
  return readUuidField("stream_id", streamId);
}

function checkQuality({ packetLoss }: StreamQualityUpdate): void {
  // NaN is in no range.
  if (!(packetLoss >= 0 && packetLoss <= 1)) throw invalid("packet_loss is not from 0 to 1");
}
