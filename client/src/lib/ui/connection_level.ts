import type { MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { DownlinkStatus } from "../meeting_worker/downlink_status.ts";
import type { UplinkReport } from "../../../core/send/local_stream.ts";

/** How the own connection is, in one word. */
export type ConnectionLevel = "good" | "weak" | "lost";

/** What makes a connection weak: the way there, the way back, or how long both take. */
export type ConnectionTrouble = "sending" | "receiving" | "delay";

/** The newest reports of both ways, as far as there are any. */
export interface ConnectionReports {
  readonly uplink?: UplinkReport;
  readonly downlink?: DownlinkStatus;
}

/** Part of the lost packets from which on sound suffers, although lost frames are repeated. */
export const MUCH_LOST = 0.05;
/** A way that carries less than this is too thin for more than the smallest picture and sound, bits per second. */
export const THIN_UPLINK_BPS = 300_000;
/** Part of what a way carries from which on it is the way that limits what is sent. */
const MUCH_USED = 0.6;
/**
 * A round trip from which on people talk into each other's words, milliseconds: with capture and
 * playout it nears the 400 ms one way that ITU-T G.114 calls the limit.
 */
export const LONG_ROUND_TRIP_MS = 500;

/** The round trip to the media handler, milliseconds; undefined while nobody has measured it. */
export function roundTripMs({ uplink, downlink }: ConnectionReports): number | undefined {
  return downlink && downlink.rttMs > 0 ? downlink.rttMs : uplink?.rttMs;
}

/** What is wrong with the connection now, by the newest reports. */
export function troublesOf(reports: ConnectionReports): ConnectionTrouble[] {
  const { uplink, downlink } = reports;
  const troubles: ConnectionTrouble[] = [];
  if (uplink && sendsBadly(uplink)) troubles.push("sending");
  const starved = downlink?.impairments.some(({ cause }) => cause === "own-network");
  if (downlink && (starved || downlink.packetLoss >= MUCH_LOST)) troubles.push("receiving");
  if ((roundTripMs(reports) ?? 0) >= LONG_ROUND_TRIP_MS) troubles.push("delay");
  return troubles;
}

function sendsBadly(uplink: UplinkReport): boolean {
  const { availableBitrateBps, sendingBitrateBps, packetLoss, congested } = uplink;
  // Who sends little does not learn how much more the way would carry.
  const full = sendingBitrateBps >= availableBitrateBps * MUCH_USED;
  return congested || packetLoss >= MUCH_LOST || (full && availableBitrateBps < THIN_UPLINK_BPS);
}

/** How the connection of a meeting is now; undefined while nobody is in it. */
export function connectionLevelOf(
  { phase, media }: Pick<MeetingState, "phase" | "media">,
  troubles: readonly ConnectionTrouble[],
): ConnectionLevel | undefined {
  // While the controller is sought media goes on.
  if (phase !== "joined" && phase !== "reconnecting") return undefined;
  if (media !== "connected") return "lost";
  return troubles.length > 0 ? "weak" : "good";
}
