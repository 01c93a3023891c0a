import { create } from "@bufbuild/protobuf";
import {
  type ParticipantRecord,
  ParticipantRecordSchema,
} from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import {
  ConnectionState,
  Role as WireRole,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readGrants } from "../participant/grant.ts";
import { LOST_CONNECTION, Participant, type Role, WIRE_ROLES } from "../participant/participant.ts";
import { ResumeSecrets } from "../participant/resume_secret.ts";
import type { StoredSubscriptions } from "../subscription/subscriptions.ts";

const ROLES: Readonly<Record<WireRole, Role>> = {
  [WireRole.HOST]: "host",
  [WireRole.CO_HOST]: "co_host",
  [WireRole.PARTICIPANT]: "participant",
};

/** All that another owner needs to go on with the participant's session. */
export function participantRecord(
  participant: Participant,
  subscriptions: StoredSubscriptions,
): ParticipantRecord {
  const { identity, secrets } = participant;
  return create(ParticipantRecordSchema, {
    participantId: participant.id,
    name: participant.name,
    role: WIRE_ROLES[participant.role],
    grants: [...identity.grants],
    userId: identity.userId,
    userReference: identity.userReference,
    tokenId: identity.tokenId,
    guestId: identity.guestId,
    network: identity.network,
    joinedAt: BigInt(participant.joinedAt),
    encryptionKeys: participant.encryptionKeys,
    identityKey: participant.identityKey,
    secretHash: secrets.newestHash,
    previousSecretHash: secrets.previousHash,
    streams: [...participant.streams.values()],
    handRaised: participant.handRaised,
    subscribeToAll: subscriptions.subscribeToAll,
    subscriptions: [...subscriptions.subscriptions],
    away: participant.isAway,
    lostAt: BigInt(participant.lostAt),
    joinedAfterMessage: participant.joinedAfterMessage,
  });
}

/** The participant of a record, whose signaling session is lost: nobody has resumed it here yet. */
export function restoredParticipant(record: ParticipantRecord): Participant {
  const participant = new Participant(
    {
      participantId: record.participantId,
      role: ROLES[record.role] ?? "participant",
      grants: readGrants(record.grants) ?? new Set(),
      name: record.name,
      userId: record.userId,
      userReference: record.userReference,
      tokenId: record.tokenId,
      guestId: record.guestId,
      network: record.network,
      mustKnock: false,
    },
    record.name,
    Number(record.joinedAt),
    record.encryptionKeys,
    LOST_CONNECTION,
  );
  participant.identityKey = new Uint8Array(record.identityKey);
  participant.secrets = new ResumeSecrets(record.secretHash, record.previousSecretHash);
  participant.handRaised = record.handRaised;
  participant.isAway = record.away;
  participant.lostAt = Number(record.lostAt);
  participant.joinedAfterMessage = record.joinedAfterMessage;
  participant.connectionState = ConnectionState.RECONNECTING;
  for (const stream of record.streams) participant.streams.set(stream.streamId, stream);
  return participant;
}
