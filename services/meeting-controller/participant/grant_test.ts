import assert from "node:assert/strict";
import { ErrorCode, StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { audioStream, cameraStream, MeetingStage } from "../testing/meeting_stage.ts";

const screen = () => audioStream({ streamType: StreamType.VIDEO_SCREEN });
const screenSound = () => audioStream({ streamType: StreamType.AUDIO_SCREEN });

Deno.test("each kind of stream is published with its own grant alone", async () => {
  await using stage = await MeetingStage.open();
  const kinds = {
    microphone: [audioStream],
    camera: [cameraStream],
    screen: [screen, screenSound],
  };
  for (const granted of Object.keys(kinds)) {
    const joinToken = await stage.token(undefined, { grants: [granted, "chat"] });
    const anna = await stage.join("Anna", { joinToken });
    for (const [kind, streams] of Object.entries(kinds)) {
      for (const make of streams) {
        const answer = await anna.ask({ case: "publishStream", value: make() });
        if (kind === granted) {
          assert.equal(answer.case, "streamPublished", `${kind} with ${granted}`);
        } else assert.equal((answer.value as { code: ErrorCode }).code, ErrorCode.FORBIDDEN);
      }
    }
  }
});

Deno.test("what is refused goes to the sender alone, who stays in the meeting", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben", { joinToken: await stage.token(undefined, { grants: [] }) });
  await anna.event("participantJoined");
  for (let i = 0; i < 5; i++) {
    const refused = await ben.refused({ case: "publishStream", value: cameraStream() });
    assert.equal(refused, ErrorCode.FORBIDDEN);
  }
  await ben.settle();
  await anna.settle();
  assert.deepEqual(anna.events, []);
  assert.equal(anna.roster.size, 1);
  assert.equal(stage.media.handlers[0]!.routes.size, 0);
});

Deno.test("a join with a stream that is not granted is refused, and its token stays good", async () => {
  await using stage = await MeetingStage.open();
  const joinToken = await stage.token(undefined, { grants: ["microphone"] });
  const ben = await stage.connect();
  const withCamera = await stage.joinRequest("Ben", { joinToken, streams: [cameraStream()] });
  assert.equal(await ben.refused(withCamera), ErrorCode.FORBIDDEN);
  const withSound = await stage.joinRequest("Ben", { joinToken, streams: [audioStream()] });
  await ben.request(withSound, "joinResponse");
});
