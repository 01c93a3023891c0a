import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { MediaClientEnvelopeSchema } from "../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import { DecodableFrames } from "../../proto/media_frame/decodable_frames.ts";
import {
  FRAME_HEADER_LENGTH,
  FrameError,
  MAX_FRAME_LENGTH,
  readFrameHeader,
  writeFrameHeader,
} from "../../proto/media_frame/frame_header.ts";
import { FrameParser } from "../../proto/media_frame/frame_parser.ts";
import {
  ArrivalReportError,
  encodeArrivalReport,
  readArrivalReport,
} from "../../proto/media_stream/arrival_report.ts";
import {
  AudioDatagramError,
  encodeAudioDatagram,
  readAudioDatagram,
} from "../../proto/media_stream/audio_datagram.ts";
import {
  encodeStreamHeader,
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  StreamHeaderError,
} from "../../proto/media_stream/stream_header.ts";
import {
  frameMessage,
  MAX_MESSAGE_LENGTH,
  MessageFramingError,
  MessageParser,
} from "../../proto/signaling/message_framing.ts";
import arrivalReports from "../../proto/vectors/arrival_report.json" with { type: "json" };
import audioDatagrams from "../../proto/vectors/audio_datagram.json" with { type: "json" };
import frameHeaders from "../../proto/vectors/frame_header.json" with { type: "json" };
import streamHeaders from "../../proto/vectors/stream_header.json" with { type: "json" };

/** A parser of bytes from outside, and what must hold for whatever it is given. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs that inputs are made from. */
  readonly corpus: readonly Uint8Array[];
  /**
   * Gives `bytes` to the parser. Throws when it does not keep its promise: to refuse by its own
   * error, or to understand exactly what the bytes say.
   */
  check(bytes: Uint8Array<ArrayBuffer>): void;
}

/** Longest payload of a frame in the corpus: what matters stands before it. */
const MAX_CORPUS_PAYLOAD = 1_024;
const UUID = "00112233-4455-4677-8899-aabbccddeeff";

type ControlMessage = MessageInitShape<typeof MediaClientEnvelopeSchema>["message"];

const bytesOf = ({ valid }: { readonly valid: readonly { readonly bytes: string }[] }) =>
  valid.map(({ bytes }) => Uint8Array.fromHex(bytes));

/** The frames that vectors have the headers of. */
const frames = bytesOf(frameHeaders).flatMap((header) => {
  const { payloadLength } = readFrameHeader(header);
  return payloadLength <= MAX_CORPUS_PAYLOAD ? [join(header, new Uint8Array(payloadLength))] : [];
});

const controlMessages = ([
  { case: "authenticate", value: { connectionToken: "t".repeat(43) } },
  { case: "keyFrameRequest", value: { streamId: UUID, spatialLayer: 2 } },
  { case: "viewRequest", value: { views: [{ streamId: UUID, width: 640, focused: true }] } },
] satisfies ControlMessage[]).map((message) =>
  frameMessage(
    toBinary(
      MediaClientEnvelopeSchema,
      create(MediaClientEnvelopeSchema, { version: 1, message }),
    ),
  )
);

/** What comes over the network to a media handler, and to a client. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  {
    name: "frame header",
    corpus: bytesOf(frameHeaders),
    check: refusedBy(FrameError, (bytes) => {
      const again = new Uint8Array(FRAME_HEADER_LENGTH);
      writeFrameHeader(readFrameHeader(bytes), again);
      requireSame(again, bytes.subarray(0, FRAME_HEADER_LENGTH));
    }),
  },
  {
    name: "frames of a stream",
    corpus: frames,
    check: refusedBy(FrameError, (bytes) => {
      const parser = new FrameParser();
      const decodable = new DecodableFrames();
      let parsed = 0;
      forEachPiece(bytes, (piece) =>
        parser.push(piece, (frame) => {
          if (frame.bytes.length > MAX_FRAME_LENGTH) throw new Error("a frame beyond its limit");
          requireSame(frame.bytes, bytes.subarray(parsed, parsed + frame.bytes.length));
          parsed += frame.bytes.length;
          decodable.admit(frame.header);
        }));
    }),
  },
  {
    name: "stream header",
    corpus: bytesOf(streamHeaders),
    check: refusedBy(StreamHeaderError, (bytes) => {
      const again = encodeStreamHeader(readStreamHeader(bytes));
      requireSame(again, bytes.subarray(0, STREAM_HEADER_LENGTH));
    }),
  },
  {
    name: "arrival report",
    corpus: bytesOf(arrivalReports),
    check: refusedBy(ArrivalReportError, (bytes) => {
      for (const again of encodeArrivalReport(readArrivalReport(bytes))) requireSame(again, bytes);
    }),
  },
  {
    name: "audio datagram",
    corpus: bytesOf(audioDatagrams),
    check: refusedBy(AudioDatagramError, (bytes) => {
      const { number, sentAtTicks, frames } = readAudioDatagram(bytes);
      const again = encodeAudioDatagram(number, sentAtTicks, frames.map((frame) => frame.bytes));
      requireSame(again, bytes);
    }),
  },
  {
    name: "control messages",
    corpus: controlMessages,
    check: refusedBy(MessageFramingError, (bytes) => {
      const parser = new MessageParser();
      forEachPiece(bytes, (piece) => parser.push(piece, checkControlMessage));
    }),
  },
];

/** A message is refused, or means the same once it was written again. */
function checkControlMessage(bytes: Uint8Array): void {
  if (bytes.length > MAX_MESSAGE_LENGTH) throw new Error("a message beyond its limit");
  let envelope;
  try {
    envelope = fromBinary(MediaClientEnvelopeSchema, bytes);
  } catch {
    // The decoder refuses with several kinds of errors.
    return;
  }
  const written = toBinary(MediaClientEnvelopeSchema, envelope);
  requireSame(
    toBinary(MediaClientEnvelopeSchema, fromBinary(MediaClientEnvelopeSchema, written)),
    written,
  );
}

/** `check`, to which refusing by `refusal` counts as keeping the promise. */
function refusedBy(
  refusal: abstract new (...args: never[]) => Error,
  check: (bytes: Uint8Array<ArrayBuffer>) => void,
): FuzzTarget["check"] {
  return (bytes) => {
    try {
      check(bytes);
    } catch (error) {
      if (!(error instanceof refusal)) throw error;
    }
  };
}

/** Pieces as a network might cut them; where, the bytes themselves decide. */
function forEachPiece(bytes: Uint8Array, take: (piece: Uint8Array) => void): void {
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + bytes[start]!;
    take(bytes.subarray(start, end));
    start = end;
  }
}

function requireSame(one: Uint8Array, other: Uint8Array): void {
  const same = one.length === other.length && one.every((byte, index) => byte === other[index]);
  if (!same) throw new Error(`reads as ${one.toHex()}`);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
