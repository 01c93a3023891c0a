import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../proto/testing/property_runs.ts";
import { StreamType } from "../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { type Role, WIRE_ROLES } from "./participant/participant.ts";
import { audioStream, MeetingStage } from "./testing/meeting_stage.ts";
import { ObservedMeeting } from "./testing/observed_meeting.ts";
import type { RequestInit, SignalingClient, ValueOf } from "./testing/signaling_client.ts";

/** Roles of those who act at the same time. */
const CROWD: readonly Role[] = ["host", "host", "co_host", "participant", "participant"];

/** What one of them asks; numbers name people, each of whom has one microphone. */
type Wish =
  | { readonly ask: "hand" | "update"; readonly on: boolean }
  | { readonly ask: "mute" | "stop" | "lower" | "remove" | "say"; readonly whom: number }
  | { readonly ask: "role"; readonly whom: number; readonly role: Role }
  | { readonly ask: "change"; readonly locked: boolean; readonly lobbyEnabled: boolean };

const whom = fc.nat({ max: CROWD.length - 1 });
const wish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({ ask: fc.constantFrom("hand" as const, "update" as const), on: fc.boolean() }),
  fc.record({
    ask: fc.constantFrom("mute" as const, "lower" as const, "say" as const),
    whom,
  }),
  fc.record({ ask: fc.constantFrom("stop" as const, "remove" as const), whom }),
  fc.record({
    ask: fc.constant("role" as const),
    whom,
    role: fc.constantFrom<Role>("host", "co_host", "participant"),
  }),
  fc.record({
    ask: fc.constant("change" as const),
    locked: fc.boolean(),
    lobbyEnabled: fc.boolean(),
  }),
);

interface Member {
  readonly client: SignalingClient & { joined: ValueOf<"joinResponse"> };
  readonly id: string;
  readonly streamId: string;
}

async function gather(stage: MeetingStage): Promise<Member[]> {
  const members: Member[] = [];
  for (const role of CROWD) {
    const { streamId } = audioStream();
    const joinToken = await stage.token(undefined, { role });
    const streams = [audioStream({ streamId })];
    const client = await stage.join(role, { joinToken, streams });
    members.push({ client, id: client.participantId, streamId });
  }
  return members;
}

function requestOf(wish: Wish, own: Member, members: readonly Member[]): RequestInit {
  const subject = "whom" in wish ? members[wish.whom]! : own;
  const participantId = subject.id;
  switch (wish.ask) {
    case "hand":
      return { case: "raiseHand", value: { raised: wish.on } };
    case "update":
      return { case: "updateStream", value: { streamId: own.streamId, muted: wish.on } };
    case "mute": {
      const value = { participantIds: [participantId], streamType: StreamType.AUDIO };
      return { case: "muteParticipants", value };
    }
    case "stop":
      return { case: "stopStream", value: { streamId: subject.streamId } };
    case "lower":
      return { case: "lowerHand", value: { participantId } };
    case "remove":
      return { case: "removeParticipant", value: { participantId } };
    case "say":
      return {
        case: "sendMessage",
        value: { messageId: crypto.randomUUID(), content: Uint8Array.of(1) },
      };
    case "role":
      return { case: "changeRole", value: { participantId, role: WIRE_ROLES[wish.role] } };
    case "change": {
      const { locked, lobbyEnabled } = wish;
      return { case: "changeMeeting", value: { locked, lobbyEnabled } };
    }
  }
}

/** What the member sees of the meeting; own streams are known to their owner alone by answers. */
async function view({ client, id }: Member) {
  await client.settle();
  const observed = new ObservedMeeting(client.joined);
  for (const event of client.events) observed.take(event);
  const { people, hands, locked, lobbyEnabled, messageNumbers } = observed;
  const seen = Object.fromEntries(
    Object.entries(people).map(([other, { role, hasHandUp, streams }]) => [
      other,
      other === id ? { role, hasHandUp } : { role, hasHandUp, streams },
    ]),
  );
  return { people: seen, meeting: { hands, locked, lobbyEnabled, messageNumbers } };
}

/** Both see the same, as far as both know it. */
function assertSame(
  one: Awaited<ReturnType<typeof view>>,
  other: Awaited<ReturnType<typeof view>>,
): void {
  assert.deepEqual(one.meeting, other.meeting);
  assert.deepEqual(Object.keys(one.people).sort(), Object.keys(other.people).sort());
  for (const [id, seen] of Object.entries(one.people)) {
    assert.deepEqual({ ...other.people[id], ...seen }, { ...seen, ...other.people[id] });
  }
}

Deno.test("people who act at the same time see the same meeting in the end, with a host", async () => {
  const wishes = fc.array(fc.array(wish, { maxLength: 8 }), {
    minLength: CROWD.length,
    maxLength: CROWD.length,
  });
  await fc.assert(
    fc.asyncProperty(wishes, async (wishesOf) => {
      await using stage = await MeetingStage.open();
      const members = await gather(stage);
      await Promise.all(members.map(async (member, i) => {
        const { client } = member;
        for (const wish of wishesOf[i]!) {
          // Who is removed meanwhile is not answered.
          await Promise.race([client.ask(requestOf(wish, member, members)), client.closed]);
        }
      }));
      await stage.settle();
      const [handler] = stage.media.handlers;
      const here = members.filter(({ id }) => handler!.participants.has(id));
      const [first, ...further] = await Promise.all(here.map(view));
      for (const other of further) assertSame(other, first!);
      const roles = Object.values(first!.people).map(({ role }) => role);
      assert.ok(roles.includes(WIRE_ROLES.host));
    }),
    propertyRuns(15),
  );
});
