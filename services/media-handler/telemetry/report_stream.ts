import { create } from "@bufbuild/protobuf";
import {
  type MediaTelemetryReport,
  MediaTelemetryReportSchema,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Clock } from "../clock.ts";
import { PRESENCE_DELAY_MS, TELEMETRY_INTERVAL_MS } from "../limits.ts";
import type { MediaRouter } from "../routing/media_router.ts";
import { PresenceChanges } from "./presence_changes.ts";
import { TelemetryReporter } from "./telemetry_reporter.ts";

/**
 * What one meeting controller is told until `signal` aborts: the figures of all streams every
 * {@link TELEMETRY_INTERVAL_MS}, and who connected or went within {@link PRESENCE_DELAY_MS}.
 */
export async function* reportStream(
  router: MediaRouter,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<MediaTelemetryReport> {
  const reporter = new TelemetryReporter(router, clock);
  const presence = new PresenceChanges(router);
  const alarm = new Alarm(clock, signal);
  let figuresDueAtMs = clock.now();
  let presenceDueAtMs = Infinity;
  const stopListening = router.onPresenceChanged(() => {
    presenceDueAtMs = Math.min(presenceDueAtMs, clock.now() + PRESENCE_DELAY_MS);
    alarm.ring();
  });
  try {
    while (!signal.aborted) {
      const nowMs = clock.now();
      const figuresAreDue = nowMs >= figuresDueAtMs;
      if (figuresAreDue) figuresDueAtMs = nowMs + TELEMETRY_INTERVAL_MS;
      if (figuresAreDue || nowMs >= presenceDueAtMs) {
        presenceDueAtMs = Infinity;
        const report = create(MediaTelemetryReportSchema, {
          telemetry: figuresAreDue ? reporter.report() : [],
          presence: presence.take(),
        });
        if (figuresAreDue || report.presence.length > 0) yield report;
      }
      await alarm.until(() => Math.min(figuresDueAtMs, presenceDueAtMs));
    }
  } finally {
    stopListening();
  }
}

/** Wakes a loop at a time that may move, or when its signal aborts. */
class Alarm {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #wake = () => {};

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** The time may be another one. */
  ring(): void {
    this.#wake();
  }

  /** Resolves at `timeMs()`, which is asked again at each {@link ring}. */
  async until(timeMs: () => number): Promise<void> {
    while (!this.#signal.aborted && this.#clock.now() < timeMs()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      this.#wake = wake;
      const cancel = this.#clock.after(timeMs() - this.#clock.now(), wake);
      this.#signal.addEventListener("abort", wake, { once: true });
      await promise;
      this.#signal.removeEventListener("abort", wake);
      cancel();
    }
  }
}
