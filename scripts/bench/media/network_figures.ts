import type { NetworkPreset } from "../../../services/stack/network/network_presets.ts";
import { type Figure, figure, type WebRtcReference } from "../figure.ts";
import type { Aim } from "./aims.ts";
import { type MeasuredRun, phaseValues, stalledMs } from "./measured_run.ts";
import { type Metric, METRICS, type MetricValues } from "./metric.ts";
import { type Phase, type PhaseName, phasesOf } from "./phases.ts";

/** What is told of the parts of a measurement that only lead to another one. */
const MINOR_METRICS: readonly Metric[] = [
  "latencyP50Ms",
  "latencyP99Ms",
  "shownPerSecond",
  "longestFreezeMs",
  "medianHeight",
  "audibleGaps",
];
const MINOR_PHASES: readonly PhaseName[] = ["before", "first 3 s after", "3 to 5 s after", "later"];
/** Time in which the measuring page or process stood still that readers have to know of, milliseconds. */
const NOTEWORTHY_STALL_MS = 200;

/** How the figures of a row are named and judged. */
export interface RowFigures {
  /** What was measured, such as "browsers". */
  readonly subject: string;
  readonly network: Pick<NetworkPreset, "name" | "words">;
  readonly aimOf: (phase: PhaseName, metric: Metric) => Aim;
  /** Metrics that this kind of measurement does not have. */
  readonly without?: readonly Metric[];
  /** The same by WebRTC, if it was measured in this run. */
  readonly webrtc?: MeasuredRun | undefined;
}

/** All figures of one run. */
export function rowFigures(run: MeasuredRun, row: RowFigures): Figure[] {
  const { phases } = phasesOf(run.profile);
  const before = phases.find(({ name }) => name === "before");
  return phases.flatMap((phase) => {
    const values = phaseValues(run, phase, before);
    const webrtc = row.webrtc && phaseValues(row.webrtc, phase, before);
    return metricsOf(values, phase, row.without ?? []).map((metric) =>
      phaseFigure(run, row, phase, metric, values, webrtc)
    );
  });
}

function phaseFigure(
  run: MeasuredRun,
  { subject, network, aimOf }: RowFigures,
  phase: Phase,
  metric: Metric,
  values: MetricValues,
  webrtcValues: MetricValues | undefined,
): Figure {
  const { words, unit } = METRICS[metric];
  const { webrtc: earlier, ...bound } = aimOf(phase.name, metric);
  const webrtc = reference(webrtcValues?.[metric], earlier);
  const part = phase.name === "steady" ? "" : `, ${phase.name}`;
  const stalled = stalledMs(run, phase);
  const conditions = [
    `${subject}, ${network.words}`,
    run.conditions,
    ...(stalled >= NOTEWORTHY_STALL_MS
      ? [`measuring stood still for ${Math.round(stalled)} ms`]
      : []),
  ].filter(Boolean).join("; ");
  return figure(`${subject} ${network.name}${part}: ${words}`, values[metric], unit, conditions, {
    ...bound,
    ...(webrtc === undefined ? {} : { webrtc }),
  });
}

function metricsOf(values: MetricValues, { name }: Phase, without: readonly Metric[]): Metric[] {
  const minor = MINOR_PHASES.includes(name);
  return (Object.keys(values) as Metric[]).filter((metric) =>
    !without.includes(metric) && (!minor || MINOR_METRICS.includes(metric))
  );
}

function reference(same: number | undefined, earlier: number | undefined) {
  const of = (value: number, when: WebRtcReference["when"]): WebRtcReference => ({ value, when });
  if (same !== undefined) return of(same, "same run");
  return earlier === undefined ? undefined : of(earlier, "earlier");
}
