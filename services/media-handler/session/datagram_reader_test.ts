import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import {
  type ArrivalReport,
  encodeArrivalReport,
  REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import {
  encodeAudioDatagram,
  readAudioDatagram,
} from "../../../proto/media_stream/audio_datagram.ts";
import { createSessionPair } from "../../runtime/webtransport/in_memory.ts";
import { REPORT_REST_MS } from "../limits.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { settle } from "../testing/test_client.ts";
import { DatagramReader } from "./datagram_reader.ts";
import { RestTimer } from "./rest_timer.ts";

const DATAGRAMS = { expected: 0, received: 0, lowestTransitTicks: 0, latestTransitTicks: 0 };

/** A sender with 1,000 bytes on the way, and the client that reports them. */
function start() {
  const clock = new ManualClock();
  const [client, session] = createSessionPair();
  const writer = client.datagrams.writable.getWriter();
  const sender = {
    sentBytes: 1_000,
    bytesInFlight: 1_000,
    wantsReports: false as boolean,
    report({ streams }: ArrivalReport) {
      const receivedBytes = streams[0]?.receivedBytes ?? 0;
      if (receivedBytes > sender.sentBytes) return 1;
      sender.bytesInFlight = Math.min(sender.bytesInFlight, sender.sentBytes - receivedBytes);
      return 0;
    },
  };
  const sound: number[] = [];
  const t = { violations: 0, expectsSound: false };
  const reader = new DatagramReader({
    session,
    reports: sender,
    rests: new RestTimer(clock, REPORT_REST_MS),
    expectsSound: () => t.expectsSound,
    onAudio: (bytes) => sound.push(readAudioDatagram(bytes).number),
    onViolation: (count) => t.violations += count,
    onError: (error) => {
      throw error;
    },
  });
  const send = async (bytes: Uint8Array) => {
    await writer.write(bytes);
    await settle();
  };
  return {
    t,
    clock,
    reader,
    sender,
    sound,
    send,
    report: (receivedBytes: number) => {
      const streams = [{ deliveryNumber: 1, receivedBytes, points: [] }];
      return send(
        encodeArrivalReport({
          nextWithinMs: REPORT_INTERVAL_MS,
          datagrams: DATAGRAMS,
          streams,
        })[0]!,
      );
    },
    speak: (number: number) => {
      const streamId = crypto.randomUUID();
      const frame = makeFrame({ streamId, sequence: number, type: FrameType.audio });
      return send(encodeAudioDatagram(number, 0, [frame.bytes]));
    },
  };
}

Deno.test("after a report the next one rests until it is wanted", async () => {
  const { sender, reader, report } = start();
  await report(400);
  strictEqual(sender.bytesInFlight, 600);
  await report(700);
  strictEqual(sender.bytesInFlight, 600, "left unread");
  reader.wake();
  strictEqual(sender.bytesInFlight, 300);
});

Deno.test("while reports are wanted they are read as they come", async () => {
  const { sender, report } = start();
  sender.wantsReports = true;
  await report(400);
  await report(700);
  strictEqual(sender.bytesInFlight, 300);
});

Deno.test("what nobody needs is read in the end", async () => {
  const { clock, sender, report } = start();
  await report(400);
  await report(1_000);
  clock.advance(REPORT_REST_MS);
  strictEqual(sender.bytesInFlight, 0);
});

Deno.test("reports that say nothing new, and false ones, are all read", async () => {
  const { t, report } = start();
  await report(0);
  await report(0);
  await report(1_001);
  await report(1_001);
  strictEqual(t.violations, 2);
});

Deno.test("sound never waits behind a report, if any may come", async () => {
  const { t, sound, report, speak } = start();
  t.expectsSound = true;
  await report(400);
  await speak(0);
  await report(700);
  await speak(1);
  deepStrictEqual(sound, [0, 1]);
});

Deno.test("sound that is announced while a report rests is read from then on", async () => {
  const { t, sound, reader, report, speak } = start();
  await report(400);
  t.expectsSound = true;
  reader.wake();
  await report(700);
  await speak(0);
  deepStrictEqual(sound, [0]);
});

Deno.test("malformed datagrams are dropped and counted, those of unknown types ignored", async () => {
  const { t, sound, send, speak } = start();
  await send(new Uint8Array([2, 1, 2]));
  await send(new Uint8Array([3, 1, 2]));
  await send(new Uint8Array([77, 1, 2]));
  await send(new Uint8Array(0));
  await speak(0);
  deepStrictEqual([t.violations, sound], [2, [0]]);
});
