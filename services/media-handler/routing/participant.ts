import type { LayerTarget } from "../demand/layer_assignment.ts";
import type { Speaker } from "../speakers/active_speakers.ts";
import type { UplinkFigures } from "../telemetry/uplink_meter.ts";
import type { PublicationFeed, Subscription, SubscriptionRequest } from "./subscription.ts";

/** Why a media handler closes a session; the close codes of proto/README.md. */
export type CloseReason = "superseded" | "removed" | "shutdown";

/** The session of a connected participant, as the routes see it. */
export interface ConnectedPeer {
  /** Starts sending `feed`. */
  subscribe(feed: PublicationFeed, request: SubscriptionRequest): Subscription;
  /** Asks the participant, as the publisher, for a key frame. */
  requestKeyFrame(streamId: string, spatialLayer: number): void;
  /** Tells the participant, as the publisher, which layers of a stream are wanted at which rates. */
  sendLayerDemand(streamId: string, targets: readonly LayerTarget[]): void;
  /** Tells the participant who speaks. */
  sendActiveSpeakers(speakers: readonly Speaker[]): void;
  /** The participant may send sound from now on, which must not wait to be read. */
  soundAnnounced(): void;
  /** What has arrived of the participant so far. */
  readonly uplinkFigures: UplinkFigures;
  /** Part of the datagrams to the participant that got lost lately, 0 to 1. */
  readonly downlinkLoss: number;
  /** Ends the session. */
  close(reason: CloseReason): void;
}

/** One member of a meeting, connected or not. */
export class Participant {
  readonly id: string;
  readonly meetingId: string;
  /** What its client shows to prove who it is. */
  readonly connectionToken: string;
  readonly registeredAtMs: number;
  /** When a route first named it, so when it took part rather than prepared. */
  routedSinceMs: number | undefined;
  /** Its session, while it has one. */
  peer: ConnectedPeer | undefined;
  /** Since when it has had no session; of no meaning while it has one. */
  disconnectedSinceMs: number;
  /** What it is sent, by stream id. */
  readonly subscriptions = new Map<string, Subscription>();
  /** How many streams of sound routes announce of it. */
  announcedSounds = 0;

  constructor(id: string, meetingId: string, connectionToken: string, registeredAtMs: number) {
    this.id = id;
    this.meetingId = meetingId;
    this.connectionToken = connectionToken;
    this.registeredAtMs = registeredAtMs;
    this.disconnectedSinceMs = registeredAtMs;
  }
}
