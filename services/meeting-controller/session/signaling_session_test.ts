import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { MediaTelemetrySchema } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import {
  ErrorCode,
  LeaveReason,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { audioStream, cameraStream, MeetingStage } from "../testing/meeting_stage.ts";

Deno.test("two join, see each other with their streams, and media is routed both ways", async () => {
  await using stage = await MeetingStage.open();
  const stream = audioStream();
  const anna = await stage.join("Anna", { streams: [stream] });
  assert.equal(anna.joined.displayName, "Stand-up");
  assert.equal(anna.joined.e2eEncryption, true);
  assert.equal(anna.joined.mediaServer?.mediaHandlerUrl, "https://mh-1.test:4434");
  assert.equal(anna.joined.existingParticipants.length, 0);

  const camera = audioStream({ streamType: StreamType.VIDEO_CAMERA });
  const ben = await stage.join("  Ben ", { streams: [camera] });
  assert.deepEqual(ben.joined.existingParticipants.map(({ name }) => name), ["Anna"]);
  assert.equal(ben.joined.existingParticipants[0]?.streams[0]?.streamId, stream.streamId);
  const { participant } = await anna.event("participantJoined");
  assert.equal(participant?.name, "Ben");
  assert.equal(participant?.streams[0]?.streamId, camera.streamId);
  assert.equal(participant?.encryptionKeys?.publicKey.length, 65);

  await ben.settle();
  const [handler] = stage.media.handlers;
  const a = anna.participantId;
  const b = ben.participantId;
  assert.deepEqual([...handler!.routes], [
    [stream.streamId, { source: a, destinations: new Set([b]) }],
    [camera.streamId, { source: b, destinations: new Set([a]) }],
  ]);
  assert.equal(handler!.routeCalls.length, 2, "one call for each join");
  assert.deepEqual(stage.occurrences.map(({ type, participantName }) => [type, participantName]), [
    ["joined", "Anna"],
    ["joined", "Ben"],
  ]);
});

Deno.test("a prepared session is invisible, and its join is answered without a media handler", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token() };
  const prepared = await ben.request({ case: "prepareRequest", value: prepare }, "prepareResponse");
  await anna.settle();
  assert.deepEqual(anna.events, []);

  const [handler] = stage.media.handlers;
  const gate = Promise.withResolvers<void>();
  handler!.gate = gate.promise;
  const request = await stage.joinRequest("Ben", { joinToken: "" });
  const joined = await ben.request(request, "joinResponse");
  assert.equal(joined.participantId, prepared.participantId);
  assert.equal(joined.mediaServer?.connectionToken, prepared.mediaServer?.connectionToken);
  assert.equal((await anna.event("participantJoined")).participant?.name, "Ben");
  gate.resolve();
});

Deno.test("publishing, muting and unpublishing are answered and told to the others", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben");
  const stream = audioStream();
  const published = await anna.request(
    { case: "publishStream", value: stream },
    "streamPublished",
  );
  assert.equal(published.stream?.streamId, stream.streamId);
  assert.equal((await ben.event("streamPublished")).participantId, anna.participantId);

  const { streamId } = stream;
  await anna.request(
    { case: "updateStream", value: { streamId, muted: true } },
    "acknowledgement",
  );
  assert.equal((await ben.event("streamUpdated")).stream?.muted, true);
  const [handler] = stage.media.handlers;
  assert.equal(handler!.routes.size, 1);

  await anna.request({ case: "unpublishStream", value: { streamId } }, "acknowledgement");
  assert.deepEqual((await ben.event("streamUnpublished")).streamId, streamId);
  await ben.settle();
  assert.equal(handler!.routes.size, 0);
  assert.deepEqual(anna.events.map((event) => event.case), ["participantJoined"]);
});

Deno.test("leaving is acknowledged, closes the session with code 0, and the others hear why", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna", { streams: [audioStream()] });
  const ben = await stage.join("Ben");
  await anna.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  const left = await ben.event("participantLeft");
  assert.deepEqual([left.participantId, left.reason], [anna.participantId, LeaveReason.VOLUNTARY]);
  assert.equal((await anna.closed).closeCode, 0);
  await ben.settle();
  const [handler] = stage.media.handlers;
  assert.deepEqual([...handler!.participants], [ben.participantId]);
  assert.equal(handler!.routes.size, 0);
});

