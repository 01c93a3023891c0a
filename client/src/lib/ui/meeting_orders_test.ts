import assert from "node:assert/strict";
import { MeetingActionError } from "../../../core/meeting/meeting_actions.ts";
import type { Announcement } from "./announcement.ts";
import type { MediaEngine } from "./media_engine.ts";
import { MeetingOrders } from "./meeting_orders.ts";

/** Only what an order calls is there. */
function meetingWith(engine: Partial<MediaEngine> | undefined) {
  const told: Announcement[] = [];
  const meeting = {
    inMeeting: true,
    engine: engine && Promise.resolve(engine as MediaEngine),
    announce: (announcement: Announcement) => void told.push(announcement),
  };
  return { meeting, told, orders: new MeetingOrders(meeting) };
}

Deno.test("an action that is done needs no word", async () => {
  const asked: unknown[] = [];
  const act = (...what: unknown[]) => Promise.resolve(void asked.push(what));
  const { orders, told } = meetingWith({ act });
  assert.equal(await orders.act("raiseHand", true), true);
  assert.deepEqual(asked, [["raiseHand", true]]);
  assert.deepEqual(told, []);
});

Deno.test("why an action was not done is told", async () => {
  const act = () => Promise.reject(new MeetingActionError("gone", "the poll was closed"));
  const { orders, told } = meetingWith({ act });
  assert.equal(await orders.act("vote", "poll", 0), false);
  assert.deepEqual(told, [{ what: "not-done", reason: "gone" }]);
});

Deno.test("who has left is not told what was not done", async () => {
  const { meeting, orders, told } = meetingWith({
    act: () => {
      meeting.inMeeting = false;
      return Promise.reject(new Error("closed"));
    },
  });
  assert.equal(await orders.act("react", "👏"), false);
  assert.deepEqual(told, []);
});

Deno.test("outside a meeting nothing is asked", async () => {
  const { meeting, orders } = meetingWith({ act: () => Promise.reject(new Error("asked")) });
  meeting.inMeeting = false;
  assert.equal(await orders.act("endForAll"), false);
  await orders.tell(() => Promise.reject(new Error("told")));
});

Deno.test("a device that does not do as told is named", async () => {
  const { orders, told } = meetingWith({});
  await orders.tell(() => Promise.reject(new Error("busy")));
  assert.deepEqual(told, [{ what: "device-failed" }]);
});

Deno.test("what the meeting did not take back is not blamed on a device", async () => {
  const { orders, told } = meetingWith({});
  await orders.tell(() => Promise.reject(new MeetingActionError("unavailable", "no answer")));
  assert.deepEqual(told, [{ what: "not-done", reason: "unavailable" }]);
});
