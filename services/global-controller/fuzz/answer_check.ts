import { Ajv2020 } from "ajv/dist/2020.js";
import type { ApiDocument } from "../rest/api_document.ts";
import { isUuid } from "../rest/uuid.ts";
import type { DescribedOperation } from "./fuzzed_request.ts";
import type { DescribedSchema } from "../docs/described_schema.ts";
import { undeclaredFields } from "./undeclared_fields.ts";

interface DescribedAnswer {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: DescribedSchema }>>;
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** Holds answers to what the description declares. */
export class AnswerCheck {
  readonly #document: ApiDocument;
  readonly #schemas: Readonly<Record<string, DescribedSchema>>;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(document: ApiDocument) {
    this.#document = document;
    this.#schemas = (document.components?.schemas ?? {}) as Record<string, DescribedSchema>;
    this.#ajv.addFormat("uuid", isUuid);
    this.#ajv.addFormat("date-time", RFC_3339);
    for (const format of ["email", "uri", "url", "hostname", "uri-reference"]) {
      this.#ajv.addFormat(format, true);
    }
    this.#ajv.addSchema({ $id: "api", components: document.components });
  }

  /** What is wrong with an answer; empty when nothing is. */
  faultsOf(operation: DescribedOperation, response: Response, text: string): string[] {
    const { status, headers } = response;
    if (status >= 500) return [`answered ${status}: ${text}`];
    const declared = this.#declared(operation.responses[String(status)]);
    if (declared === undefined) return [`${status} is not declared: ${text}`];
    const type = headers.get("content-type")?.split(";")[0];
    if (declared.content === undefined) {
      return text === "" ? [] : [`${status} has a body that is not declared: ${text}`];
    }
    if (type === undefined) return [`${status} has no content-type`];
    if (!(type in declared.content)) return [`${status} came as ${type}`];
    const schema = declared.content[type]!.schema;
    if (type !== "application/json" || schema === undefined) return [];
    return this.#faultsOfBody(schema, JSON.parse(text));
  }

  #declared(answer: unknown): DescribedAnswer | undefined {
    const described = answer as DescribedAnswer | undefined;
    if (described?.$ref === undefined) return described;
    const name = described.$ref.split("/").at(-1)!;
    return this.#document.components?.responses?.[name] as DescribedAnswer;
  }

  #faultsOfBody(schema: DescribedSchema, body: unknown): string[] {
    // References of the document start at its own root.
    const rooted = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
    const faults: string[] = [];
    if (!this.#ajv.validate(rooted, body)) {
      faults.push(
        `the body is not as declared: ${this.#ajv.errorsText()}: ${JSON.stringify(body)}`,
      );
    }
    const fields = undeclaredFields(schema, body, this.#schemas);
    if (fields.length > 0) faults.push(`the body has undeclared fields: ${fields.join(", ")}`);
    return faults;
  }
}
