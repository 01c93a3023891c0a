import { create } from "@bufbuild/protobuf";
import {
  type MediaTelemetry,
  MediaTelemetrySchema,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Clock } from "../clock.ts";
import type { MediaRouter } from "../routing/media_router.ts";
import type { Meeting } from "../routing/meeting.ts";
import type { ConnectedPeer, Participant } from "../routing/participant.ts";
import type { Publication } from "../routing/publication.ts";
import { bottleneckOf, isUplinkFull } from "./bottleneck.ts";
import {
  NOTHING_ARRIVED,
  type UplinkFigures,
  type UplinkQuality,
  uplinkQuality,
} from "./uplink_meter.ts";

interface Totals {
  readonly atMs: number;
  readonly bytesReceived: number;
  readonly bitrateBps: number;
}

/** What is measured of one publisher for all its streams. */
interface Publisher {
  readonly uplink: UplinkQuality;
  readonly figures: UplinkFigures;
  readonly rttMs: number | undefined;
  readonly streams: { readonly publication: Publication; readonly bitrateBps: number }[];
}

/** What one listener is told of all streams; each listener has its own, since rates need a past. */
export class TelemetryReporter {
  readonly #router: MediaRouter;
  readonly #clock: Clock;
  readonly #previous = new WeakMap<Publication, Totals>();
  readonly #previousFigures = new WeakMap<ConnectedPeer, UplinkFigures>();

  constructor(router: MediaRouter, clock: Clock) {
    this.#router = router;
    this.#clock = clock;
  }

  /**
   * The figures of all streams since the last call, but of those that were silent already: thousands
   * of muted microphones are no news every two seconds.
   */
  report(): MediaTelemetry[] {
    return [...this.#router.meetings.values()]
      .flatMap((meeting) => this.#reportMeeting(meeting));
  }

  #reportMeeting(meeting: Meeting): MediaTelemetry[] {
    const publishers = new Map<string, Publisher>();
    for (const publication of meeting.publications()) {
      const { publisherId } = publication;
      const known = publishers.get(publisherId);
      const publisher = known ?? this.#publisher(meeting.participants.get(publisherId));
      publishers.set(publisherId, publisher);
      const wasSilent = this.#previous.get(publication)?.bitrateBps === 0;
      const bitrateBps = this.#bitrateBps(publication);
      if (wasSilent && bitrateBps === 0) continue;
      publisher.streams.push({ publication, bitrateBps });
    }
    return [...publishers.values()].flatMap((publisher) =>
      publisher.streams.map(({ publication, bitrateBps }) =>
        telemetryOf(meeting, publisher, publication, bitrateBps)
      )
    );
  }

  #publisher(participant: Participant | undefined): Publisher {
    const peer = participant?.peer;
    const figures = peer?.uplinkFigures ?? NOTHING_ARRIVED;
    const before = (peer && this.#previousFigures.get(peer)) ?? NOTHING_ARRIVED;
    if (peer !== undefined) this.#previousFigures.set(peer, figures);
    const rtts = [...participant?.subscriptions.values() ?? []];
    return {
      uplink: uplinkQuality(before, figures),
      figures,
      rttMs: median(rtts.flatMap(({ rttMs }) => rttMs ?? [])),
      streams: [],
    };
  }

  #bitrateBps(publication: Publication): number {
    const { bytesReceived } = publication.meter;
    const atMs = this.#clock.now();
    const previous = this.#previous.get(publication);
    const seconds = Math.max(atMs - (previous?.atMs ?? atMs), 1) / 1_000;
    const bitrateBps = previous === undefined
      ? 0
      : Math.round((bytesReceived - previous.bytesReceived) * 8 / seconds);
    this.#previous.set(publication, { atMs, bytesReceived, bitrateBps });
    return bitrateBps;
  }
}

function telemetryOf(
  meeting: Meeting,
  publisher: Publisher,
  publication: Publication,
  bitrateBps: number,
): MediaTelemetry {
  const { uplink, figures, streams } = publisher;
  const { meter, subscriptions, isAudio, ladder } = publication;
  const wishes = subscriptions.flatMap(({ wish }) => wish ?? []);
  const downlinkRttMs = median(subscriptions.flatMap(({ rttMs }) => rttMs ?? []));
  const totalBps = streams.reduce((sum, stream) => sum + stream.bitrateBps, 0);
  return create(MediaTelemetrySchema, {
    meetingId: meeting.id,
    participantId: publication.publisherId,
    streamId: publication.streamId,
    bytesReceived: BigInt(meter.bytesReceived),
    bytesSent: BigInt(meter.bytesSent),
    bitrate: bitrateBps,
    // Of the worse of the two ways: what its publisher sends, and what its subscribers get.
    packetLoss: Math.max(uplink.lossRatio, downlinkLoss(meeting, publication)),
    jitterMs: Math.round(
      isAudio && figures.datagramsReceived > 0 ? figures.datagramJitterMs : meter.jitterMs,
    ),
    rttMs: Math.round(publisher.rttMs ?? downlinkRttMs ?? 0),
    // What arrives while it queues is all that the way carries; otherwise nobody here can know.
    availableBitrate: isUplinkFull(uplink) ? totalBps : 0,
    bottleneck: bottleneckOf(uplink, isAudio ? [] : ladder, wishes),
    timestamp: BigInt(Date.now()),
  });
}

/** Median loss on the ways to those who receive the stream. */
function downlinkLoss({ participants }: Meeting, { streamId }: Publication): number {
  const losses = [];
  for (const { subscriptions, peer } of participants.values()) {
    if (peer !== undefined && subscriptions.has(streamId)) losses.push(peer.downlinkLoss);
  }
  return median(losses) ?? 0;
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
