import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { frameMessage, MAX_MESSAGE_LENGTH } from "../../../proto/signaling/message_framing.ts";
import { audioStream, deliveryKey, MeetingStage } from "../testing/meeting_stage.ts";
import { ResumeIdentity } from "../testing/resumable_person.ts";
import type { SignalingClient } from "../testing/signaling_client.ts";

const closeCode = async (client: SignalingClient) => (await client.closed).closeCode;
const publish = (fields = {}) =>
  ({ case: "publishStream", value: { ...audioStream(), ...fields } }) as const;

Deno.test("a token that is not valid is answered UNAUTHORIZED and closes with code 2", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.connect();
  const request = await stage.joinRequest("Anna", { joinToken: "e30.e30.e30" });
  assert.equal(await anna.refused(request), ErrorCode.UNAUTHORIZED);
  assert.equal(await closeCode(anna), 2);
  assert.equal(stage.media.handlers[0]?.participants.size, 0);
});

Deno.test("a token for another meeting is refused, and whoever has one prepared cannot switch", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.connect();
  const meetingId = crypto.randomUUID();
  assert.equal(
    await anna.refused(await stage.joinRequest("Anna", { meetingId })),
    ErrorCode.UNAUTHORIZED,
  );
  const ben = await stage.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token() };
  await ben.request({ case: "prepareRequest", value: prepare }, "prepareResponse");
  assert.equal(
    await ben.refused(await stage.joinRequest("Ben", { meetingId })),
    ErrorCode.INVALID_REQUEST,
  );
});

Deno.test("one token a hundred times in parallel lets one in, and the others do not disturb it", async () => {
  await using stage = await MeetingStage.open();
  const watcher = await stage.join("Watcher");
  const joinToken = await stage.token();
  const answers = await Promise.all(Array.from({ length: 100 }, async () => {
    const client = await stage.connect();
    const answer = await client.ask(await stage.joinRequest("Anna", { joinToken }));
    return answer.case;
  }));
  assert.equal(answers.filter((kind) => kind === "joinResponse").length, 1);
  assert.equal(answers.filter((kind) => kind === "error").length, 99);
  await watcher.settle();
  assert.deepEqual(watcher.arrivals, ["joinResponse", "participantJoined", "pong"]);
  assert.equal(stage.media.handlers[0]?.participants.size, 2);
});

Deno.test("a used token neither returns nor removes the participant who used it", async () => {
  await using stage = await MeetingStage.open();
  const joinToken = await stage.token();
  const anna = await stage.join("Anna", { joinToken });
  const thief = await stage.connect();
  assert.equal(
    await thief.refused(await stage.joinRequest("Thief", { joinToken })),
    ErrorCode.UNAUTHORIZED,
  );
  await anna.settle();
  assert.deepEqual([...stage.media.handlers[0]!.participants], [anna.participantId]);
  await anna.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  await anna.closed;
  const again = await stage.connect();
  assert.equal(
    await again.refused(await stage.joinRequest("Thief", { joinToken })),
    ErrorCode.UNAUTHORIZED,
  );
  assert.equal(await closeCode(again), 2);
  assert.equal(stage.media.handlers[0]!.participants.size, 0);
});

Deno.test("a second token of the same participant supersedes its older session, code 4", async () => {
  await using stage = await MeetingStage.open();
  const watcher = await stage.join("Watcher");
  const id = crypto.randomUUID();
  const older = await stage.join("Anna", { joinToken: await stage.token(id) });
  await stage.join("Anna", { joinToken: await stage.token(id) });
  assert.equal(await closeCode(older), 4);
  await watcher.settle();
  assert.deepEqual([...watcher.roster.keys()], [id]);
  assert.deepEqual(watcher.arrivals.slice(1), [
    "participantJoined",
    "participantLeft",
    "participantJoined",
    "pong",
  ]);
  assert.ok(stage.media.handlers[0]!.participants.has(id));
});

