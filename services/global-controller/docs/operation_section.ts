import { html } from "hono/html";
import { curlCommand } from "./curl_command.ts";
import {
  type DescribedSchema,
  type DescribedSchemas,
  exampleOf,
  fieldsOf,
  typeText,
} from "./described_schema.ts";

/** One parameter of an operation. */
export interface DescribedParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: DescribedSchema;
}

/** One answer of an operation. */
export interface DescribedAnswer {
  readonly status: string;
  readonly description: string;
  readonly schema: DescribedSchema | undefined;
}

/** One operation, with all references to shared parts resolved. */
export interface DescribedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly needsCredentials: boolean;
  readonly parameters: readonly DescribedParameter[];
  readonly body: DescribedSchema | undefined;
  readonly answers: readonly DescribedAnswer[];
}

type Markup = ReturnType<typeof html>;

/** All about one operation, folded up. */
export function operationSection(
  operation: DescribedOperation,
  schemas: DescribedSchemas,
  origin: string,
): Markup {
  const { id, method, path, summary, description, parameters, body, answers } = operation;
  const words = `${id} ${method} ${path} ${summary} ${description}`.toLowerCase();
  const command = curlCommand({
    method,
    url: origin + path,
    needsCredentials: operation.needsCredentials,
    body: body === undefined ? undefined : exampleOf(body, schemas),
  });
  const success = answers.find(({ status }) => status.startsWith("2"));
  return html`
    <details id="${id}" data-text="${words}">
      <summary>
        <span class="method ${method}">${method}</span><code>${path}</code>
        <span class="summary">${summary}</span>
      </summary>
      <div class="content">
        ${description === "" ? "" : html`<p>${description}</p>`}
        <p class="quiet">
          ${operation.needsCredentials
            ? "Needs an access token or an API key."
            : "Needs no access token."} Named <code>${id}</code>.
        </p>
        ${parameters.length === 0 ? "" : parameterTable(parameters, schemas)}
        ${body === undefined ? "" : html`<h3>Body</h3>${fieldTable(body, schemas)}`}
        <h3>Call</h3>
        <pre tabindex="0">${command}</pre><button type="button" data-copy hidden>Copy</button>
        <h3>Answers</h3>
        ${answerTable(answers)}
        ${success?.schema === undefined ? "" : html`
          <h3>Body of ${success.status}</h3>
          ${fieldTable(success.schema, schemas)}
          <h3>Example</h3>
          <pre tabindex="0">${JSON.stringify(exampleOf(success.schema, schemas), null, 2)}</pre>
        `}
      </div>
    </details>
  `;
}

function parameterTable(
  parameters: readonly DescribedParameter[],
  schemas: DescribedSchemas,
): Markup {
  return html`
    <h3>Parameters</h3>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th>In</th>
            <th>Value</th>
            <th>Meaning</th>
          </tr>
        </thead>
        <tbody>${parameters.map(({ name, in: place, required, schema, description }) =>
          html`
            <tr>
              <td><code>${name}</code>${required ? "" : html`
                <span class="quiet">optional</span>
              `}</td>
              <td>${place}</td>
              <td>${typeText(schema ?? {}, schemas)}</td>
              <td>${description ?? ""}</td>
            </tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

function fieldTable(schema: DescribedSchema, schemas: DescribedSchemas): Markup {
  const fields = fieldsOf(schema, schemas);
  if (fields.length === 0) return html`<p>${typeText(schema, schemas)}</p>`;
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Field</th>
            <th>Value</th>
            <th>Meaning</th>
          </tr>
        </thead>
        <tbody>${fields.map(({ path, type, isRequired, description }) =>
          html`
            <tr>
              <td><code>${path}</code>${isRequired ? "" : html`
                <span class="quiet">optional</span>
              `}</td>
              <td>${type}</td>
              <td>${description}</td>
            </tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

function answerTable(answers: readonly DescribedAnswer[]): Markup {
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Status</th>
            <th>When</th>
          </tr>
        </thead>
        <tbody>${answers.map(({ status, description }) =>
          html`
            <tr>
              <td><code>${status}</code></td>
              <td>${description}</td>
            </tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}
