import { Role } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Person, RegionStage } from "./region_stage.ts";

/** What one sees of the meeting, as it is to be told again after a takeover. */
export function seenBy({ joined }: Person) {
  const describe = (who: typeof joined.self) => ({
    id: who?.participantId,
    name: who?.name,
    role: who?.role,
    joinedAt: who?.joinedAt,
    handRaised: who?.handRaised,
    keyId: who?.encryptionKeys?.keyId,
    streams: who?.streams.map(({ streamId, muted, mutedByModerator }) => ({
      streamId,
      muted,
      mutedByModerator,
    })),
  });
  const others = joined.existingParticipants.map(describe);
  others.sort((a, b) => a.id! < b.id! ? -1 : 1);
  return {
    self: describe(joined.self),
    others,
    mediaServer: joined.mediaServer,
    meeting: joined.meeting,
    lastMessageNumber: joined.lastMessageNumber,
    encrypted: joined.e2eEncryption,
    title: joined.displayName,
  };
}

/** A host, a co-host and a participant who have done what there is to do, and came back once. */
export async function livelyMeeting(stage: RegionStage) {
  const [first] = stage.nodes;
  const host = await stage.join(first!, "Hedy", { role: "host" });
  const ben = await stage.join(first!, "Ben");
  const cleo = await stage.join(first!, "Cleo");
  await host.client.request(
    { case: "changeRole", value: { participantId: ben.id, role: Role.CO_HOST } },
    "acknowledgement",
  );
  await cleo.client.request({ case: "raiseHand", value: { raised: true } }, "acknowledgement");
  await host.client.request(
    { case: "muteParticipants", value: { participantIds: [cleo.id] } },
    "acknowledgement",
  );
  for (const text of ["one", "two"]) {
    await ben.client.request({
      case: "sendMessage",
      value: { messageId: crypto.randomUUID(), content: new TextEncoder().encode(text) },
    }, "acknowledgement");
  }
  await host.client.request(
    { case: "changeMeeting", value: { locked: true } },
    "acknowledgement",
  );
  const people = [host, ben, cleo];
  for (const person of people) await person.resumeAt(first!);
  await stage.pass(100);
  return { host, ben, cleo, people };
}
