import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { ClientEnvelopeSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Choice } from "./choice.ts";
import {
  hostileBytes,
  hostileCount,
  hostileEnum,
  hostileFraction,
  hostileLong,
  hostileText,
  hostileWhole,
} from "./hostile_values.ts";
import { type KnownValues, plausibleBytes, plausibleText } from "./known_values.ts";

/** Longest envelope that a list may blow up, bytes: beyond, no message is read at all. */
const MAX_WRITTEN_LENGTH = 60 * 1024;
const ENTERING = ["prepare_request", "join_request", "resume_request"];
const UNKNOWN_FIELD = 1_999;

/** What an envelope is to look like. */
export interface EnvelopePlan {
  readonly requestId: number;
  /** The probability that a value, or how it is written, is hostile. */
  readonly hostility: number;
  /** Whether the session wants to get in. */
  readonly isEntering: boolean;
}

/**
 * Writes envelopes after the description of the protocol itself, so that none of its messages is
 * left out: plausible ones, and such as only somebody writes who means harm.
 */
export class EnvelopeWriter {
  readonly #requests = ClientEnvelopeSchema.fields.filter(({ oneof }) => oneof !== undefined);
  readonly #entering = this.#requests.filter(({ name }) => ENTERING.includes(name));

  constructor(private readonly choice: Choice, private readonly known: KnownValues) {}

  write({ requestId, hostility, isEntering }: EnvelopePlan): Uint8Array<ArrayBuffer> {
    const { choice } = this;
    const writer = new BinaryWriter();
    const version = choice.happens(hostility / 8) ? hostileWhole(choice) : 1;
    writer.tag(1, WireType.Varint).uint32(version);
    const id = choice.happens(hostility / 8) ? hostileWhole(choice) : requestId;
    writer.tag(2, WireType.Varint).uint32(id);
    if (choice.happens(0.05)) this.#field(writer, ClientEnvelopeSchema.field.traceContext!, 0.5);
    const enters = isEntering ? 0.7 : 0.02;
    const requests = choice.happens(enters) ? this.#entering : this.#requests;
    this.#field(writer, choice.among(requests), hostility);
    if (choice.happens(hostility / 10)) {
      this.#field(writer, choice.among(this.#requests), hostility);
    }
    return writer.finish();
  }

  #message(writer: BinaryWriter, { fields }: DescMessage, hostility: number): void {
    const { choice } = this;
    for (const field of fields) {
      if (choice.happens(hostility / 4)) continue;
      this.#field(writer, field, hostility);
      if (choice.happens(hostility / 20)) this.#field(writer, field, hostility);
    }
    if (choice.happens(hostility / 10)) {
      writer.tag(UNKNOWN_FIELD, WireType.LengthDelimited).bytes(hostileBytes(choice));
    }
  }

  #field(writer: BinaryWriter, field: DescField, hostility: number): void {
    const { choice } = this;
    if (choice.happens(hostility / 40)) {
      // The wrong wire type.
      writer.tag(field.number, WireType.Varint).uint64(hostileLong(choice));
      return;
    }
    if (field.fieldKind !== "list") return this.#value(writer, field, hostility);
    const isHostile = choice.happens(hostility / 4);
    const count = isHostile ? hostileCount(choice) : choice.below(3);
    const list = new BinaryWriter();
    for (let index = 0, length = 0; index < count && length < MAX_WRITTEN_LENGTH; index++) {
      const element = new BinaryWriter();
      this.#value(element, field, hostility);
      const bytes = element.finish();
      length += bytes.length;
      list.raw(bytes);
    }
    writer.raw(list.finish());
  }

  #value(writer: BinaryWriter, field: DescField, hostility: number): void {
    const isHostile = this.choice.happens(hostility);
    if (field.message !== undefined) {
      writer.tag(field.number, WireType.LengthDelimited).fork();
      if (!this.choice.happens(hostility / 8)) this.#message(writer, field.message, hostility);
      writer.join();
    } else if (field.enum !== undefined) {
      const { number } = this.choice.among(field.enum.values);
      writer.tag(field.number, WireType.Varint)
        .int32(isHostile ? hostileEnum(this.choice) : number);
    } else if (field.scalar !== undefined) {
      this.#scalar(writer, field, field.scalar, isHostile);
    }
  }

  #scalar(writer: BinaryWriter, field: DescField, type: ScalarType, isHostile: boolean): void {
    const { choice, known } = this;
    const { number, name } = field;
    switch (type) {
      case ScalarType.STRING:
        writer.tag(number, WireType.LengthDelimited)
          .bytes(isHostile ? hostileText(choice) : plausibleText(name, known, choice));
        return;
      case ScalarType.BYTES:
        writer.tag(number, WireType.LengthDelimited)
          .bytes(isHostile ? hostileBytes(choice) : plausibleBytes(name, known, choice));
        return;
      case ScalarType.UINT32:
        writer.tag(number, WireType.Varint)
          .uint32(isHostile ? hostileWhole(choice) : choice.below(240));
        return;
      case ScalarType.UINT64:
        writer.tag(number, WireType.Varint)
          .uint64(isHostile ? hostileLong(choice) : BigInt(choice.below(50)));
        return;
      case ScalarType.FLOAT:
        writer.tag(number, WireType.Bit32)
          .float(isHostile ? hostileFraction(choice) : choice.random());
        return;
      case ScalarType.BOOL:
        writer.tag(number, WireType.Varint).uint32(isHostile ? 2 : choice.below(2));
        return;
      default:
        throw new TypeError(`no values are known for ${field.toString()}`);
    }
  }
}
