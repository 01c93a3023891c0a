import type { DescribedSchema } from "../docs/described_schema.ts";
import { chance, integer, pick, type Random } from "./choice.ts";
import { HOSTILE_TEXTS, HOSTILE_VALUES } from "./hostile_values.ts";
import type { SeenValues } from "./seen_values.ts";

const LETTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789-_ .@:/<>&'\"éß\u{1f600}"];
const DAY_MS = 86_400_000;
/** Longest text made up on purpose, characters. */
const MAX_TEXT_LENGTH = 300;

/** Makes values of what a schema describes, or of what it nearly describes. */
export class SchemaValues {
  readonly #random: Random;
  readonly #components: Readonly<Record<string, DescribedSchema>>;
  readonly #seen: SeenValues;

  constructor(
    random: Random,
    components: Readonly<Record<string, DescribedSchema>>,
    seen: SeenValues,
  ) {
    this.#random = random;
    this.#components = components;
    this.#seen = seen;
  }

  /**
   * A value for a field called `name`.
   *
   * @param wildness how likely each part of it is something else, from 0 to 1.
   */
  make(schema: DescribedSchema, name: string, wildness: number): unknown {
    const random = this.#random;
    if (chance(random, wildness)) {
      return chance(random, 0.6) ? pick(random, HOSTILE_TEXTS) : pick(random, HOSTILE_VALUES);
    }
    if (schema.$ref !== undefined) {
      return this.make(this.#components[schema.$ref.split("/").at(-1)!]!, name, wildness);
    }
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return pick(random, schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) return this.make(pick(random, choices), name, wildness);
    if (schema.allOf !== undefined) {
      const parts = schema.allOf.map((part) => this.make(part, name, wildness));
      return Object.assign({}, ...parts, this.#object(schema, wildness));
    }
    const types = typeof schema.type === "string" ? [schema.type] : schema.type ?? ["string"];
    return this.#plain(pick(random, types), schema, name, wildness);
  }

  #plain(type: string, schema: DescribedSchema, name: string, wildness: number): unknown {
    const random = this.#random;
    switch (type) {
      case "null":
        return null;
      case "boolean":
        return chance(random, 0.5);
      case "integer":
      case "number": {
        const { minimum = 0, maximum = 1_000 } = schema;
        return pick(random, [minimum, maximum, integer(random, minimum, maximum)]);
      }
      case "array": {
        const { minItems = 0, maxItems = 3 } = schema;
        const length = integer(random, minItems, Math.min(maxItems, minItems + 3));
        return Array.from(
          { length },
          () => this.make(schema.items ?? {}, name.replace(/s$/, ""), wildness),
        );
      }
      case "object":
        return this.#object(schema, wildness);
      default:
        return this.#text(schema, name);
    }
  }

  #object({ properties = {}, required = [] }: DescribedSchema, wildness: number): unknown {
    const random = this.#random;
    const value: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties)) {
      const probability = required.includes(name) ? 1 - wildness / 2 : 0.5;
      if (chance(random, probability)) value[name] = this.make(schema, name, wildness);
    }
    if (chance(random, wildness)) value[pick(random, HOSTILE_TEXTS)] = 1;
    return value;
  }

  #text(schema: DescribedSchema, name: string): string {
    const random = this.#random;
    const seen = this.#seen.valueFor(name, random);
    if (seen !== undefined && chance(random, 0.7)) return seen;
    if (typeof schema.example === "string" && chance(random, 0.5)) return schema.example;
    switch (schema.format) {
      case "uuid":
        return madeUpUuid(random);
      case "date-time":
        return new Date(Date.now() + integer(random, -30, 30) * DAY_MS).toISOString();
      case "email":
        return `${integer(random, 0, 1_000)}@people.example`;
      case "uri":
      case "url":
        return `https://hooks.example/${integer(random, 0, 1_000)}`;
    }
    const { minLength = 0, maxLength = MAX_TEXT_LENGTH } = schema;
    if (schema.pattern === undefined && maxLength >= 30 && chance(random, 0.2)) {
      return pick(random, HOSTILE_TEXTS).slice(0, maxLength);
    }
    const most = Math.min(maxLength, Math.max(minLength, 20));
    const length = chance(random, 0.1)
      ? Math.min(maxLength, MAX_TEXT_LENGTH)
      : integer(random, minLength, most);
    // Most patterns of names and codes take lower-case letters.
    const letters = schema.pattern === undefined ? LETTERS : LETTERS.slice(0, 26);
    return Array.from({ length }, () => pick(random, letters)).join("");
  }
}

/** A UUID of version 4 that nobody else has. */
export function madeUpUuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => integer(random, 0, 15).toString(16)).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${
    hex.slice(20)
  }`;
}
