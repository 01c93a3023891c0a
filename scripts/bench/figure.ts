/** What WebRTC reaches in place of ours, in the figure's unit. */
export interface WebRtcReference {
  readonly value: number;
  /** Measured in the same run, or earlier on the same kind of machine. */
  readonly when: "same run" | "earlier";
}

/** One measured figure, as every bench prints it. */
export interface Figure {
  readonly figure: string;
  /** Null when nothing could be measured. */
  readonly value: number | null;
  readonly unit: string;
  /** What is aimed at, in words such as "< 250"; empty when the figure is only told. */
  readonly aim: string;
  /** Whether the value meets the aim; null when there is none. */
  readonly holds: boolean | null;
  /** What WebRTC does there, if that is known. */
  readonly webrtc: WebRtcReference | null;
  /** What was measured, on what. */
  readonly conditions: string;
}

/** An upper bound, a lower bound, both, or none. */
export interface Bound {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/**
 * A figure whose aim is a bound, or that has none. Values keep three significant digits, since a
 * machine's noise is larger than that. Where nothing could be measured, no aim is met.
 */
export function figure(
  name: string,
  value: number | undefined,
  unit: string,
  conditions: string,
  aim: Bound & { readonly webrtc?: WebRtcReference } = {},
): Figure {
  const { atMost, atLeast } = aim;
  const known = atMost !== undefined || atLeast !== undefined;
  const measured = value !== undefined && Number.isFinite(value);
  const met = measured && value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity);
  return {
    figure: name,
    value: measured ? threeDigits(value) : null,
    unit,
    aim: describeBound(aim),
    holds: known ? met : null,
    webrtc: aim.webrtc ? { ...aim.webrtc, value: threeDigits(aim.webrtc.value) } : null,
    conditions,
  };
}

/** Stands for all figures of a part that failed. */
export function failedFigure(name: string, error: unknown): Figure {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    figure: name,
    value: null,
    unit: "",
    aim: "measured",
    holds: false,
    webrtc: null,
    conditions: `failed: ${reason.split("\n").slice(0, 2).join(" ")}`,
  };
}

/** The figures as a table for people; a column that says nothing is left out. */
export function formatTable(figures: readonly Figure[]): string {
  const columns: readonly [title: string, cell: (row: Figure) => string][] = [
    ["figure", (row) => row.figure],
    ["value", (row) => row.value === null ? "–" : String(row.value)],
    ["unit", (row) => row.unit],
    ["aim", (row) => row.aim],
    ["holds", (row) => row.holds === null ? "" : row.holds ? "yes" : "no"],
    ["WebRTC", (row) => describeReference(row.webrtc)],
    ["conditions", (row) => row.conditions],
  ];
  const shown = columns.filter(([title]) =>
    title !== "WebRTC" || figures.some((row) => row.webrtc)
  );
  const header = shown.map(([title]) => title);
  const rows = figures.map((row) => shown.map(([, cell]) => cell(row)));
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

function threeDigits(value: number): number {
  return Number(value.toPrecision(3));
}

function describeBound({ atMost, atLeast }: Bound): string {
  const parts = [];
  if (atLeast !== undefined) parts.push(`>= ${threeDigits(atLeast)}`);
  if (atMost !== undefined) parts.push(`<= ${threeDigits(atMost)}`);
  return parts.join(", ");
}

function describeReference(reference: WebRtcReference | null): string {
  if (reference === null) return "";
  return reference.when === "same run" ? String(reference.value) : `${reference.value} (earlier)`;
}