Deno.test("the wrong order is refused twice and closes with code 1 the third time", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.connect();
  assert.equal(await ben.refused(publish()), ErrorCode.INVALID_REQUEST);
  assert.equal(await ben.refused({ case: "leaveRequest", value: {} }), ErrorCode.INVALID_REQUEST);
  assert.equal(await ben.refused(publish()), ErrorCode.INVALID_REQUEST);
  assert.equal(await closeCode(ben), 1);

  const cleo = await stage.join("Cleo");
  assert.equal(await cleo.refused(await stage.joinRequest("Cleo")), ErrorCode.INVALID_REQUEST);
  await cleo.settle();
  assert.equal(anna.roster.size, 1);
});

Deno.test("messages that are no envelope are refused twice and close with code 1 the third time", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben");
  for (let i = 0; i < 3; i++) {
    await ben.sendBytes(frameMessage(new Uint8Array([0xff, 0xff, 0xff])));
    assert.equal((await ben.unnumberedError()).code, ErrorCode.INVALID_REQUEST);
  }
  assert.equal(await closeCode(ben), 1);
  await anna.event("participantLeft");
  assert.equal(anna.roster.size, 0);
});

Deno.test("a wrong version, a request_id that does not rise and an empty message are refused", async () => {
  await using stage = await MeetingStage.open();
  const ping = { case: "ping", value: {} } as const;
  const versions = await stage.connect();
  assert.equal((await versions.expectError(versions.ask(ping, { version: 2 }))).code, 1);
  const ids = await stage.connect();
  await ids.ask(ping, { requestId: 7 });
  assert.equal((await ids.expectError(ids.ask(ping, { requestId: 7 }))).code, 1);
  assert.equal((await ids.expectError(ids.ask(ping, { requestId: 3 }))).code, 1);
  const empty = await stage.connect();
  await empty.sendBytes(frameMessage(new Uint8Array([8, 1])));
  assert.equal((await empty.unnumberedError()).code, ErrorCode.INVALID_REQUEST);
});

Deno.test("an oversize message is answered and closes with code 1, the others stay", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben");
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, MAX_MESSAGE_LENGTH + 1);
  await ben.sendBytes(prefix);
  assert.equal((await ben.unnumberedError()).code, ErrorCode.INVALID_REQUEST);
  assert.equal(await closeCode(ben), 1);
  await anna.settle();
});

Deno.test("a stream that ends inside a message closes with code 1", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.connect();
  await anna.sendBytes(new Uint8Array([0, 0, 0, 9, 1]));
  await anna.endStream();
  assert.equal(await closeCode(anna), 1);
});

Deno.test("a full meeting refuses with CAPACITY_EXCEEDED and the token stays good", async () => {
  await using stage = await MeetingStage.open({ settings: { maxParticipants: 1 } });
  const anna = await stage.join("Anna");
  const ben = await stage.connect();
  const request = await stage.joinRequest("Ben");
  assert.equal(await ben.refused(request), ErrorCode.CAPACITY_EXCEEDED);
  await anna.request({ case: "leaveRequest", value: {} }, "acknowledgement");
  await ben.request(request, "joinResponse");
});

