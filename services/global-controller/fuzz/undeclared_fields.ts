import type { DescribedSchema } from "../docs/described_schema.ts";

/**
 * The paths of all fields of `value` that its schema does not name: JSON DescribedSchema allows them unless
 * told otherwise, but what nobody declared may be what nobody meant to tell.
 */
export function undeclaredFields(
  schema: DescribedSchema,
  value: unknown,
  components: Readonly<Record<string, DescribedSchema>>,
  path = "",
): string[] {
  const parts = partsOf(schema, components);
  if (Array.isArray(value)) {
    const items = parts.map((part) => part.items).find((part) => part !== undefined);
    if (items === undefined) return [];
    return value.flatMap((item) => undeclaredFields(items, item, components, `${path}[]`));
  }
  if (value === null || typeof value !== "object") return [];
  const isOpen = parts.every(({ properties }) => properties === undefined) ||
    parts.some(({ additionalProperties: more }) => more === true || typeof more === "object");
  return Object.entries(value).flatMap(([name, field]) => {
    const declared = parts.flatMap(({ properties }) => properties?.[name] ?? []);
    if (declared.length === 0) return isOpen ? [] : [`${path}.${name}`];
    return undeclaredFields({ anyOf: declared }, field, components, `${path}.${name}`);
  });
}

/** The schema itself and all that it is put together from. */
function partsOf(
  schema: DescribedSchema,
  components: Readonly<Record<string, DescribedSchema>>,
): DescribedSchema[] {
  if (schema.$ref !== undefined) {
    return partsOf(components[schema.$ref.split("/").at(-1)!]!, components);
  }
  const others = [...schema.allOf ?? [], ...schema.anyOf ?? [], ...schema.oneOf ?? []];
  const isOnlyAFrame = others.length > 0 && schema.properties === undefined;
  return [
    ...(isOnlyAFrame ? [] : [schema]),
    ...others.flatMap((other) => partsOf(other, components)),
  ];
}
