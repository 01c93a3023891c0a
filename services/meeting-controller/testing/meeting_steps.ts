import fc from "fast-check";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MutableStreamType } from "../moderation/stream_moderation.ts";
import type { Role } from "../participant/participant.ts";

/** How many people a modelled meeting has at most. */
export const MODEL_PEOPLE = 5;

/** Somebody of those who can, by number, does one of these. */
type Does<Deed extends string, More = unknown> = Deed extends string
  ? { readonly do: Deed; readonly who: number } & More
  : never;
/** One of what there is, by number modulo how many there are. */
type Which = { readonly which: number };
/** Somebody else, by number; undefined: everyone, or oneself where that makes no sense. */
type Whom = { readonly whom: number | undefined };

/** How somebody comes and goes. */
export type PresenceStep =
  | Does<"join" | "leave" | "lose">
  /** `forgetful`: claims to have no message yet. */
  | Does<"resume", { readonly forgetful: boolean }>;

/** Something that somebody in the meeting asks of it for oneself, or says. */
export type OwnStep =
  | Does<"publish", { readonly streamType: StreamType }>
  | Does<"unpublish", Which>
  | Does<"update", Which & { readonly muted: boolean }>
  | Does<"hand", { readonly raised: boolean }>
  | Does<"say", Whom>
  | Does<"react" | "openPoll">
  | Does<"vote", Which & { readonly option: number }>
  | Does<"closePoll", Which>;

/** Something that moderators do. */
export type ModerationStep =
  | Does<"mute" | "ask", Whom & { readonly streamType: MutableStreamType }>
  | Does<"stopStream", Which>
  | Does<"lowerHand", Whom>
  | Does<"remove", Whom & { readonly ban: boolean }>
  | Does<"changeRole", Whom & { readonly role: Role }>
  | Does<"decide", Whom & { readonly admit: boolean }>
  | Does<"endMeeting">
  | Does<"changeMeeting", {
    readonly locked: boolean | undefined;
    readonly lobbyEnabled: boolean | undefined;
  }>;

/** One thing that somebody does in a modelled meeting. */
export type MeetingStep = PresenceStep | OwnStep | ModerationStep;

const who = fc.nat({ max: MODEL_PEOPLE - 1 });
const which = fc.nat({ max: 15 });
const whom = fc.option(who, { nil: undefined, freq: 5 });
const mutableType = fc.constantFrom<MutableStreamType>(StreamType.AUDIO, StreamType.VIDEO_CAMERA);
const maybe = fc.option(fc.boolean(), { nil: undefined });
const does = <What extends string>(what: What) => fc.constant(what);

/** Any step; people join and speak more often than they are put out. */
const meetingStep: fc.Arbitrary<MeetingStep> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: does("join"), who }) },
  { weight: 2, arbitrary: fc.record({ do: does("leave"), who }) },
  { weight: 5, arbitrary: fc.record({ do: does("lose"), who }) },
  { weight: 7, arbitrary: fc.record({ do: does("resume"), who, forgetful: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: does("publish"),
      who,
      streamType: fc.constantFrom(
        StreamType.AUDIO,
        StreamType.VIDEO_CAMERA,
        StreamType.VIDEO_SCREEN,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: does("unpublish"), who, which }) },
  { weight: 5, arbitrary: fc.record({ do: does("update"), who, which, muted: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: does("hand"), who, raised: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ do: does("say"), who, whom }) },
  { weight: 1, arbitrary: fc.record({ do: does("react"), who }) },
  { weight: 2, arbitrary: fc.record({ do: does("openPoll"), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: does("vote"), who, which, option: fc.nat({ max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: does("closePoll"), who, which }) },
  { weight: 5, arbitrary: fc.record({ do: does("mute"), who, whom, streamType: mutableType }) },
  { weight: 2, arbitrary: fc.record({ do: does("ask"), who, whom, streamType: mutableType }) },
  { weight: 2, arbitrary: fc.record({ do: does("stopStream"), who, which }) },
  { weight: 2, arbitrary: fc.record({ do: does("lowerHand"), who, whom }) },
  { weight: 2, arbitrary: fc.record({ do: does("remove"), who, whom, ban: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: does("changeRole"),
      who,
      whom,
      role: fc.constantFrom<Role>("host", "co_host", "participant"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: does("changeMeeting"), who, locked: maybe, lobbyEnabled: maybe }),
  },
  { weight: 4, arbitrary: fc.record({ do: does("decide"), who, whom, admit: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: does("endMeeting"), who }) },
);

/** What people do in one meeting, in order; two or more are in it from the start. */
export function meetingHistory(maxLength: number): fc.Arbitrary<MeetingStep[]> {
  const steps = fc.array(meetingStep, { maxLength, size: "max" });
  return fc.tuple(fc.integer({ min: 2, max: MODEL_PEOPLE }), steps).map(([atFirst, then]) => [
    ...Array.from({ length: atFirst }, (_, who) => ({ do: "join" as const, who })),
    ...then,
  ]);
}
