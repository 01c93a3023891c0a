import assert from "node:assert/strict";
import { Http3ErrorCode } from "./http3/error_codes.ts";
import { assertEchoes, connect, readAll } from "./testing/echo.ts";
import { connectFrame, RawPeer, startTestListener } from "./testing/raw_peer.ts";

Deno.test("a connection without SETTINGS or CONNECT is closed at the deadline", async (t) => {
  await using stage = await startTestListener({ connectDeadlineMs: 100 });
  const { port, counters } = stage.listener;
  const openings: Record<string, (peer: RawPeer) => Promise<unknown>> = {
    "nothing at all": () => Promise.resolve(),
    "SETTINGS alone": (peer) => peer.sendSettings(),
    "CONNECT alone": (peer) => peer.sendConnect(),
    "half a SETTINGS frame": (peer) => peer.openUnidirectional([0x00, 0x04, 0x10, 0x08]),
    "half a CONNECT request": async (peer) => {
      await peer.sendSettings();
      await peer.openBidirectional([...connectFrame("/").subarray(0, 9)]);
    },
  };
  let missed = 0;
  for (const [what, open] of Object.entries(openings)) {
    await t.step(what, async () => {
      await using peer = await RawPeer.connect(port, stage.certificate);
      const start = performance.now();
      await open(peer);
      assert.equal(await peer.closeCode(), Http3ErrorCode.missingSettings);
      assert(performance.now() - start < 2_000);
      assert.equal(counters.connectDeadlinesMissed, ++missed);
    });
  }
});

Deno.test("garbage of every kind leaves a session and its neighbours alone", async (t) => {
  await using stage = await startTestListener({ streamHeaderDeadlineMs: 100 });
  const [neighbour, neighbourServer] = await connect(stage);
  await using peer = await RawPeer.connect(stage.listener.port, stage.certificate);
  await peer.sendSettings();
  const request = await peer.sendConnect("/garbage");
  const session = await stage.nextSession();
  assert.equal(session.path, "/garbage");
  const { counters } = stage.listener;

  const streams: Record<string, number[]> = {
    "an empty stream": [],
    "half an integer": [0x40],
    "a session's type without its id": [0x40, 0x54],
    "half a session id": [0x40, 0x54, 0xc0, 0x00],
    "the id of another session": [0x40, 0x54, 0x04, 1, 2, 3],
    "a QPACK encoder stream": [0x02, 1, 2, 3],
    "a QPACK decoder stream": [0x03],
    "a push stream": [0x01, 0x00, 0x00],
    "a greased type": [0xc0, 0x00, 0x00, 0x01, 0x21, 0x21, 0x21, 0x21, 9, 9],
    "a second control stream": [0x00, 0x04, 0x00],
  };
  for (const [what, bytes] of Object.entries(streams)) {
    await t.step(what, async () => {
      const writer = await peer.openUnidirectional(bytes);
      await writer.close().catch(() => {});
      await assertEchoes(neighbour, neighbourServer);
    });
  }
  await t.step("an empty bidirectional stream", async () => {
    const { writer, readable } = await peer.openBidirectional([]);
    await writer.close();
    assert.deepEqual(await readAll(readable), []);
  });
  await t.step("a plain GET is answered with 404", async () => {
    // HEADERS with ":method: GET" of the static table.
    const { writer, readable } = await peer.openBidirectional([0x01, 0x03, 0x00, 0x00, 0xd1]);
    assert.deepEqual(await readAll(readable), [0x01, 0x03, 0x00, 0x00, 0xdb]);
    await writer.close().catch(() => {});
  });
  await t.step("a second CONNECT is answered with 429", async () => {
    const { readable } = await peer.sendConnect("/second");
    assert.deepEqual((await readAll(readable)).slice(-3), [...new TextEncoder().encode("429")]);
  });
  await t.step("a silent header is dropped at its deadline", async () => {
    const before = counters.streamsWithoutHeader;
    const writer = await peer.openUnidirectional([0x40]);
    while (counters.streamsWithoutHeader === before) await assertEchoes(neighbour, neighbourServer);
    await assert.rejects(async () => {
      for (let count = 0; count < 100; count++) {
        await assertEchoes(neighbour, neighbourServer);
        await writer.write(Uint8Array.of(0x54));
      }
    });
  });
  await t.step("unknown frames and capsules on the CONNECT stream", async () => {
    await request.writer.write(Uint8Array.of(0x21, 0x02, 9, 9)); // a greased frame
    await request.writer.write(Uint8Array.of(0x00, 0x05, 0x80, 0x00, 0x78, 0xae, 0x00)); // DRAIN
  });
  await t.step("wrong, short and oversize datagrams are dropped and counted", async () => {
    const reader = session.datagrams.readable.getReader();
    for (const datagram of [[], [0x01, 1], [0x40], [0xc0, 1, 2]]) {
      await peer.quic.sendDatagram(Uint8Array.from(datagram));
    }
    await peer.quic.sendDatagram(Uint8Array.of(0x00, 7));
    const { value } = await reader.read();
    assert.deepEqual([...value!], [7]);
    assert.equal(counters.datagramsInvalid, 4);
  });
  await t.step("the session still works", async () => {
    const writer = await peer.openUnidirectional([0x40, 0x54, 0x00, 5, 6]);
    await writer.close();
    for await (const stream of session.incomingUnidirectionalStreams) {
      assert.deepEqual(await readAll(stream), [5, 6]);
      break;
    }
    await assertEchoes(neighbour, neighbourServer);
    neighbour.close();
    await neighbourServer.closed;
  });
});

