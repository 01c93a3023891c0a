import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CAMERA, ScriptedMeeting } from "../testing/scripted_meeting.ts";
import { type ControllerScript, refused, ScriptedServers } from "../testing/scripted_servers.ts";

/** A controller of whose streams one has the id `streamId`. */
function having(streamId: string): ControllerScript {
  return ({ case: asked, value }) => {
    const published = asked === "joinRequest" || asked === "resumeRequest"
      ? value.streams
      : asked === "publishStream"
      ? [value]
      : [];
    const inUse = published.some((stream) => stream.streamId === streamId);
    return inUse ? refused(ErrorCode.CONFLICT) : undefined;
  };
}

Deno.test("whoever joins with an id that somebody has joins with another one then", async () => {
  const servers = new ScriptedServers();
  servers.script = having(CAMERA.streamId);
  await using client = new ScriptedMeeting(servers);
  const joining = client.meeting.join({ name: "Ada", streams: [CAMERA] });
  await Promise.all([joining, client.time.advance(1_000)]);
  assert.equal(client.state.localStreams[0]?.streamId, CAMERA.streamId);
  assert.equal(servers.newest("media").session.streams.length, 1);
});

Deno.test("a stream whose id somebody has is published under another one", async () => {
  await using client = await ScriptedMeeting.joined();
  const screen = { ...CAMERA, streamId: crypto.randomUUID(), type: "screen" as const };
  client.servers.script = having(screen.streamId);
  const stream = await client.settle(client.meeting.publish(screen));
  assert.equal(stream.streamId, screen.streamId);
  assert.deepEqual(client.servers.asked, ["joinRequest", "publishStream", "publishStream"]);
});

Deno.test("an id that was refused for another reason is asked for again", async () => {
  const servers = new ScriptedServers();
  servers.refusal = ErrorCode.UNAVAILABLE;
  await using client = new ScriptedMeeting(servers);
  const joining = client.meeting.join({ name: "Ada", streams: [CAMERA] });
  await client.time.advance(0);
  servers.refusal = undefined;
  await Promise.all([joining, client.time.advance(1_000)]);
  const join = servers.newest("controller").requests[0];
  assert.ok(join?.case === "joinRequest");
  assert.equal(join.value.streams[0]?.streamId, CAMERA.streamId);
});