Deno.test("names, keys and streams that break the rules are refused", async () => {
  await using stage = await MeetingStage.open();
  const tooLong = "🏔".repeat(101);
  const badPoint = { ...deliveryKey(), publicKey: new Uint8Array(65) };
  const streams = Array.from({ length: 17 }, () => audioStream());
  const cases = [
    [{ participantName: " \t " }, ErrorCode.INVALID_REQUEST],
    [{ participantName: tooLong }, ErrorCode.INVALID_REQUEST],
    [{ participantName: "a\u0000b" }, ErrorCode.INVALID_REQUEST],
    [{ participantName: "a\u202eb" }, ErrorCode.INVALID_REQUEST],
    [{ encryptionKeys: undefined }, ErrorCode.INVALID_REQUEST],
    [{ encryptionKeys: badPoint }, ErrorCode.INVALID_REQUEST],
    [{ streams: [audioStream({ streamId: "x" })] }, ErrorCode.INVALID_REQUEST],
    [{ meetingId: "M" }, ErrorCode.INVALID_REQUEST],
    [{ streams }, ErrorCode.CAPACITY_EXCEEDED],
    [{ streams: [streams[0]!, streams[0]!] }, ErrorCode.CONFLICT],
  ] as const;
  for (const [fields, code] of cases) {
    const client = await stage.connect();
    const request = await stage.joinRequest("Anna");
    Object.assign(request.value, fields);
    assert.equal(await client.refused(request), code, JSON.stringify(Object.keys(fields)));
  }
  const anna = await stage.join("👩‍👩‍👧 <b>Anna</b>'; DROP TABLE");
  assert.equal(stage.occurrences[0]?.participantName, "👩‍👩‍👧 <b>Anna</b>'; DROP TABLE");
  assert.equal(
    await anna.refused(publish({ streamType: 9 })),
    ErrorCode.INVALID_REQUEST,
  );
});

Deno.test("a stream id that is taken, or a seventeenth stream, is refused", async () => {
  await using stage = await MeetingStage.open();
  const streams = Array.from({ length: 16 }, () => audioStream());
  const anna = await stage.join("Anna", { streams });
  const ben = await stage.join("Ben");
  assert.equal(await anna.refused(publish()), ErrorCode.CAPACITY_EXCEEDED);
  const { streamId } = streams[0]!;
  assert.equal(await ben.refused(publish({ streamId })), ErrorCode.CONFLICT);
  const foreign = { case: "unpublishStream", value: { streamId } } as const;
  assert.equal(await ben.refused(foreign), ErrorCode.NOT_FOUND);
  assert.equal(await ben.refused(foreign), ErrorCode.NOT_FOUND);
  assert.equal(await ben.refused(foreign), ErrorCode.NOT_FOUND);
  await ben.settle();
});

Deno.test("key deliveries and quality reports out of bounds are refused", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna", { streams: [audioStream()] });
  const [ben, cleo] = [await stage.join("Ben"), await stage.join("Cleo")];
  const key = (length: number) => ({
    recipientId: anna.participantId,
    message: new Uint8Array(length),
  });
  for (const keys of [[], [key(1025)]]) {
    const delivery = { case: "keyDelivery", value: { keys } } as const;
    assert.equal(await ben.refused(delivery), ErrorCode.INVALID_REQUEST);
  }
  const keys = Array.from({ length: 501 }, () => key(1));
  const many = { case: "keyDelivery", value: { keys } } as const;
  assert.equal(await cleo.refused(many), ErrorCode.INVALID_REQUEST);
  const quality = {
    case: "streamQualityUpdate",
    value: { streamId: crypto.randomUUID(), packetLoss: NaN },
  } as const;
  assert.equal(await cleo.refused(quality), ErrorCode.INVALID_REQUEST);
});

Deno.test("further streams of a client are refused and its session lives", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const extra = await anna.session.createBidirectionalStream();
  const reader = extra.readable.getReader();
  assert.equal((await reader.read()).done, true);
  const uni = await anna.session.createUnidirectionalStream();
  await uni.getWriter().write(new Uint8Array(10)).catch(() => undefined);
  await anna.settle();
});

Deno.test("a client that reads nothing is closed with code 8 and its peers do not notice", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.join("Anna");
  const [client, connected] = await stage.connectUnread();
  const writer = client.writable.getWriter();
  await writer.write(await stage.joinBytes("Slow"));
  const slow = (await anna.event("participantJoined")).participant?.participantId ?? "";
  // Each may say a bounded part of what the queue of one holds.
  const longest = new Uint8Array(16 * 1024);
  let talkers = 0;
  while (anna.roster.has(slow) && talkers < 40) {
    const talker = await stage.join(`Talker ${++talkers}`);
    for (let count = 0; count < 15; count++) {
      const value = { messageId: crypto.randomUUID(), recipientId: slow, content: longest };
      await talker.ask({ case: "sendMessage", value });
    }
    await anna.settle();
  }
  assert.equal((await connected.closed).closeCode, 8);
  assert.ok(talkers < 40);
});

