import { fromBinary } from "@bufbuild/protobuf";
import {
  type ClientEnvelope,
  ClientEnvelopeSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import {
  frameMessage,
  MAX_MESSAGE_LENGTH,
  MESSAGE_PREFIX_LENGTH,
} from "../../../proto/signaling/message_framing.ts";
import { mutate } from "../../../proto/testing/byte_mutator.ts";
import type { Choice } from "./choice.ts";
import type { EnvelopeWriter } from "./envelope_writer.ts";

/** Something to send to a signaling session. */
export interface HostileInput {
  /** As it goes on the stream. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The request id under which exactly one answer has to come; undefined: none has to. */
  readonly answeredUnder: number | undefined;
  /** What comes of the stream after it. */
  readonly then: "goes on" | "is broken" | "ends" | "stalls";
  /** The request, where it can be read as one. */
  readonly request: ClientEnvelope["message"]["case"];
}

/** Shares of the ways in which inputs are made; the rest are written field by field. */
const MUTATED = 0.08;
const NOISE = 0.01;
const FULL = 0.005;
const BREAKING = 0.005;
/** How hostile written envelopes are: mostly not at all, so that sessions live to see more. */
const HOSTILITIES = [...Array<number>(15).fill(0), 0.03, 0.1, 0.5];
const PADDING_TAG = [0xba, 0x7d]; // field 2007, length-delimited

/** The next input of a session. */
export function makeInput(choice: Choice, writer: EnvelopeWriter, plan: {
  readonly requestId: number;
  readonly isEntering: boolean;
}): HostileInput {
  const draw = choice.random();
  const write = (hostility: number) => writer.write({ ...plan, hostility });
  if (draw < BREAKING) return breakingInput(choice, write(0));
  if (draw < BREAKING + FULL) return fullInput(choice, write(0));
  if (draw < BREAKING + FULL + NOISE) return framed(choice.bytes(1 + choice.below(200)));
  if (draw < BREAKING + FULL + NOISE + MUTATED) {
    const bytes = mutate(write(0), write(0.1), choice.random);
    return framed(bytes.length === 0 ? Uint8Array.of(0) : bytes);
  }
  const written = write(choice.among(HOSTILITIES));
  return written.length > MAX_MESSAGE_LENGTH ? broken(written) : framed(written);
}

/** A message that is complete, behind its length. */
export function framed(message: Uint8Array): HostileInput {
  const read = readEnvelope(message);
  return {
    bytes: frameMessage(message),
    answeredUnder: read?.requestId ?? 0,
    then: "goes on",
    request: read?.message.case,
  };
}

/** A message that is exactly as long as any may be, one byte less, or one more. */
function fullInput(choice: Choice, message: Uint8Array): HostileInput {
  const length = MAX_MESSAGE_LENGTH - 1 + choice.below(3);
  const padding = length - message.length - PADDING_TAG.length - 3;
  const full = new Uint8Array(length);
  full.set(message);
  const lengthBytes = [padding & 0x7f | 0x80, padding >> 7 & 0x7f | 0x80, padding >> 14];
  full.set([...PADDING_TAG, ...lengthBytes], message.length);
  return length > MAX_MESSAGE_LENGTH ? broken(full) : framed(full);
}

/** What no stream goes on after. */
function breakingInput(choice: Choice, message: Uint8Array): HostileInput {
  const bytes = frameMessage(message);
  switch (choice.below(5)) {
    case 0:
      return broken(new Uint8Array(0));
    case 1: {
      const then = "ends";
      return { bytes: new Uint8Array(0), answeredUnder: undefined, then, request: undefined };
    }
    case 2:
      return { ...cut(choice, bytes), answeredUnder: 0, then: "ends" };
    case 3:
      return { ...cut(choice, bytes), answeredUnder: undefined, then: "stalls" };
    default:
      return broken(choice.bytes(MAX_MESSAGE_LENGTH + 1 + choice.below(64)));
  }
}

function cut(choice: Choice, bytes: Uint8Array<ArrayBuffer>) {
  return { bytes: bytes.slice(0, 1 + choice.below(bytes.length - 1)), request: undefined };
}

/** A length that none may have. */
function broken(message: Uint8Array): HostileInput {
  const bytes = new Uint8Array(MESSAGE_PREFIX_LENGTH + message.length);
  new DataView(bytes.buffer).setUint32(0, message.length);
  bytes.set(message, MESSAGE_PREFIX_LENGTH);
  return { bytes, answeredUnder: 0, then: "is broken", request: undefined };
}

function readEnvelope(bytes: Uint8Array): ClientEnvelope | undefined {
  try {
    return fromBinary(ClientEnvelopeSchema, bytes);
  } catch {
    return undefined;
  }
}
