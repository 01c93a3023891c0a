/** One measured figure, as every bench prints it. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** What is aimed at, in words such as "< 250"; empty when the figure is only told. */
  readonly aim: string;
  /** Whether the value meets the aim; null when there is none. */
  readonly holds: boolean | null;
  /** What was measured, on what. */
  readonly conditions: string;
}

/**
 * A figure whose aim is an upper bound (`atMost`), a lower bound (`atLeast`), or that has none.
 * Values keep three significant digits, since a machine's noise is larger than that.
 */
export function figure(
  name: string,
  value: number,
  unit: string,
  conditions: string,
  aim: { atMost?: number; atLeast?: number } = {},
): Figure {
  const { atMost, atLeast } = aim;
  const known = atMost !== undefined || atLeast !== undefined;
  return {
    figure: name,
    value: Number(value.toPrecision(3)),
    unit,
    aim: atMost !== undefined ? `<= ${atMost}` : atLeast !== undefined ? `>= ${atLeast}` : "",
    holds: known ? value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity) : null,
    conditions,
  };
}

/** The figures as a table for people. */
export function formatTable(figures: readonly Figure[]): string {
  const header = ["figure", "value", "unit", "aim", "holds", "conditions"];
  const rows = figures.map((row) => [
    row.figure,
    String(row.value),
    row.unit,
    row.aim,
    row.holds === null ? "" : row.holds ? "yes" : "no",
    row.conditions,
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length))
  );
  const line = (cells: string[]) =>
    cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd();
  return [line(header), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)]
    .join("\n");
}

/** The value below which the part `quantile` (0 to 1) of `values` lies, by nearest rank. */
export function quantile(values: readonly number[], quantile: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(quantile * sorted.length) - 1))]!;
}
