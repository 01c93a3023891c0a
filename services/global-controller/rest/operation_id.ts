const API_PREFIX = "/api/v1/";
const VERBS = { get: "get", put: "replace", patch: "update", delete: "delete" } as const;

/**
 * The name of an operation whose route gives none, from its method and path: `listMeetingTokens`,
 * `createMeeting`, `updateRoom`, `joinMeeting`.
 *
 * @param isList whether it answers one page of a list.
 */
export function operationId(method: string, path: string, isList: boolean): string {
  const segments = path.replace(API_PREFIX, "").split("/");
  const last = segments.at(-1)!;
  const endsInId = isParameter(last);
  const names = segments.flatMap((segment, index) => {
    if (isParameter(segment)) return [];
    const isOne = index + 1 < segments.length && isParameter(segments[index + 1]!);
    return [pascalCase(isOne ? singular(segment) : segment)];
  });
  if (method !== "post") {
    const verb = isList ? "list" : VERBS[method as keyof typeof VERBS];
    return verb + names.join("");
  }
  // A collection gets one more; a verb behind a resource is done to it.
  if (isPlural(last) || endsInId) {
    return "create" + [...names.slice(0, -1), pascalCase(singular(last))].join("");
  }
  const isAction = segments.length > 1 && isParameter(segments.at(-2)!);
  if (!isAction) return `create${names.join("")}`;
  const [verb = "", ...object] = last.split("-");
  return verb + names.slice(0, -1).join("") + pascalCase(object.join("-"));
}

function isParameter(segment: string): boolean {
  return segment.startsWith("{");
}

function isPlural(segment: string): boolean {
  return segment.endsWith("s");
}

function singular(segment: string): string {
  if (segment.endsWith("ies")) return `${segment.slice(0, -3)}y`;
  return isPlural(segment) ? segment.slice(0, -1) : segment;
}

function pascalCase(segment: string): string {
  return segment.split(/[^a-z0-9]+/i)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
