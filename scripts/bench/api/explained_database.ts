import postgres from "postgres";
import type { Database } from "../../../db/connection.ts";
import { type RanStatement, readRanStatement } from "./plan_check.ts";

/** One, so that each run of a statement is one of the same prepared statement. */
const CONNECTIONS = 1;

/**
 * A pool whose statements are explained while they run: auto_explain tells of each with the plan
 * that PostgreSQL took, a generic one of a prepared statement or one for the parameters.
 */
export class ExplainedDatabase implements AsyncDisposable {
  readonly sql: Database;
  #ran: RanStatement[] = [];
  #sent = 0;

  constructor(url: string) {
    this.sql = postgres(url, {
      max: CONNECTIONS,
      onnotice: ({ message = "" }) => {
        const statement = readRanStatement(message);
        if (statement !== undefined) this.#ran.push(statement);
      },
      debug: () => this.#sent++,
      connection: {
        // Settings that the driver does not know by name.
        ...{
          session_preload_libraries: "auto_explain",
          client_min_messages: "log",
          "auto_explain.log_min_duration": "0",
          "auto_explain.log_format": "json",
          "auto_explain.log_analyze": "on",
          "auto_explain.log_timing": "off",
          "auto_explain.log_nested_statements": "on",
          "auto_explain.log_parameter_max_length": "0",
        },
      },
    });
  }

  /** What ran since this was asked last, and how many statements were sent, BEGIN among them. */
  take(): { readonly ran: readonly RanStatement[]; readonly sent: number } {
    const taken = { ran: this.#ran, sent: this.#sent };
    this.#ran = [];
    this.#sent = 0;
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 5 });
  }
}
