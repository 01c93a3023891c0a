import { deepStrictEqual, match, notStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import {
  MediaHandlerService,
  RouteChange,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { TELEMETRY_INTERVAL_MS } from "../limits.ts";
import { MediaRouter } from "../routing/media_router.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { settle } from "../testing/test_client.ts";
import { mediaHandlerService } from "./media_handler_service.ts";

const publicUrl = "https://127.0.0.1:4434";
const id = () => crypto.randomUUID() as string;

function start() {
  const clock = new ManualClock();
  const router = new MediaRouter({ maxParticipants: 3 }, clock);
  const transport = createRouterTransport((routes) =>
    void routes.service(MediaHandlerService, mediaHandlerService({ router, clock, publicUrl }))
  );
  return { clock, router, rpc: createClient(MediaHandlerService, transport) };
}

const failsWith = (promise: Promise<unknown>, code: Code) =>
  rejects(promise, (error) => error instanceof ConnectError && error.code === code);

Deno.test("a registered participant gets 256 random bits, and the same ones when asked again", async () => {
  const { rpc } = start();
  const meetingId = id();
  const participantId = id();
  const first = await rpc.registerParticipant({ meetingId, participantId });
  match(first.connectionToken, /^[\w-]{43}$/);
  strictEqual(first.mediaHandlerUrl, publicUrl);
  const again = await rpc.registerParticipant({ meetingId, participantId });
  strictEqual(again.connectionToken, first.connectionToken);
  const other = await rpc.registerParticipant({ meetingId, participantId: id() });
  notStrictEqual(other.connectionToken, first.connectionToken);
});

Deno.test("ids that are no UUIDs are invalid arguments", async () => {
  const { rpc } = start();
  await failsWith(
    rpc.registerParticipant({ meetingId: "m", participantId: id() }),
    Code.InvalidArgument,
  );
  const meetingId = id();
  await rpc.registerParticipant({ meetingId, participantId: id() });
  await failsWith(
    rpc.routeMedia({ meetingId, commands: [{ sourceStreamId: "s" }] }),
    Code.InvalidArgument,
  );
});

Deno.test("a full media handler says so", async () => {
  const { rpc } = start();
  for (let i = 0; i < 3; i++) {
    await rpc.registerParticipant({ meetingId: id(), participantId: id() });
  }
  await failsWith(
    rpc.registerParticipant({ meetingId: id(), participantId: id() }),
    Code.ResourceExhausted,
  );
});

Deno.test("routes of a meeting that is not known are not found, so that it is registered again", async () => {
  const { rpc } = start();
  await failsWith(rpc.routeMedia({ meetingId: id(), commands: [] }), Code.NotFound);
});

Deno.test("nobody else can take over a stream, and what is encrypted is not transcoded", async () => {
  const { rpc } = start();
  const meetingId = id();
  const [one, two, stream] = [id(), id(), id()];
  await rpc.registerParticipant({ meetingId, participantId: one });
  const command = { sourceStreamId: stream, sourceParticipantId: one };
  await rpc.routeMedia({ meetingId, commands: [command] });
  await failsWith(
    rpc.routeMedia({ meetingId, commands: [{ ...command, sourceParticipantId: two }] }),
    Code.AlreadyExists,
  );
  await failsWith(
    rpc.routeMedia({ meetingId, commands: [{ ...command, options: { transcode: true } }] }),
    Code.Unimplemented,
  );
});

Deno.test("a refused command costs the commands beside it nothing", async () => {
  const { rpc, router } = start();
  const meetingId = id();
  const [one, two, first, second] = [id(), id(), id(), id()];
  await rpc.registerParticipant({ meetingId, participantId: one });
  const command = { sourceStreamId: first, sourceParticipantId: one };
  await rpc.routeMedia({ meetingId, commands: [command] });
  await failsWith(
    rpc.routeMedia({
      meetingId,
      commands: [
        { ...command, sourceParticipantId: two },
        { ...command, sourceStreamId: second },
      ],
    }),
    Code.AlreadyExists,
  );
  strictEqual(router.meetings.get(meetingId)!.publication(second)?.publisherId, one);
});

Deno.test("removing a participant forgets its streams, twice is no fault", async () => {
  const { rpc, router } = start();
  const meetingId = id();
  const participantId = id();
  const { connectionToken } = await rpc.registerParticipant({ meetingId, participantId });
  const commands = [{ sourceStreamId: id(), sourceParticipantId: participantId }];
  await rpc.routeMedia({ meetingId, commands });
  await rpc.removeParticipant({ meetingId, participantId });
  await rpc.removeParticipant({ meetingId, participantId });
  strictEqual(router.authenticate(connectionToken), undefined);
  deepStrictEqual([router.meetings.size, router.participantCount], [0, 0]);
});

Deno.test("a new owner keeps those whom it names, with their tokens and streams, and nobody else", async () => {
  const { rpc, router } = start();
  const meetingId = id();
  const [staying, gone, kept, lost] = [id(), id(), id(), id()];
  const { connectionToken } = await rpc.registerParticipant({
    meetingId,
    participantId: staying,
  });
  const other = await rpc.registerParticipant({ meetingId, participantId: gone });
  const commands = [
    { sourceStreamId: kept, sourceParticipantId: staying, destinationParticipantIds: [gone] },
    { sourceStreamId: lost, sourceParticipantId: gone, destinationParticipantIds: [staying] },
  ];
  await rpc.routeMedia({ meetingId, commands });
  const meeting = router.meetings.get(meetingId)!;
  const publication = meeting.publication(kept);
  const answer = await rpc.keepParticipants({ meetingId, participantIds: [staying, id()] });
  deepStrictEqual(answer.connectionTokens, { [staying]: connectionToken });
  strictEqual(router.authenticate(other.connectionToken), undefined);
  strictEqual(router.authenticate(connectionToken)?.participant.id, staying);
  strictEqual(meeting.publication(kept), publication);
  strictEqual(meeting.publication(lost), undefined);
  await rpc.keepParticipants({ meetingId, participantIds: [] });
  strictEqual(router.meetings.has(meetingId), false);
});

Deno.test("who is to stay in a meeting that is not known is not found, so that it is registered again", async () => {
  const { rpc } = start();
  await failsWith(
    rpc.keepParticipants({ meetingId: id(), participantIds: [id()] }),
    Code.NotFound,
  );
  await rpc.keepParticipants({ meetingId: id(), participantIds: [] });
});

Deno.test("an owner of a lower epoch than another had commands nothing, whatever it commands", async () => {
  const { rpc, router } = start();
  const meetingId = id();
  const [participantId, streamId, other] = [id(), id(), id()];
  const commands = [{ sourceStreamId: streamId, sourceParticipantId: participantId }];
  const old = { meetingId, epoch: 4n };
  const { connectionToken } = await rpc.registerParticipant({ ...old, participantId });
  await rpc.routeMedia({ ...old, commands });
  // The next owner may say so by any command.
  await rpc.keepParticipants({ meetingId, epoch: 5n, participantIds: [participantId] });
  await failsWith(
    rpc.registerParticipant({ ...old, participantId: other }),
    Code.FailedPrecondition,
  );
  await failsWith(rpc.removeParticipant({ ...old, participantId }), Code.FailedPrecondition);
  await failsWith(rpc.keepParticipants({ ...old, participantIds: [] }), Code.FailedPrecondition);
  const end = [{ sourceStreamId: streamId, change: RouteChange.REMOVE_ROUTE }];
  await failsWith(rpc.routeMedia({ ...old, commands: end }), Code.FailedPrecondition);
  strictEqual(router.authenticate(connectionToken)?.participant.id, participantId);
  strictEqual(router.participantCount, 1);
  strictEqual(router.meetings.get(meetingId)!.publication(streamId)?.publisherId, participantId);
  // Epochs of other meetings are others.
  await rpc.registerParticipant({ ...old, meetingId: id(), participantId: other });
});

Deno.test("an old owner does not revive a meeting that is over", async () => {
  const { rpc, router } = start();
  const meetingId = id();
  const participantId = id();
  await rpc.registerParticipant({ meetingId, epoch: 2n, participantId });
  await rpc.removeParticipant({ meetingId, epoch: 2n, participantId });
  await failsWith(
    rpc.registerParticipant({ meetingId, epoch: 1n, participantId }),
    Code.FailedPrecondition,
  );
  strictEqual(router.participantCount, 0);
});

Deno.test("each command but the end of a route says whether the stream is silenced now", async () => {
  const { rpc, router } = start();
  const meetingId = id();
  const [publisher, streamId] = [id(), id()];
  await rpc.registerParticipant({ meetingId, participantId: publisher });
  const isSilenced = async (change: RouteChange, silenced: boolean) => {
    const command = { sourceStreamId: streamId, sourceParticipantId: publisher };
    await rpc.routeMedia({ meetingId, commands: [{ ...command, change, silenced }] });
    return router.meetings.get(meetingId)!.publication(streamId)!.silenced;
  };
  strictEqual(await isSilenced(RouteChange.UNSPECIFIED, true), true);
  strictEqual(await isSilenced(RouteChange.SILENCE, false), false);
  strictEqual(await isSilenced(RouteChange.SILENCE, true), true);
  strictEqual(await isSilenced(RouteChange.ADD_DESTINATIONS, false), false);
  strictEqual(await isSilenced(RouteChange.REMOVE_DESTINATIONS, true), true);
  strictEqual(await isSilenced(RouteChange.UNSPECIFIED, false), false);
});

Deno.test("destinations are set, added and removed", async () => {
  const { rpc, router } = start();
  const meetingId = id();
  const [publisher, one, two, streamId] = [id(), id(), id(), id()];
  await rpc.registerParticipant({ meetingId, participantId: publisher });
  const route = async (change: RouteChange, ...destinationParticipantIds: string[]) => {
    await rpc.routeMedia({
      meetingId,
      commands: [{
        sourceStreamId: streamId,
        sourceParticipantId: publisher,
        change,
        destinationParticipantIds,
      }],
    });
    const meeting = router.meetings.get(meetingId)!;
    return [one, two].map((who) => meeting.receives(who, streamId));
  };
  deepStrictEqual(await route(RouteChange.UNSPECIFIED, one), [true, false]);
  deepStrictEqual(await route(RouteChange.ADD_DESTINATIONS, two), [true, true]);
  deepStrictEqual(await route(RouteChange.REMOVE_DESTINATIONS, one), [false, true]);
  deepStrictEqual(await route(RouteChange.UNSPECIFIED, one), [true, false]);
  deepStrictEqual(await route(RouteChange.REMOVE_ROUTE), [false, false]);
});

Deno.test("telemetry tells bytes and bitrate of each stream every two seconds", async () => {
  const { rpc, router, clock } = start();
  const meetingId = id();
  const [publisher, streamId] = [id(), id()];
  await rpc.registerParticipant({ meetingId, participantId: publisher });
  await rpc.routeMedia({
    meetingId,
    commands: [{
      sourceStreamId: streamId,
      sourceParticipantId: publisher,
      streamType: StreamType.AUDIO,
    }],
  });
  const stop = new AbortController();
  const reports = rpc.streamTelemetry({}, { signal: stop.signal })[Symbol.asyncIterator]();
  strictEqual((await reports.next()).value!.telemetry[0]!.bitrate, 0);
  const layer = router.meetings.get(meetingId)!.publication(streamId)!.openLayer(0, () => {});
  const frame = makeFrame({ streamId, sequence: 0, type: FrameType.audio });
  layer.receive(frame, clock.now());
  const next = reports.next();
  await settle();
  clock.advance(TELEMETRY_INTERVAL_MS);
  const [telemetry] = (await next).value!.telemetry;
  strictEqual(telemetry!.streamId, streamId);
  strictEqual(telemetry!.meetingId, meetingId);
  strictEqual(telemetry!.bytesReceived, BigInt(frame.bytes.length));
  strictEqual(telemetry!.bitrate, frame.bytes.length * 8 / 2);
  stop.abort();
  await reports.next().catch(() => undefined);
});

Deno.test("that a stream is silent is told once, and no more until it is heard again", async () => {
  const { rpc, router, clock } = start();
  const [meetingId, publisher, streamId] = [id(), id(), id()];
  await rpc.registerParticipant({ meetingId, participantId: publisher });
  const source = { sourceStreamId: streamId, sourceParticipantId: publisher };
  await rpc.routeMedia({ meetingId, commands: [{ ...source, streamType: StreamType.AUDIO }] });
  const layer = router.meetings.get(meetingId)!.publication(streamId)!.openLayer(0, () => {});
  const stop = new AbortController();
  const reports = rpc.streamTelemetry({}, { signal: stop.signal })[Symbol.asyncIterator]();
  const bitrates = async () => {
    const next = reports.next();
    await settle();
    clock.advance(TELEMETRY_INTERVAL_MS);
    const { telemetry } = (await next).value!;
    return telemetry.map(({ bitrate }: { bitrate: number }) => bitrate > 0);
  };
  const told = [await bitrates(), await bitrates()];
  layer.receive(makeFrame({ streamId, sequence: 0, type: FrameType.audio }), clock.now());
  told.push(await bitrates(), await bitrates(), await bitrates());
  deepStrictEqual(told, [[false], [], [true], [false], []]);
  stop.abort();
  await reports.next().catch(() => undefined);
});
