import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Acknowledgement,
  JoinRequestSchema,
  JoinResponse,
  KeyDeliverySchema,
  LeaveRequestSchema,
  PingSchema,
  Pong,
  PrepareRequestSchema,
  PrepareResponse,
  PublishStreamSchema,
  ServerEnvelope,
  StreamPublished,
  StreamQualityUpdateSchema,
  SubscribeStreamSchema,
  UnpublishStreamSchema,
  UnsubscribeStreamSchema,
  UpdateEncryptionKeysSchema,
  UpdateStreamSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";

/** What a client may ask, and what each request carries. */
export interface Requests {
  prepareRequest: MessageInitShape<typeof PrepareRequestSchema>;
  joinRequest: MessageInitShape<typeof JoinRequestSchema>;
  publishStream: MessageInitShape<typeof PublishStreamSchema>;
  unpublishStream: MessageInitShape<typeof UnpublishStreamSchema>;
  updateStream: MessageInitShape<typeof UpdateStreamSchema>;
  subscribeStream: MessageInitShape<typeof SubscribeStreamSchema>;
  unsubscribeStream: MessageInitShape<typeof UnsubscribeStreamSchema>;
  streamQualityUpdate: MessageInitShape<typeof StreamQualityUpdateSchema>;
  keyDelivery: MessageInitShape<typeof KeyDeliverySchema>;
  leaveRequest: MessageInitShape<typeof LeaveRequestSchema>;
  updateEncryptionKeys: MessageInitShape<typeof UpdateEncryptionKeysSchema>;
  ping: MessageInitShape<typeof PingSchema>;
}

/** Name of a request. */
export type RequestCase = keyof Requests;

/** What the controller answers to each request, when it does not refuse it. */
export interface Answers {
  prepareRequest: PrepareResponse;
  joinRequest: JoinResponse;
  publishStream: StreamPublished;
  unpublishStream: Acknowledgement;
  updateStream: Acknowledgement;
  subscribeStream: Acknowledgement;
  unsubscribeStream: Acknowledgement;
  streamQualityUpdate: Acknowledgement;
  keyDelivery: Acknowledgement;
  leaveRequest: Acknowledgement;
  updateEncryptionKeys: Acknowledgement;
  ping: Pong;
}

/** The message that answers each request. */
export const ANSWER_CASES = {
  prepareRequest: "prepareResponse",
  joinRequest: "joinResponse",
  publishStream: "streamPublished",
  unpublishStream: "acknowledgement",
  updateStream: "acknowledgement",
  subscribeStream: "acknowledgement",
  unsubscribeStream: "acknowledgement",
  streamQualityUpdate: "acknowledgement",
  keyDelivery: "acknowledgement",
  leaveRequest: "acknowledgement",
  updateEncryptionKeys: "acknowledgement",
  ping: "pong",
} as const satisfies Record<RequestCase, ServerEnvelope["message"]["case"]>;

/** Something the controller says without being asked. */
export type SignalingEvent = Extract<
  ServerEnvelope["message"],
  {
    case:
      | "participantJoined"
      | "participantLeft"
      | "streamPublished"
      | "streamUnpublished"
      | "streamUpdated"
      | "streamQualityUpdate"
      | "keysDelivered"
      | "encryptionKeysUpdated"
      | "mediaServerChanged"
      | "error";
  }
>;