Deno.test("a resume secret without the proof of the identity key is refused, and the victim stays", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.joinAs("Anna");
  const watcher = await stage.join("Watcher");
  const { meetingId } = stage;
  const { participantId, secret } = anna;
  const thief = await ResumeIdentity.create();
  const forged = [
    await thief.prove({ meetingId, participantId, secret }),
    await anna.identity.prove({ meetingId: crypto.randomUUID(), participantId, secret }),
    await anna.identity.prove({ meetingId, participantId: crypto.randomUUID(), secret }),
    await anna.identity.prove({ meetingId, participantId, secret: new Uint8Array(32) }),
    new Uint8Array(64),
  ];
  for (const proof of forged) {
    const client = await stage.connect();
    const request = await anna.resumeRequest({ proof });
    assert.equal(await client.refused(request), ErrorCode.UNAUTHORIZED);
    assert.equal(await closeCode(client), 2);
  }
  await anna.client.settle();
  await watcher.settle();
  assert.deepEqual([...watcher.roster.keys()], [participantId]);
  assert.deepEqual(watcher.arrivals, ["joinResponse", "pong"]);
});

Deno.test("the proof of the identity key without a secret that is good is refused", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.joinAs("Anna");
  const ben = await stage.joinAs("Ben");
  for (const secret of [crypto.getRandomValues(new Uint8Array(32)), ben.secret]) {
    const client = await stage.connect();
    const request = await anna.resumeRequest({ secret });
    assert.equal(await client.refused(request), ErrorCode.UNAUTHORIZED);
  }
  const plain = await stage.join("Plain");
  const client = await stage.connect();
  const { participantId } = plain;
  const request = await anna.resumeRequest({ participantId });
  assert.equal(await client.refused(request), ErrorCode.UNAUTHORIZED, "gave no identity key");
  await plain.settle();
  await anna.client.settle();
});

Deno.test("of two that resume at once one lives", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.joinAs("Anna");
  const watcher = await stage.join("Watcher");
  const request = await anna.resumeRequest();
  const clients = await Promise.all(Array.from({ length: 20 }, () => stage.connect()));
  const answered = clients.map((client) =>
    Promise.race([client.ask(request), client.closed.then(() => undefined)])
  );
  const answers = await Promise.all(answered);
  assert.ok(answers.some((answer) => answer?.case === "joinResponse"));
  const codes = [anna.client, ...clients].map((client) =>
    Promise.race([closeCode(client), client.settle().then(() => undefined)])
  );
  const alive = (await Promise.all(codes)).filter((code) => code === undefined);
  assert.equal(alive.length, 1);
  await watcher.settle();
  assert.deepEqual([...watcher.roster.keys()], [anna.participantId]);
  assert.ok(!watcher.arrivals.includes("participantLeft"));
  await anna.resume();
});

Deno.test("resume requests that break the rules are refused", async () => {
  await using stage = await MeetingStage.open();
  const anna = await stage.joinAs("Anna");
  const cases = [
    { meetingId: "M" },
    { participantId: "P" },
    { secret: new Uint8Array(31) },
    { proof: new Uint8Array(63) },
    { streams: [audioStream({ streamId: "x" })] },
  ];
  const request = await anna.resumeRequest();
  for (const fields of cases) {
    const client = await stage.connect();
    const broken = { ...request, value: { ...request.value, ...fields } };
    assert.equal(await client.refused(broken), ErrorCode.INVALID_REQUEST);
  }
  const again = await anna.client.refused(request);
  assert.equal(again, ErrorCode.INVALID_REQUEST, "it stands already");
  const badKey = await stage.connect();
  const join = await stage.joinRequest("Ben", { identityKey: new Uint8Array(65) });
  assert.equal(await badKey.refused(join), ErrorCode.INVALID_REQUEST);
});
