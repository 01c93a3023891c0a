import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CloseCode } from "../../meeting-controller/participant/close_code.ts";
import { Http3ErrorCode } from "../../runtime/webtransport/http3/error_codes.ts";
import { MAX_UNAUTHENTICATED_PER_ADDRESS } from "../../runtime/webtransport/limits.ts";
import { RawPeer } from "../../runtime/webtransport/testing/raw_peer.ts";
import { eventually } from "../eventually.ts";
import { type Attack, AttackedStack, WEBTRANSPORT_SERVERS } from "./attacked_stack.ts";
import { closeCodeOf } from "./attacker.ts";

/** Longer than any server waits for an unfinished thing, milliseconds. */
const PATIENCE_MS = 18_000;

/** Peers that begin something and then fall silent, and how each is got rid of. */
const SILENCES: Record<string, Attack> = {
  "a connection without HTTP/3": async (_attacker, stack) => {
    for (const name of WEBTRANSPORT_SERVERS) {
      const { port, hash } = stack.addressOf(name);
      await using peer = await RawPeer.connect(port, { hash });
      assert.equal(await peer.closeCode(), Http3ErrorCode.missingSettings);
    }
  },

  "a signaling session without a stream": async (attacker) => {
    const { meetingControllerUrl, certificateHashes } = await attacker.grant();
    const session = attacker.open(meetingControllerUrl, certificateHashes);
    assert.equal(await closeCodeOf(session), CloseCode.TIMEOUT);
  },

  "a signaling session without a message": async (attacker) => {
    const { session } = await attacker.signaling();
    assert.equal(await closeCodeOf(session), CloseCode.TIMEOUT);
  },

  "half a signaling message": async (attacker) => {
    const { signaling } = await attacker.intrude();
    await signaling.sendBytes(new Uint8Array([0, 0]));
    assert.equal(await closeCodeOf(signaling.session), CloseCode.TIMEOUT);
  },

  "a media session without a stream": async (attacker) => {
    const { mediaHandlerUrl, certificateHashes } = await attacker.grant();
    const session = attacker.open(mediaHandlerUrl!, certificateHashes);
    assert.equal(await closeCodeOf(session, PATIENCE_MS), CloseCode.TIMEOUT);
  },

  "a media session without a token": async (attacker) => {
    const client = await attacker.media();
    await client.sendBytes(new Uint8Array([0, 0]));
    assert.equal(await closeCodeOf(client.session, PATIENCE_MS), CloseCode.TIMEOUT);
    assert.equal(client.errors[0]?.code, ErrorCode.UNAUTHORIZED);
  },

  "a media stream without a header": async (attacker) => {
    const { media } = await attacker.intrude();
    const writer = await media.openStream();
    await writer.write(new Uint8Array([1]));
    await media.until(() => media.errors.length > 0);
    assert.equal(media.errors[0]!.code, ErrorCode.STREAM_ERROR);
  },

  "half a request body": async (_attacker, { stack }) => {
    const { port } = new URL(stack.url);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    try {
      await connection.write(new TextEncoder().encode(
        "POST /api/v1/meetings HTTP/1.1\r\nHost: localhost\r\n" +
          'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"',
      ));
      const answer = new Uint8Array(64);
      const length = await connection.read(answer);
      assert.match(new TextDecoder().decode(answer.subarray(0, length ?? 0)), /^HTTP\/1\.1 408 /);
    } finally {
      connection.close();
    }
  },
};

/** Connections that one address opens at once. */
const CROWD = 60;
/** How long a server may take to decide on all of them, milliseconds. */
const DECISION_LIMIT_MS = 5_000;

/** Opens a crowd of sessions that never authenticate; no more than the cap may come to be. */
function crowdAt(name: typeof WEBTRANSPORT_SERVERS[number]): Attack {
  return async (attacker, stack) => {
    const { port, hash } = stack.addressOf(name);
    const outcomes = { opened: 0, refused: 0 };
    for (let count = 0; count < CROWD; count++) {
      attacker.open(`https://127.0.0.1:${port}/`, [hash]).ready
        .then(() => outcomes.opened++, () => outcomes.refused++);
    }
    await eventually(
      "the server has decided on the whole crowd",
      DECISION_LIMIT_MS,
      () => outcomes.opened + outcomes.refused === CROWD,
    );
    assert.deepEqual(outcomes, {
      opened: MAX_UNAUTHENTICATED_PER_ADDRESS,
      refused: CROWD - MAX_UNAUTHENTICATED_PER_ADDRESS,
    });
    await assert.rejects(RawPeer.connect(port, { hash }), /aborted by peer/);
  };
}

Deno.test("peers that only hold connections are bounded and dropped", async (t) => {
  await using stage = await AttackedStack.start();
  for (const name of WEBTRANSPORT_SERVERS) {
    await t.step(`sixty connections at the ${name}`, () => stage.endures(crowdAt(name)));
  }
  await t.step("everyone who falls silent half-way", () =>
    stage.endures(async (attacker) => {
      await Promise.all(
        Object.entries(SILENCES).map(async ([name, fallSilent]) => {
          try {
            await fallSilent(attacker, stage);
          } catch (cause) {
            throw new Error(name, { cause });
          }
        }),
      );
    }));
});
