import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Acknowledgement,
  AskToUnmuteSchema,
  CastVoteSchema,
  ChangeMeetingSchema,
  ChangeRoleSchema,
  ClosePollSchema,
  DecideAdmissionSchema,
  EndMeetingSchema,
  JoinRequestSchema,
  JoinResponse,
  KeyDeliverySchema,
  LeaveRequestSchema,
  LobbyResponse,
  LowerHandSchema,
  MuteParticipantsSchema,
  OpenPollSchema,
  PingSchema,
  Pong,
  PrepareRequestSchema,
  PrepareResponse,
  PublishStreamSchema,
  RaiseHandSchema,
  RemoveParticipantSchema,
  ResumeRequestSchema,
  SendMessageSchema,
  SendReactionSchema,
  ServerEnvelope,
  StopStreamSchema,
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
  resumeRequest: MessageInitShape<typeof ResumeRequestSchema>;
  raiseHand: MessageInitShape<typeof RaiseHandSchema>;
  sendMessage: MessageInitShape<typeof SendMessageSchema>;
  sendReaction: MessageInitShape<typeof SendReactionSchema>;
  openPoll: MessageInitShape<typeof OpenPollSchema>;
  castVote: MessageInitShape<typeof CastVoteSchema>;
  closePoll: MessageInitShape<typeof ClosePollSchema>;
  muteParticipants: MessageInitShape<typeof MuteParticipantsSchema>;
  askToUnmute: MessageInitShape<typeof AskToUnmuteSchema>;
  stopStream: MessageInitShape<typeof StopStreamSchema>;
  lowerHand: MessageInitShape<typeof LowerHandSchema>;
  removeParticipant: MessageInitShape<typeof RemoveParticipantSchema>;
  changeRole: MessageInitShape<typeof ChangeRoleSchema>;
  changeMeeting: MessageInitShape<typeof ChangeMeetingSchema>;
  decideAdmission: MessageInitShape<typeof DecideAdmissionSchema>;
  endMeeting: MessageInitShape<typeof EndMeetingSchema>;
}

/** Name of a request. */
export type RequestCase = keyof Requests;

/** What the controller answers to each request, when it does not refuse it. */
export interface Answers {
  prepareRequest: PrepareResponse;
  joinRequest: JoinResponse | LobbyResponse;
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
  resumeRequest: JoinResponse;
  raiseHand: Acknowledgement;
  sendMessage: Acknowledgement;
  sendReaction: Acknowledgement;
  openPoll: Acknowledgement;
  castVote: Acknowledgement;
  closePoll: Acknowledgement;
  muteParticipants: Acknowledgement;
  askToUnmute: Acknowledgement;
  stopStream: Acknowledgement;
  lowerHand: Acknowledgement;
  removeParticipant: Acknowledgement;
  changeRole: Acknowledgement;
  changeMeeting: Acknowledgement;
  decideAdmission: Acknowledgement;
  endMeeting: Acknowledgement;
}

/** The messages that answer each request. */
export const ANSWER_CASES = {
  prepareRequest: ["prepareResponse"],
  joinRequest: ["joinResponse", "lobbyResponse"],
  publishStream: ["streamPublished"],
  unpublishStream: ["acknowledgement"],
  updateStream: ["acknowledgement"],
  subscribeStream: ["acknowledgement"],
  unsubscribeStream: ["acknowledgement"],
  streamQualityUpdate: ["acknowledgement"],
  keyDelivery: ["acknowledgement"],
  leaveRequest: ["acknowledgement"],
  updateEncryptionKeys: ["acknowledgement"],
  ping: ["pong"],
  resumeRequest: ["joinResponse"],
  raiseHand: ["acknowledgement"],
  sendMessage: ["acknowledgement"],
  sendReaction: ["acknowledgement"],
  openPoll: ["acknowledgement"],
  castVote: ["acknowledgement"],
  closePoll: ["acknowledgement"],
  muteParticipants: ["acknowledgement"],
  askToUnmute: ["acknowledgement"],
  stopStream: ["acknowledgement"],
  lowerHand: ["acknowledgement"],
  removeParticipant: ["acknowledgement"],
  changeRole: ["acknowledgement"],
  changeMeeting: ["acknowledgement"],
  decideAdmission: ["acknowledgement"],
  endMeeting: ["acknowledgement"],
} as const satisfies Record<RequestCase, readonly ServerEnvelope["message"]["case"][]>;

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
      | "admissionDecided"
      | "participantUpdated"
      | "meetingUpdated"
      | "lobbyUpdated"
      | "messageReceived"
      | "reactionReceived"
      | "pollUpdated"
      | "voteReceived"
      | "unmuteAsked"
      | "meetingMoved"
      | "resumeSecret"
      | "error";
  }
>;