Deno.test("silent streams hold up no other", async () => {
  await using stage = await startTestListener();
  await using peer = await RawPeer.connect(stage.listener.port, stage.certificate);
  await peer.sendSettings();
  await peer.sendConnect();
  const session = await stage.nextSession();
  for (let count = 0; count < 9; count++) await peer.openUnidirectional([0x40, 0x54]);
  for (let count = 0; count < 3; count++) await peer.openBidirectional([0x40]);
  const writer = await peer.openUnidirectional([0x40, 0x54, 0x00, 1]);
  await writer.close();
  const { value } = await session.incomingUnidirectionalStreams.getReader().read();
  assert.deepEqual(await readAll(value!), [1]);
});

Deno.test("who breaks the rules is closed with the right code, others live", async (t) => {
  await using stage = await startTestListener();
  const [neighbour, neighbourServer] = await connect(stage);
  const long = "/" + "x".repeat(60 * 1_024);
  const offences: Record<string, [number, (peer: RawPeer) => Promise<unknown>]> = {
    "a path of 60 KB": [Http3ErrorCode.excessiveLoad, (peer) => peer.sendConnect(long)],
    "a path of 2 KiB and a byte": [
      Http3ErrorCode.messageError,
      (peer) => peer.sendConnect("/" + "x".repeat(2_048)),
    ],
    "no SETTINGS first": [
      Http3ErrorCode.missingSettings,
      (peer) => peer.openUnidirectional([0x00, 0x00, 0x00]),
    ],
    "SETTINGS twice": [
      Http3ErrorCode.frameUnexpected,
      (peer) => peer.openUnidirectional([0x00, 0x04, 0x00, 0x04, 0x00]),
    ],
    "oversize SETTINGS": [
      Http3ErrorCode.excessiveLoad,
      (peer) => peer.openUnidirectional([0x00, 0x04, 0x80, 0x01, 0x00, 0x00]),
    ],
    "DATA before HEADERS": [
      Http3ErrorCode.frameUnexpected,
      (peer) => peer.openBidirectional([0x00, 0x01, 0x00]),
    ],
    "a reference to the dynamic table": [
      Http3ErrorCode.qpackDecompressionFailed,
      (peer) => peer.openBidirectional([0x01, 0x03, 0x01, 0x00, 0x80]),
    ],
    "an endless QPACK stream": [
      Http3ErrorCode.excessiveLoad,
      (peer) => peer.openUnidirectional([0x02, ...new Uint8Array(70_000)]),
    ],
    "a close capsule that is too long": [
      Http3ErrorCode.messageError,
      async (peer) => {
        await peer.sendSettings();
        const { writer } = await peer.sendConnect();
        await (await stage.nextSession()).ready;
        await writer.write(Uint8Array.of(0x00, 0x50, 0x00, 0x68, 0x43, 0x50, 0x00));
      },
    ],
  };
  for (const [what, [code, commit]] of Object.entries(offences)) {
    await t.step(what, async () => {
      await using peer = await RawPeer.connect(stage.listener.port, stage.certificate);
      await commit(peer);
      assert.equal(await peer.closeCode(), code);
      await assertEchoes(neighbour, neighbourServer);
    });
  }
  assert.equal(stage.listener.counters.protocolErrors, Object.keys(offences).length);
});

Deno.test("random bytes on random streams end at most their own connection", async () => {
  await using stage = await startTestListener({ connectDeadlineMs: 500 });
  const [neighbour, neighbourServer] = await connect(stage);
  neighbourServer.authenticated();
  const seed = Number(Deno.env.get("DT_SEED")) || crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`DT_SEED=${seed}`);
  let state = seed;
  const random = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * limit);
  };
  const firstBytes = [[0x00], [0x01], [0x02], [0x40, 0x54], [0x40, 0x41], []];
  for (let round = 0; round < 30; round++) {
    await using peer = await RawPeer.connect(stage.listener.port, stage.certificate);
    const streams = Array.from({ length: 8 }, async () => {
      const bytes = [
        ...firstBytes[random(firstBytes.length)]!,
        ...Array.from({ length: random(40) }, () => random(256)),
      ];
      if (random(2) === 0) await (await peer.openUnidirectional(bytes)).close();
      else await (await peer.openBidirectional(bytes)).writer.close();
    });
    const datagram = Uint8Array.from({ length: random(20) }, () => random(256));
    await Promise.allSettled([...streams, peer.quic.sendDatagram(datagram)]);
  }
  await assertEchoes(neighbour, neighbourServer);
});
