/** A JSON Schema (2020-12) as OpenAPI 3.1 documents of this project use it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly description?: string;
}

const COMPONENT = "#/components/schemas/";

/**
 * The TypeScript type of what a schema describes.
 *
 * @throws {TypeError} for a reference to anything but a component, or a type that JSON has not.
 */
export function typeOfSchema(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return referenceType(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return union(choices.map(typeOfSchema));
  if (schema.allOf !== undefined) {
    const own = schema.properties === undefined ? [] : [objectType(schema)];
    return [...schema.allOf.map((part) => `(${typeOfSchema(part)})`), ...own].join(" & ");
  }
  if (schema.type === undefined) return "unknown";
  const types = typeof schema.type === "string" ? [schema.type] : schema.type;
  return union(types.map((type) => plainType(type, schema)));
}

function referenceType(reference: string): string {
  if (!reference.startsWith(COMPONENT)) throw new TypeError(`a reference to ${reference}`);
  return `Schemas[${JSON.stringify(reference.slice(COMPONENT.length))}]`;
}

function plainType(type: string, schema: JsonSchema): string {
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return schema.prefixItems === undefined
        ? `readonly (${typeOfSchema(schema.items ?? {})})[]`
        : `readonly [${schema.prefixItems.map(typeOfSchema).join(", ")}]`;
    case "object":
      return objectType(schema);
    default:
      throw new TypeError(`a schema has the type ${type}`);
  }
}

function objectType({ properties, required = [], additionalProperties }: JsonSchema): string {
  const fields = Object.entries(properties ?? {}).map(([name, schema]) =>
    `${comment(schema.description)}readonly ${JSON.stringify(name)}${
      required.includes(name) ? "" : "?"
    }: ${typeOfSchema(schema)};`
  );
  if (fields.length > 0) return `{ ${fields.join(" ")} }`;
  const values = typeof additionalProperties === "object" ? additionalProperties : {};
  return `{ readonly [name: string]: ${typeOfSchema(values)} }`;
}

/** A documentation comment, or nothing. */
export function comment(text: string | undefined): string {
  return text === undefined ? "" : `/** ${text.replaceAll("*/", "* /")} */ `;
}

function union(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  return distinct.length === 0 ? "never" : distinct.join(" | ");
}
