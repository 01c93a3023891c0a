import assert from "node:assert/strict";
import { Http3ErrorCode } from "../../runtime/webtransport/http3/error_codes.ts";
import {
  CONNECT_DEADLINE_MS,
  STREAM_HEADER_DEADLINE_MS,
} from "../../runtime/webtransport/limits.ts";
import { RawPeer } from "../../runtime/webtransport/testing/raw_peer.ts";
import { eventually } from "../eventually.ts";
import { type Attack, AttackedStack, WEBTRANSPORT_SERVERS } from "./attacked_stack.ts";
import { RawMediaSession } from "./raw_media_session.ts";

/** What a deadline may be late by, milliseconds. */
const DEADLINE_TOLERANCE_MS = 1_000;
/** A path that must not be logged; repeated to 60 KB. */
const SECRET = "s3cr3t-path-";
const LONG_PATH = "/" + SECRET.repeat(60 * 1_024 / SECRET.length);

type Opening = (peer: RawPeer) => Promise<unknown>;

/** Openings that lead to no session, and how the server closes them. */
const NO_SESSION: Record<string, { code: number; open: Opening }> = {
  "nothing at all": { code: Http3ErrorCode.missingSettings, open: () => Promise.resolve() },
  "SETTINGS without CONNECT": {
    code: Http3ErrorCode.missingSettings,
    open: (peer) => peer.sendSettings(),
  },
  "CONNECT without SETTINGS": {
    code: Http3ErrorCode.missingSettings,
    open: (peer) => peer.sendConnect(),
  },
  "a path of 60 KB": {
    code: Http3ErrorCode.excessiveLoad,
    open: async (peer) => {
      await peer.sendSettings();
      await peer.sendConnect(LONG_PATH);
    },
  },
};

/** Each is closed with its code in time, and nothing of it is logged. */
const withoutSession: Attack = async (_attacker, stack) => {
  for (const name of WEBTRANSPORT_SERVERS) {
    const { port, hash } = stack.addressOf(name);
    await Promise.all(
      Object.entries(NO_SESSION).map(async ([what, { code, open }]) => {
        await using peer = await RawPeer.connect(port, { hash });
        const startedAtMs = performance.now();
        await open(peer);
        assert.equal(await peer.closeCode(), code, what);
        const tookMs = performance.now() - startedAtMs;
        assert.ok(tookMs <= CONNECT_DEADLINE_MS + DEADLINE_TOLERANCE_MS, `${what}: ${tookMs} ms`);
      }),
    );
  }
  assert.ok(!stack.printed.includes(SECRET));
};

/** Streams of a session that are of no use, and which it does not notice. */
const USELESS_STREAMS: Record<string, number[]> = {
  "an empty stream": [],
  "a stream of another session": [0x40, 0x54, 0x04, 1, 2, 3],
  "a QPACK encoder's stream": [0x02, 1, 2, 3],
  "a QPACK decoder's stream": [0x03],
  "a stream of an unknown type": [0xc0, 0x00, 0x00, 0x01, 0x21, 0x21, 0x21, 0x21, 9, 9],
};

/** HEADERS with ":method: GET" of the static table, and the answer ":status: 404". */
const PLAIN_REQUEST = [0x01, 0x03, 0x00, 0x00, 0xd1];
const NOT_FOUND = [0x01, 0x03, 0x00, 0x00, 0xdb];

const uselessStreams: Attack = async (attacker, stack) => {
  const { connectionToken } = await attacker.intrude();
  await using session = await RawMediaSession.open(
    stack.addressOf("media-handler"),
    connectionToken,
  );
  const { peer } = session;
  for (const bytes of Object.values(USELESS_STREAMS)) {
    const writer = await peer.openUnidirectional(bytes);
    await writer.close().catch(() => undefined);
  }
  const empty = await peer.openBidirectional([]);
  await empty.writer.close();
  for await (const chunk of empty.readable) assert.equal(chunk.length, 0);
  const plain = await peer.openBidirectional(PLAIN_REQUEST);
  const answer = await Array.fromAsync(plain.readable);
  assert.deepEqual(answer.flatMap((chunk) => [...chunk]), NOT_FOUND);
  await session.answers();
};

/** A stream that stops within its type is ended at the deadline, others are not held up. */
const halfAType: Attack = async (attacker, stack) => {
  const { connectionToken } = await attacker.intrude();
  await using session = await RawMediaSession.open(
    stack.addressOf("media-handler"),
    connectionToken,
  );
  const startedAtMs = performance.now();
  const writer = await session.peer.openUnidirectional([0x40]);
  await session.answers();
  assert.ok(performance.now() - startedAtMs < STREAM_HEADER_DEADLINE_MS);
  await new Promise((resolve) =>
    setTimeout(resolve, STREAM_HEADER_DEADLINE_MS + DEADLINE_TOLERANCE_MS)
  );
  // Deno tells a sender that it was stopped when it writes again.
  const isStopped = () => writer.write(Uint8Array.of(0x54)).then(() => false, () => true);
  await eventually("the sender is told to stop", DEADLINE_TOLERANCE_MS, isStopped);
  await session.answers();
};

Deno.test("servers endure peers that speak no proper HTTP/3", async (t) => {
  await using stage = await AttackedStack.start();
  await t.step("connections without a session", () => stage.endures(withoutSession));
  await t.step("useless streams", () => stage.endures(uselessStreams));
  await t.step("half a stream type", () => stage.endures(halfAType));
});