Deno.test("a lost connection is told at once, and a late joiner sees who is left", async () => {
  await using stage = await MeetingStage.open();
  const stream = audioStream({ muted: true });
  const anna = await stage.join("Anna", { streams: [stream] });
  const ben = await stage.join("Ben");
  ben.session.close({ closeCode: 0 });
  assert.equal((await anna.event("participantLeft")).reason, LeaveReason.CONNECTION_LOST);
  const cleo = await stage.join("Cleo");
  assert.deepEqual([...cleo.roster], [
    [anna.participantId, { name: "Anna", streams: { [stream.streamId]: true } }],
  ]);
  const dora = await stage.join("Dora");
  await dora.endStream();
  assert.equal((await anna.event("participantLeft")).participantId, dora.participantId);
});

Deno.test("without subscribe_to_all only chosen streams are routed", async () => {
  await using stage = await MeetingStage.open();
  const [first, second] = [audioStream(), cameraStream(["half", "full"])];
  const anna = await stage.join("Anna", { streams: [first, second] });
  const ben = await stage.join("Ben", { subscribeToAll: false });
  const [handler] = stage.media.handlers;
  const destinations = (id: string) => [...handler!.routes.get(id)?.destinations ?? []];
  const options = { preferredLayer: "half", maxBitrate: 0 };
  const { streamId } = second;
  await ben.request({ case: "subscribeStream", value: { streamId, options } }, "acknowledgement");
  await ben.settle();
  assert.deepEqual([destinations(first.streamId), destinations(streamId)], [[], [
    ben.participantId,
  ]]);
  assert.equal(handler!.routeCalls.at(-1)?.[0]?.subscriptionOptions?.preferredLayer, "half");
  await ben.request({ case: "unsubscribeStream", value: { streamId } }, "acknowledgement");
  await ben.settle();
  assert.deepEqual(destinations(streamId), []);
  const own = { case: "subscribeStream", value: { streamId } } as const;
  assert.equal(await anna.refused(own), ErrorCode.INVALID_REQUEST);
  const none = { case: "subscribeStream", value: { streamId: crypto.randomUUID() } } as const;
  assert.equal(await anna.refused(none), ErrorCode.NOT_FOUND);
});

Deno.test("a layer that the stream does not have cannot be preferred", async () => {
  await using stage = await MeetingStage.open();
  const [camera, microphone] = [cameraStream(["low", "high"]), audioStream()];
  await stage.join("Anna", { streams: [camera, microphone] });
  const ben = await stage.join("Ben", { subscribeToAll: false });
  const prefer = (streamId: string, preferredLayer: string) =>
    ({ case: "subscribeStream", value: { streamId, options: { preferredLayer } } }) as const;
  assert.equal(await ben.refused(prefer(camera.streamId, "4k")), ErrorCode.INVALID_REQUEST);
  assert.equal(await ben.refused(prefer(microphone.streamId, "low")), ErrorCode.INVALID_REQUEST);
  await ben.request(prefer(camera.streamId, "low"), "acknowledgement");
  await ben.request(prefer(microphone.streamId, ""), "acknowledgement");
});

Deno.test("the layers of a camera are told to the others and to the media handler", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben");
  const camera = cameraStream(["low", "medium", "high"]);
  await anna.request({ case: "publishStream", value: camera }, "streamPublished");
  const { stream } = await ben.event("streamPublished");
  const layers = camera.metadata!.video!.simulcastLayers;
  assert.deepEqual(stream?.metadata?.video?.simulcastLayers, layers);
  const cleo = await stage.join("Cleo");
  const seen = cleo.joined.existingParticipants[0]!.streams[0]!;
  assert.deepEqual(seen.metadata?.video?.simulcastLayers, layers);
  const [command] = stage.media.handlers[0]!.routeCalls[0]!;
  assert.deepEqual(command!.streamMetadata?.video?.simulcastLayers, layers);
});

