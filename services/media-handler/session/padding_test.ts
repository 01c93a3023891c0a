import { strictEqual } from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import {
  NIL_STREAM_ID,
  STREAM_HEADER_LENGTH,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import { settle } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";

const { padding: kind } = StreamKind;

Deno.test("padding is counted, reported and dropped", async () => {
  await using meeting = new TestMeeting();
  const client = await meeting.join();
  const writer = await client.publish(NIL_STREAM_ID, { kind, deliveryNumber: 5 });
  await writer.write(new Uint8Array(1_000));
  await writer.close();
  await client.until(() => client.reported.get(5) === STREAM_HEADER_LENGTH + 1_000);
  strictEqual(client.errors.length, 0);
});

Deno.test("a new padding stream replaces the one before, whose sender is told to stop", async () => {
  await using meeting = new TestMeeting();
  const client = await meeting.join();
  const older = await client.publish(NIL_STREAM_ID, { kind });
  let stopped = false;
  older.closed.catch(() => stopped = true);
  await older.write(new Uint8Array(10));
  await settle();
  await client.publish(NIL_STREAM_ID, { kind });
  await client.until(() => stopped);
  strictEqual(client.errors.length, 0);
});

Deno.test("padding under a delivery number that is in use is a conflict", async () => {
  await using meeting = new TestMeeting();
  const client = await meeting.join();
  await client.publish(meeting.route(client.id, []), { deliveryNumber: 5 });
  await settle();
  await client.publish(NIL_STREAM_ID, { kind, deliveryNumber: 5 });
  await client.until(() => client.errors.length === 1);
  strictEqual(client.errors[0]!.code, ErrorCode.CONFLICT);
});
