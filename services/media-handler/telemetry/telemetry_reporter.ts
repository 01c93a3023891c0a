import { create } from "@bufbuild/protobuf";
import {
  type MediaTelemetry,
  type MediaTelemetryReport,
  MediaTelemetryReportSchema,
  MediaTelemetrySchema,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Clock } from "../clock.ts";
import type { MediaRouter } from "../routing/media_router.ts";
import type { Publication } from "../routing/publication.ts";

interface Totals {
  readonly atMs: number;
  readonly bytesReceived: number;
  readonly framesSent: number;
  readonly framesSkipped: number;
}

/** What one listener is told of all streams; each listener has its own, since rates need a past. */
export class TelemetryReporter {
  readonly #router: MediaRouter;
  readonly #clock: Clock;
  readonly #previous = new WeakMap<Publication, Totals>();

  constructor(router: MediaRouter, clock: Clock) {
    this.#router = router;
    this.#clock = clock;
  }

  /** The figures of all streams since the last call. */
  report(): MediaTelemetryReport {
    const telemetry: MediaTelemetry[] = [];
    for (const meeting of this.#router.meetings.values()) {
      for (const publication of meeting.publications()) {
        telemetry.push(this.#measure(meeting.id, publication));
      }
    }
    return create(MediaTelemetryReportSchema, { telemetry });
  }

  #measure(meetingId: string, publication: Publication): MediaTelemetry {
    const { bytesReceived, bytesSent, framesSent, framesSkipped, jitterMs } = publication.meter;
    const atMs = this.#clock.now();
    const previous = this.#previous.get(publication);
    this.#previous.set(publication, { atMs, bytesReceived, framesSent, framesSkipped });
    const seconds = Math.max(atMs - (previous?.atMs ?? atMs), 1) / 1000;
    const sent = framesSent - (previous?.framesSent ?? 0);
    const skipped = framesSkipped - (previous?.framesSkipped ?? 0);
    return create(MediaTelemetrySchema, {
      meetingId,
      streamId: publication.streamId,
      bytesReceived: BigInt(bytesReceived),
      bytesSent: BigInt(bytesSent),
      bitrate: previous === undefined
        ? 0
        : Math.round((bytesReceived - previous.bytesReceived) * 8 / seconds),
      // QUIC repeats what gets lost; what a subscriber misses is what we did not send.
      packetLoss: sent + skipped === 0 ? 0 : skipped / (sent + skipped),
      jitterMs: Math.round(jitterMs),
      rttMs: medianRttMs(publication),
      timestamp: BigInt(Date.now()),
    });
  }
}

/** Median round trip to the subscribers of a stream, milliseconds; 0 before one is measured. */
function medianRttMs(publication: Publication): number {
  const rtts = publication.subscriptions.flatMap(({ rttMs }) => rttMs ?? []);
  rtts.sort((a, b) => a - b);
  return Math.round(rtts[rtts.length >> 1] ?? 0);
}
