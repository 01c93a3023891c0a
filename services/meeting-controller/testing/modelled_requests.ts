import { WIRE_ROLES } from "../participant/participant.ts";
import type { MeetingModel, ModelPerson, Outcome } from "./meeting_model.ts";
import { audioStream } from "./meeting_stage.ts";
import type { ModerationStep, OwnStep } from "./meeting_steps.ts";
import type { RequestInit } from "./signaling_client.ts";

/** Most streams that somebody publishes, and most polls, in a modelled meeting. */
const MAX_STREAMS = 4;
const MAX_POLLS = 10;

/** What a step is about. */
export interface StepContext {
  readonly model: MeetingModel;
  /** The last participant id of each of the people. */
  readonly ids: readonly string[];
  /** Monotonic, milliseconds. */
  readonly nowMs: number;
}

/** A request, and how it has to be answered. */
type Ask = readonly [request: RequestInit, expected: Outcome];

/** What somebody asks in that step, done in the model; undefined: there is nothing to ask. */
export function askOf(
  context: StepContext,
  person: ModelPerson,
  step: OwnStep | ModerationStep,
): Ask | undefined {
  switch (step.do) {
    case "publish":
    case "unpublish":
    case "update":
    case "hand":
    case "say":
    case "react":
    case "openPoll":
    case "vote":
    case "closePoll":
      return ownAsk(context, person, step);
    default:
      return moderationAsk(context, person, step);
  }
}

function ownAsk({ model, ids }: StepContext, person: ModelPerson, step: OwnStep): Ask | undefined {
  const own = "which" in step ? pick([...person.streams.keys()], step.which) : undefined;
  const pollId = "which" in step ? pick(Object.keys(model.polls), step.which) : undefined;
  switch (step.do) {
    case "publish": {
      if (person.streams.size >= MAX_STREAMS) return undefined;
      const stream = audioStream({ streamType: step.streamType });
      const expected = model.publish(person, stream.streamId, step.streamType);
      return [{ case: "publishStream", value: stream }, expected];
    }
    case "unpublish":
      if (own === undefined) return undefined;
      return [
        { case: "unpublishStream", value: { streamId: own } },
        model.unpublish(person, own),
      ];
    case "update":
      if (own === undefined) return undefined;
      return [
        { case: "updateStream", value: { streamId: own, muted: step.muted } },
        model.update(person, own, step.muted),
      ];
    case "hand":
      return [
        { case: "raiseHand", value: { raised: step.raised } },
        model.setHand(person, step.raised),
      ];
    case "say": {
      const recipientId = step.whom === undefined ? "" : ids[step.whom]!;
      if (recipientId === person.id) return undefined;
      const content = Uint8Array.of(1);
      return [
        { case: "sendMessage", value: { messageId: crypto.randomUUID(), recipientId, content } },
        model.say(person, recipientId),
      ];
    }
    case "react":
      return [{ case: "sendReaction", value: { content: Uint8Array.of(1) } }, model.react()];
    case "openPoll": {
      if (Object.keys(model.polls).length >= MAX_POLLS) return undefined;
      const value = { pollId: crypto.randomUUID(), content: Uint8Array.of(1) };
      return [{ case: "openPoll", value }, model.openPoll(person, value.pollId)];
    }
    case "vote": {
      if (pollId === undefined) return undefined;
      const value = { pollId, content: Uint8Array.of(step.option) };
      return [{ case: "castVote", value }, model.vote(person, pollId, step.option)];
    }
    case "closePoll":
      if (pollId === undefined) return undefined;
      return [{ case: "closePoll", value: { pollId } }, model.closePoll(person, pollId)];
  }
}

function moderationAsk(
  { model, ids, nowMs }: StepContext,
  person: ModelPerson,
  step: ModerationStep,
): Ask | undefined {
  const isAll = "whom" in step && step.whom === undefined;
  const target = "whom" in step ? ids[step.whom ?? person.who]! : "";
  switch (step.do) {
    case "mute": {
      const { streamType } = step;
      const participantIds = isAll ? [] : [target];
      return [
        { case: "muteParticipants", value: { participantIds, streamType } },
        isAll ? model.muteAll(person, streamType) : model.mute(person, target, streamType),
      ];
    }
    case "ask":
      return [
        { case: "askToUnmute", value: { participantId: target, streamType: step.streamType } },
        model.ask(person, target, nowMs),
      ];
    case "stopStream": {
      const all = model.here.flatMap(({ streams }) => [...streams.keys()]);
      const streamId = pick(all, step.which) ?? crypto.randomUUID();
      return [{ case: "stopStream", value: { streamId } }, model.stopStream(person, streamId)];
    }
    case "lowerHand":
      return [
        { case: "lowerHand", value: { participantId: isAll ? "" : target } },
        isAll ? model.lowerAllHands(person) : model.lowerHand(person, target),
      ];
    case "remove": {
      const value = { participantId: target, ban: step.ban };
      return [{ case: "removeParticipant", value }, model.remove(person, target, step.ban)];
    }
    case "changeRole": {
      const value = { participantId: target, role: WIRE_ROLES[step.role] };
      return [{ case: "changeRole", value }, model.changeRole(person, target, step.role)];
    }
    case "changeMeeting": {
      const { locked, lobbyEnabled } = step;
      if (locked === undefined && lobbyEnabled === undefined) return undefined;
      return [
        { case: "changeMeeting", value: { locked, lobbyEnabled } },
        model.changeMeeting(person, { locked, lobbyEnabled }),
      ];
    }
    case "decide":
      return [
        {
          case: "decideAdmission",
          value: { participantIds: isAll ? [] : [target], admit: step.admit },
        },
        model.decide(person, isAll ? undefined : target, step.admit),
      ];
    case "endMeeting":
      return [{ case: "endMeeting", value: {} }, model.end(person)];
  }
}

/** One of these, by number modulo how many there are. */
export function pick<One>(from: readonly One[], which: number): One | undefined {
  return from[which % Math.max(1, from.length)];
}
