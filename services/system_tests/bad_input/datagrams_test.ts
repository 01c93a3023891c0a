import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import {
  ARRIVAL_REPORT_PREFIX_LENGTH,
  encodeArrivalReport,
  REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { MAX_DATAGRAM_VIOLATIONS } from "../../media-handler/limits.ts";
import { CloseCode } from "../../media-handler/session/close_code.ts";
import { MAX_DATAGRAM_LENGTH } from "../../runtime/webtransport/limits.ts";
import { type Attack, AttackedStack } from "./attacked_stack.ts";
import { closeCodeOf, errorCode } from "./attacker.ts";
import { flood } from "./flood.ts";
import { RawMediaSession } from "./raw_media_session.ts";

/** Datagrams that are none, by what is wrong with them; each counts as one violation. */
const MALFORMED: Record<string, Uint8Array> = {
  "a report that is cut off": Uint8Array.of(2, 0, 0),
  "a report with a stream fewer than it says": reportWith((bytes) => bytes.fill(2, 1, 2)),
  "a report with 16 points": reportWith((bytes) =>
    bytes.fill(16, ARRIVAL_REPORT_PREFIX_LENGTH + 12, ARRIVAL_REPORT_PREFIX_LENGTH + 13)
  ),
  "sound without a frame": new Uint8Array(9).fill(3, 0, 1),
  "sound with half a header": new Uint8Array(30).fill(3, 0, 1),
  "sound that is too long": new Uint8Array(MAX_DATAGRAM_LENGTH + 1).fill(3, 0, 1),
  "a report that is too long": new Uint8Array(MAX_DATAGRAM_LENGTH + 1).fill(2, 0, 1),
};
assert.equal(Object.keys(MALFORMED).length, MAX_DATAGRAM_VIOLATIONS - 1);

/** Datagrams that go on being sent where the session does not notice. */
const IGNORED_DATAGRAMS = 200;

/** A report of one stream, spoilt. */
function reportWith(spoil: (bytes: Uint8Array) => void): Uint8Array {
  const datagrams = { expected: 0, received: 0, lowestTransitTicks: 0, latestTransitTicks: 0 };
  const streams = [{ deliveryNumber: 1, receivedBytes: 1, points: [] }];
  const [bytes] = encodeArrivalReport({ nextWithinMs: REPORT_INTERVAL_MS, datagrams, streams });
  spoil(bytes!);
  return bytes!;
}

const ATTACKS: Record<string, Attack> = {
  "every malformed datagram, and then one more": async (attacker, stack) => {
    const { connectionToken } = await attacker.intrude();
    await using session = await RawMediaSession.open(
      stack.addressOf("media-handler"),
      connectionToken,
    );
    for (const bytes of Object.values(MALFORMED)) await session.sendDatagram(bytes);
    await session.answers();
    await session.sendDatagram(Uint8Array.of(3));
    assert.equal((await session.error()).code, ErrorCode.INVALID_REQUEST);
    await session.closed;
  },

  "datagrams of another session, of none, and of nothing": async (attacker, stack) => {
    const { connectionToken } = await attacker.intrude();
    await using session = await RawMediaSession.open(
      stack.addressOf("media-handler"),
      connectionToken,
    );
    for (let sent = 0; sent < IGNORED_DATAGRAMS; sent++) {
      await session.sendRawDatagram(Uint8Array.of(1, 3, 9, 9));
      await session.sendRawDatagram(Uint8Array.of(0xc0, 1));
      await session.sendRawDatagram(new Uint8Array(0));
      await session.sendDatagram(new Uint8Array(0));
    }
    await session.answers();
  },

  "more reported than was sent": async (attacker) => {
    const { media } = await attacker.intrude();
    await media.until(() => media.streams.some(({ header }) => header !== undefined));
    const { deliveryNumber } = media.streams[0]!.header!;
    for (let sent = 0; sent < MAX_DATAGRAM_VIOLATIONS; sent++) {
      await media.report(deliveryNumber, Number.MAX_SAFE_INTEGER);
    }
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    assert.equal(await closeCodeOf(media.session), CloseCode.invalidRequest);
  },

  "a flood of malformed reports": async (attacker) => {
    const { media } = await attacker.intrude();
    await flood(media, crypto.getRandomValues(new Uint8Array(1_000)).fill(2, 0, 1));
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    assert.equal(await closeCodeOf(media.session), CloseCode.invalidRequest);
  },

  "a flood of malformed sound": async (attacker) => {
    const { media } = await attacker.intrude();
    await flood(media, crypto.getRandomValues(new Uint8Array(1_000)).fill(3, 0, 1));
    assert.equal(await errorCode(media), ErrorCode.INVALID_REQUEST);
    assert.equal(await closeCodeOf(media.session), CloseCode.invalidRequest);
  },

  "a flood of datagrams of an unknown type": async (attacker) => {
    const { media } = await attacker.intrude();
    await flood(media, crypto.getRandomValues(new Uint8Array(1_000)).fill(9, 0, 1));
    assert.equal(media.errors.length, 0);
  },

  "a flood of reports of nothing new": async (attacker) => {
    const { media } = await attacker.intrude();
    await media.until(() => media.streams.some(({ header }) => header !== undefined));
    const { deliveryNumber } = media.streams[0]!.header!;
    const datagrams = { expected: 0, received: 0, lowestTransitTicks: 0, latestTransitTicks: 0 };
    const streams = [{ deliveryNumber, receivedBytes: 1, points: [] }];
    const [datagram] = encodeArrivalReport({
      nextWithinMs: REPORT_INTERVAL_MS,
      datagrams,
      streams,
    });
    await flood(media, datagram!);
    const before = media.streams[0]!.frames.length;
    await media.until(() => media.streams[0]!.frames.length > before);
  },
};

Deno.test("a media handler endures bad datagrams", async (t) => {
  await using stage = await AttackedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});
