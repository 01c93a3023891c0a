/** As much of JSON Schema (2020-12) as the API's description uses. */
export interface DescribedSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly DescribedSchema[];
  readonly oneOf?: readonly DescribedSchema[];
  readonly allOf?: readonly DescribedSchema[];
  readonly items?: DescribedSchema;
  readonly properties?: Readonly<Record<string, DescribedSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: DescribedSchema | boolean;
}

/** The named schemas of a description. */
export type DescribedSchemas = Readonly<Record<string, DescribedSchema>>;

/** One field of a body, as a line of a table. */
export interface DescribedField {
  /** Such as `settings.lobby_enabled` or `meetings[].meeting_id`. */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
}

/** How deep the fields of a body are followed. */
const MAX_DEPTH = 5;

/** The schema that a reference names, or the schema itself. */
export function resolved(schema: DescribedSchema, schemas: DescribedSchemas): DescribedSchema {
  if (schema.$ref === undefined) return schema;
  return schemas[schema.$ref.split("/").at(-1)!] ?? {};
}

/** All fields of a body, the outer ones before their own. */
export function fieldsOf(
  schema: DescribedSchema,
  schemas: DescribedSchemas,
  prefix = "",
  depth = 0,
): DescribedField[] {
  if (depth > MAX_DEPTH) return [];
  const { items } = resolved(schema, schemas);
  if (items !== undefined) return fieldsOf(items, schemas, `${prefix}[]`, depth + 1);
  return objectParts(schema, schemas).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, field]) => {
      const path = prefix === "" ? name : `${prefix}.${name}`;
      return [
        {
          path,
          type: typeText(field, schemas),
          isRequired: required.includes(name),
          description: field.description ?? "",
        },
        ...fieldsOf(field, schemas, path, depth + 1),
      ];
    })
  );
}

/** What a value of a field has to be, in a few words. */
export function typeText(schema: DescribedSchema, schemas: DescribedSchemas): string {
  const own = resolved(schema, schemas);
  if (own.const !== undefined) return JSON.stringify(own.const);
  if (own.enum !== undefined) return own.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = own.anyOf ?? own.oneOf;
  if (choices !== undefined) return choices.map((choice) => typeText(choice, schemas)).join(" | ");
  if (own.allOf !== undefined) return "object";
  if (own.items !== undefined) return `array of ${typeText(own.items, schemas)}`;
  const types = typeof own.type === "string" ? [own.type] : own.type ?? ["anything"];
  return [types.join(" | "), ...bounds(own)].join(", ");
}

/** A value that fits the schema, for people to change. */
export function exampleOf(
  schema: DescribedSchema,
  schemas: DescribedSchemas,
  depth = 0,
): unknown {
  const own = resolved(schema, schemas);
  const given = own.example ?? own.default ?? own.const ?? own.enum?.[0];
  if (given !== undefined) return given;
  const choice = (own.anyOf ?? own.oneOf)?.[0];
  if (choice !== undefined) return exampleOf(choice, schemas, depth);
  if (own.items !== undefined) return depth > 2 ? [] : [exampleOf(own.items, schemas, depth + 1)];
  const type = typeof own.type === "string" ? own.type : own.type?.[0];
  switch (type) {
    case "string":
      return EXAMPLES[own.format ?? ""] ?? "text";
    case "integer":
    case "number":
      return own.minimum ?? 0;
    case "boolean":
      return false;
    case "null":
      return null;
  }
  if (depth > MAX_DEPTH) return {};
  const fields = objectParts(own, schemas).flatMap(({ properties = {} }) =>
    Object.entries(properties).map(([name, field]) => [name, exampleOf(field, schemas, depth + 1)])
  );
  return Object.fromEntries(fields);
}

const EXAMPLES: Readonly<Record<string, string>> = {
  uuid: "4b0d5a1e-7a63-4c39-8f0e-3f6d2b7a9c10",
  "date-time": "2026-11-21T18:00:00Z",
  email: "ada@example.org",
  uri: "https://example.org/hook",
  url: "https://example.org/hook",
};

/** The objects that a schema is put together from. */
function objectParts(schema: DescribedSchema, schemas: DescribedSchemas): DescribedSchema[] {
  const own = resolved(schema, schemas);
  const others = [...own.allOf ?? [], ...own.anyOf ?? [], ...own.oneOf ?? []];
  return [own, ...others.flatMap((other) => objectParts(other, schemas))]
    .filter(({ properties }) => properties !== undefined);
}

function bounds(
  { format, minLength, maxLength, minimum, maximum, maxItems }: DescribedSchema,
): string[] {
  const texts: string[] = [];
  if (format !== undefined) texts.push(format);
  if (minimum !== undefined || maximum !== undefined) {
    texts.push(`${minimum ?? "…"} to ${maximum ?? "…"}`);
  }
  if (maxLength !== undefined) texts.push(`${minLength ?? 0} to ${maxLength} characters`);
  if (maxItems !== undefined) texts.push(`at most ${maxItems}`);
  return texts;
}
