import { create } from "@bufbuild/protobuf";
import type { MediaTelemetry } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import {
  type MediaStream,
  type StreamQualityUpdate,
  StreamQualityUpdateSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";

/**
 * Shortest time between two updates about one stream: media handlers measure every two seconds, and
 * a measurement that comes a little early is still told.
 */
export const MIN_QUALITY_INTERVAL_MS = 1_900;
/** A change of the lost part that is worth telling. */
export const LOSS_NEWS = 0.01;
/** A change of the round trip or jitter that is worth telling: so many milliseconds and this part. */
export const DELAY_NEWS_MS = 10;
export const DELAY_NEWS_SHARE = 0.25;
/** A change of a rate that is worth telling, as a part of it. */
export const RATE_NEWS_SHARE = 0.25;

interface Told {
  readonly atMs: number;
  readonly update: StreamQualityUpdate;
}

/** Tells what of the telemetry of published streams is news to their publishers. */
export class StreamQualityNews {
  readonly #told = new WeakMap<MediaStream, Told>();

  /** The update to send, or undefined when it is too early or nothing worth telling has changed. */
  news(
    stream: MediaStream,
    telemetry: MediaTelemetry,
    nowMs: number,
  ): StreamQualityUpdate | undefined {
    const told = this.#told.get(stream);
    if (told !== undefined && nowMs - told.atMs < MIN_QUALITY_INTERVAL_MS) return undefined;
    const update = create(StreamQualityUpdateSchema, {
      streamId: telemetry.streamId,
      availableBitrate: telemetry.availableBitrate,
      packetLoss: telemetry.packetLoss,
      rttMs: telemetry.rttMs,
      jitterMs: telemetry.jitterMs,
      bitrate: telemetry.bitrate,
      bottleneck: telemetry.bottleneck,
    });
    if (told !== undefined && !hasChanged(told.update, update)) return undefined;
    this.#told.set(stream, { atMs: nowMs, update });
    return update;
  }
}

function hasChanged(before: StreamQualityUpdate, now: StreamQualityUpdate): boolean {
  return before.bottleneck !== now.bottleneck ||
    Math.abs(before.packetLoss - now.packetLoss) >= LOSS_NEWS ||
    isOtherDelay(before.rttMs, now.rttMs) || isOtherDelay(before.jitterMs, now.jitterMs) ||
    isOtherRate(before.availableBitrate, now.availableBitrate) ||
    isOtherRate(before.bitrate, now.bitrate);
}

function isOtherDelay(beforeMs: number, nowMs: number): boolean {
  const change = Math.abs(nowMs - beforeMs);
  return change >= DELAY_NEWS_MS && change >= DELAY_NEWS_SHARE * beforeMs;
}

function isOtherRate(before: number, now: number): boolean {
  return before !== now && Math.abs(now - before) >= RATE_NEWS_SHARE * Math.max(before, now);
}
