import {
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  type StreamHeader,
  StreamHeaderError,
} from "../../../proto/media_stream/stream_header.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Clock } from "../clock.ts";
import { STREAM_HEADER_DEADLINE_MS } from "../limits.ts";
import type { ChunkReader } from "./chunk_reader.ts";
import { StreamRefused } from "./publisher_session.ts";

/** The beginning of an incoming stream. */
export interface StreamOpening {
  readonly header: StreamHeader;
  /** The bytes that came right behind it, valid until the next read. */
  readonly rest: Uint8Array;
}

/**
 * Reads the header that a stream opens with.
 *
 * @throws {StreamHeaderError} when it is none, or the stream ends before.
 * @throws {StreamRefused} when it does not come in time.
 */
export async function readStreamOpening(reader: ChunkReader, clock: Clock): Promise<StreamOpening> {
  const bytes = new Uint8Array(STREAM_HEADER_LENGTH);
  let filled = 0;
  let late = false;
  const cancelDeadline = clock.after(STREAM_HEADER_DEADLINE_MS, () => {
    late = true;
    void reader.cancel();
  });
  try {
    while (true) {
      const chunk = await reader.read();
      if (late) throw new StreamRefused(ErrorCode.STREAM_ERROR, "stream header deadline");
      if (chunk === undefined) throw new StreamHeaderError("truncated");
      const part = chunk.subarray(0, STREAM_HEADER_LENGTH - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (filled === STREAM_HEADER_LENGTH) {
        return { header: readStreamHeader(bytes), rest: chunk.subarray(part.length) };
      }
    }
  } finally {
    cancelDeadline();
  }
}
