import type { Measurements } from "./measurements.ts";
import type { WebRtcPeer } from "./webrtc_peer.ts";

declare global {
  /** What a measuring page has measured so far; only there while one measures. */
  var darkTowerMeasurements: (() => Measurements) | undefined;
  /** Connects a page that measures WebRTC; only there while one does. */
  var darkTowerPeer: WebRtcPeer | undefined;
}
