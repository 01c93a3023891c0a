import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MUTED_AFTER_MS } from "../speakers/active_speakers.ts";
import { makeFrame } from "../testing/frames.ts";
import { settle, type TestClient } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";

/** Speaks for a while, 20 ms a frame, at a level (−dBov). */
async function speak(
  meeting: TestMeeting,
  client: TestClient,
  streamId: string,
  durationMs: number,
  audioLevel = 35,
) {
  for (let sequence = 0; sequence < durationMs / 20; sequence++) {
    await client.sendAudio(makeFrame({ streamId, sequence, type: FrameType.audio, audioLevel }));
    await settle(2);
    meeting.clock.advance(20);
  }
  await settle();
}

Deno.test("everyone is told who speaks, who comes later too, and that it is over", async () => {
  await using meeting = new TestMeeting();
  const [speaker, listener] = await Promise.all([meeting.join(), meeting.join()]);
  const microphone = meeting.route(speaker.id, [listener.id], { type: StreamType.AUDIO });
  await speak(meeting, speaker, microphone, 400);
  for (const client of [speaker, listener]) deepStrictEqual(client.speakers, [speaker.id]);
  const late = await meeting.join();
  await late.until(() => late.speakers?.length === 1);
  meeting.clock.advance(MUTED_AFTER_MS + 200);
  await settle();
  for (const client of [speaker, listener, late]) deepStrictEqual(client.speakers, []);
});

Deno.test("the sound of a shared screen and of a quiet room is no speech", async () => {
  await using meeting = new TestMeeting();
  const speaker = await meeting.join();
  const film = meeting.route(speaker.id, [], { type: StreamType.AUDIO_SCREEN });
  const microphone = meeting.route(speaker.id, [], { type: StreamType.AUDIO });
  await speak(meeting, speaker, film, 400);
  await speak(meeting, speaker, microphone, 400, 80);
  strictEqual(speaker.speakers, undefined);
});

Deno.test("a stream that is unpublished leaves the list at once", async () => {
  await using meeting = new TestMeeting();
  const [speaker, listener] = await Promise.all([meeting.join(), meeting.join()]);
  const streamId = meeting.route(speaker.id, [], { type: StreamType.AUDIO });
  await speak(meeting, speaker, streamId, 400);
  const { router } = meeting.mediaHandler;
  router.route(meeting.meetingId, [{ change: "remove-route", streamId }]);
  await listener.until(() => listener.speakers?.length === 0);
});