Deno.test("wrapped keys reach their recipients; those who are not there get none", async () => {
  await using stage = await MeetingStage.open();
  const [anna, ben, cleo] = [
    await stage.join("Anna"),
    await stage.join("Ben"),
    await stage.join("Cleo"),
  ];
  const message = new Uint8Array([1, 2, 3]);
  const keys = [ben.participantId, crypto.randomUUID()].map((recipientId) => ({
    recipientId,
    message,
  }));
  await anna.request({ case: "keyDelivery", value: { keys } }, "acknowledgement");
  const delivered = await ben.event("keysDelivered");
  assert.deepEqual([delivered.senderId, delivered.message], [anna.participantId, message]);
  await cleo.settle();
  assert.ok(!cleo.arrivals.includes("keysDelivered"));
});

Deno.test("who delivers too much to one of them delivers to none, and stays", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const [ben, cleo] = [await stage.join("Ben"), await stage.join("Cleo")];
  const message = new Uint8Array(1_000);
  const keysFor = (recipientId: string, length: number) =>
    Array.from({ length }, () => ({ recipientId, message }));
  const much = keysFor(ben.participantId, 40);
  await anna.request({ case: "keyDelivery", value: { keys: much } }, "acknowledgement");
  const toBoth = [...keysFor(cleo.participantId, 1), ...much.slice(10)];
  const refused = await anna.refused({ case: "keyDelivery", value: { keys: toBoth } });
  assert.equal(refused, ErrorCode.RATE_LIMITED);
  await Promise.all([ben.settle(), cleo.settle()]);
  assert.equal(ben.arrivals.filter((kind) => kind === "keysDelivered").length, 40);
  assert.ok(!cleo.arrivals.includes("keysDelivered"));
  const few = keysFor(cleo.participantId, 1);
  await anna.request({ case: "keyDelivery", value: { keys: few } }, "acknowledgement");
});

Deno.test("a new delivery key is told to the others and to whoever joins later", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben");
  const publicKey = new Uint8Array(65).fill(4);
  const encryptionKeys = { publicKey, keyId: "next" };
  const update = { case: "updateEncryptionKeys", value: { encryptionKeys } } as const;
  await anna.request(update, "acknowledgement");
  assert.equal((await ben.event("encryptionKeysUpdated")).encryptionKeys?.keyId, "next");
  const cleo = await stage.join("Cleo");
  assert.equal(cleo.joined.existingParticipants[0]?.encryptionKeys?.keyId, "next");
});

Deno.test("what the media handler measures reaches the publisher of the stream alone", async () => {
  await using stage = await MeetingStage.open();
  const stream = audioStream();
  const anna = await stage.join("Anna", { streams: [stream] });
  const ben = await stage.join("Ben");
  const telemetry = create(MediaTelemetrySchema, {
    streamId: stream.streamId,
    meetingId: stage.meetingId,
    packetLoss: 0.5,
    rttMs: 40,
    availableBitrate: 100_000,
  });
  stage.controller.onTelemetry("mh-other", telemetry);
  stage.controller.onTelemetry("mh-1", telemetry);
  stage.controller.onTelemetry("mh-1", telemetry);
  const quality = await anna.event("streamQualityUpdate");
  assert.deepEqual([quality.availableBitrate, quality.rttMs], [100_000, 40]);
  await anna.settle();
  await ben.settle();
  assert.ok(!ben.arrivals.includes("streamQualityUpdate"));
  assert.equal(anna.arrivals.filter((kind) => kind === "streamQualityUpdate").length, 1);
});

Deno.test("ending a meeting closes all its sessions, prepared ones too, with code 6", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token() };
  await ben.request({ case: "prepareRequest", value: prepare }, "prepareResponse");
  await stage.end();
  assert.deepEqual([(await anna.closed).closeCode, (await ben.closed).closeCode], [6, 6]);
  const last = stage.occurrences.at(-1);
  assert.equal(last?.type === "left" && last.reason, LeaveReason.MEETING_ENDED);
  const [handler] = stage.media.handlers;
  assert.equal(handler!.participants.size, 0);
  const cleo = await stage.connect();
  assert.equal(await cleo.refused(await stage.joinRequest("Cleo")), ErrorCode.NOT_FOUND);
});

Deno.test("a controller that goes away closes its sessions with code 5", async () => {
  const stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  await stage[Symbol.asyncDispose]();
  assert.equal((await anna.closed).closeCode, 5);
});

Deno.test("the trace of a join goes along to the media handler", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.connect();
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  await anna.request(await stage.joinRequest("Anna"), "joinResponse", traceparent);
  assert.deepEqual(stage.media.handlers[0]?.traceparents, [traceparent]);
});
