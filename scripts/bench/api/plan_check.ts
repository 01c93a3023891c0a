/** One statement that PostgreSQL ran, as auto_explain tells of it. */
export interface RanStatement {
  readonly text: string;
  readonly durationMs: number;
  readonly plan: PlanNode;
}

/** A node of a plan that was carried out (`EXPLAIN (ANALYZE, FORMAT JSON)`). */
export interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  /** Of one loop; absent when the node was never run. */
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly Plans?: readonly PlanNode[];
}

/** What a plan does that gets slower the more rows there are. */
export interface PlanFault {
  readonly kind: "seq_scan" | "sort";
  /** Such as `Seq Scan on meetings`, or `Sort of 5000 rows`. */
  readonly what: string;
}

/** Tables with more rows are read by index only. */
export const MAX_SCANNED_ROWS = 1_000;
/** The longest page of a list, and the row by which it is known whether there is a next one. */
export const MAX_SORTED_ROWS = 101;

const LOGGED = /^duration: ([0-9.]+) ms +plan:\s*(\{[\s\S]*\})\s*$/;

/** Reads what auto_explain logs in JSON; undefined for any other message. */
export function readRanStatement(message: string): RanStatement | undefined {
  const found = LOGGED.exec(message);
  if (found === null) return undefined;
  const logged = JSON.parse(found[2]!);
  return { text: logged["Query Text"], durationMs: Number(found[1]), plan: logged.Plan };
}

/** @param rowsOf how many rows a table has. */
export function findFaults(plan: PlanNode, rowsOf: (table: string) => number): PlanFault[] {
  const faults: PlanFault[] = [];
  const table = plan["Relation Name"];
  if (/Seq Scan$/.test(plan["Node Type"]) && table !== undefined) {
    if (rowsOf(table) > MAX_SCANNED_ROWS) {
      faults.push({ kind: "seq_scan", what: `Seq Scan on ${table}` });
    }
  }
  // An incremental sort stops with the page, so that what it took in is bounded as well.
  if (/Sort$/.test(plan["Node Type"])) {
    const rows = (plan.Plans ?? []).reduce((sum, input) => sum + rowsOut(input), 0);
    if (rows > MAX_SORTED_ROWS) faults.push({ kind: "sort", what: `Sort of ${rows} rows` });
  }
  for (const input of plan.Plans ?? []) faults.push(...findFaults(input, rowsOf));
  return faults;
}

function rowsOut(node: PlanNode): number {
  return Math.round((node["Actual Rows"] ?? 0) * (node["Actual Loops"] ?? 0));
}
