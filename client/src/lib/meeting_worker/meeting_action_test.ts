import assert from "node:assert/strict";
import {
  MeetingActionError,
  type MeetingActions,
  type MeetingNotices,
} from "../../../core/meeting/meeting_actions.ts";
import { type MeetingNotice, noticesTo, perform, tell } from "./meeting_action.ts";

/** Only what a test calls is there. */
const meetingWith = (actions: Partial<MeetingActions>) => actions as MeetingActions;

Deno.test("an action reaches the meeting with its arguments and its meeting", async () => {
  const sent: unknown[] = [];
  const meeting = meetingWith({
    sendMessage(this: unknown, ...args) {
      sent.push(this === meeting, ...args);
      return Promise.resolve();
    },
  });
  await perform(meeting, { name: "sendMessage", args: ["hello", "bob"] });
  assert.deepEqual(sent, [true, "hello", "bob"]);
});

Deno.test("an action fails with the meeting's own error", async () => {
  const error = new MeetingActionError("gone", "the poll was closed");
  const meeting = meetingWith({ vote: () => Promise.reject(error) });
  await assert.rejects(perform(meeting, { name: "vote", args: ["poll", 0] }), error);
});

Deno.test("every notice of a meeting reaches the page's listener", () => {
  const heard: unknown[] = [];
  const listener: MeetingNotices = {
    onReaction: (reaction) => heard.push(reaction),
    onUnmuteAsked: (asked) => heard.push(asked),
    onStreamStopped: (streamId) => heard.push(streamId),
  };
  const notices = noticesTo((notice) => tell(listener, notice));
  const reaction = { participantId: "bob", emoji: "👏" };
  const asked = { participantId: "bob", type: "audio" } as const;
  notices.onReaction(reaction);
  notices.onUnmuteAsked(asked);
  notices.onStreamStopped("screen");
  assert.deepEqual(heard, [reaction, asked, "screen"]);
});

Deno.test("a notice that nobody listens to is no error", () => {
  const notice: MeetingNotice = { name: "onStreamStopped", told: "screen" };
  assert.doesNotThrow(() => tell({}, notice));
});
