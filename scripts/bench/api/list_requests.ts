/** What of the API's description says which lists there are. */
export interface ListDescription {
  readonly paths?: Readonly<Record<string, { readonly get?: { readonly parameters?: unknown } }>>;
}

/** A request for a list, without its page. */
export interface ListRequest {
  /** Its path in the description, such as `/api/v1/meetings/{meeting}/sessions`. */
  readonly list: string;
  readonly path: string;
  /** Its filters. */
  readonly query: Readonly<Record<string, string>>;
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly schema?: { readonly enum?: readonly string[] };
}

/** What every list has beside its filters. */
const PAGE_PARAMETERS: ReadonlySet<string> = new Set(["limit", "cursor"]);

/**
 * Every list of the API with every combination of its filters: none, and each value of those that
 * enumerate theirs.
 *
 * @param valueOf what a parameter of a path or a free filter is given.
 * @throws {Error} for a parameter without a value: a filter that is new has to be looked at.
 */
export function everyListRequest(
  description: ListDescription,
  valueOf: (list: string, parameter: string) => string | undefined,
): ListRequest[] {
  return Object.entries(description.paths ?? {}).flatMap(([list, { get }]) => {
    const parameters = (get?.parameters ?? []) as readonly Parameter[];
    if (!parameters.some(({ name }) => name === "cursor")) return [];
    const known = (name: string) => {
      const value = valueOf(list, name);
      if (value === undefined) throw new Error(`${list}: no value is known for ${name}`);
      return value;
    };
    const path = list.replaceAll(/\{(\w+)\}/g, (_, name) => known(name));
    const filters = parameters.filter((each) =>
      each.in === "query" && !PAGE_PARAMETERS.has(each.name)
    );
    return combinations(filters, known).map((query) => ({ list, path, query }));
  });
}

function combinations(
  filters: readonly Parameter[],
  known: (name: string) => string,
): Record<string, string>[] {
  return filters.reduce<Record<string, string>[]>(
    (queries, { name, schema }) =>
      queries.flatMap((query) => [
        query,
        ...(schema?.enum ?? [known(name)]).map((value) => ({ ...query, [name]: value })),
      ]),
    [{}],
  );
}
