import type { ApiDocument } from "../rest/api_document.ts";
import type { DescribedSchema } from "./described_schema.ts";
import type {
  DescribedAnswer,
  DescribedOperation,
  DescribedParameter,
} from "./operation_section.ts";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

interface Answer {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: DescribedSchema }>>;
}

/** The operations of a description in the order of their paths, ready to be shown. */
export function describedOperations(document: ApiDocument): DescribedOperation[] {
  return Object.entries(document.paths ?? {}).sort().flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const body = operation.requestBody as Answer | undefined;
      return [{
        id: operation.operationId!,
        method: method.toUpperCase(),
        path,
        tag: operation.tags![0]!,
        summary: operation.summary ?? "",
        description: operation.description ?? "",
        needsCredentials: needsBearer(operation.security ?? []),
        parameters: (operation.parameters ?? []).map((parameter) =>
          shared<DescribedParameter>(document, "parameters", parameter)
        ),
        body: body?.content?.["application/json"]?.schema,
        answers: answersOf(document, operation.responses ?? {}),
      }];
    })
  );
}

/** Whether there is no way in but an access token or an API key. */
function needsBearer(ways: readonly object[]): boolean {
  return ways.length > 0 && ways.every((way) => "bearer" in way);
}

function answersOf(
  document: ApiDocument,
  responses: Readonly<Record<string, unknown>>,
): DescribedAnswer[] {
  return Object.entries(responses).sort().map(([status, response]) => {
    const { description = "", content } = shared<Answer>(document, "responses", response);
    return { status, description, schema: content?.["application/json"]?.schema };
  });
}

/** The part that a reference names, or the part itself. */
function shared<Part>(
  { components }: ApiDocument,
  kind: "parameters" | "responses",
  part: unknown,
): Part {
  const reference = (part as { $ref?: string }).$ref;
  if (reference === undefined) return part as Part;
  return components?.[kind]?.[reference.split("/").at(-1)!] as Part;
}
