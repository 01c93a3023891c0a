import type { MeasuringRole } from "../../../client/src/lib/measure/measurements.ts";
import type { NetworkProfile } from "../../../services/stack/network/network_profile.ts";
import { UdpRelay } from "../../../services/stack/network/udp_relay.ts";
import { createMeeting } from "../../../services/system_tests/guest.ts";
import { startTemporaryStack } from "../../../services/system_tests/temporary_stack.ts";
import { PICTURE, reported } from "./browser_run.ts";
import { hostAddressOf, leadingTo, withoutCandidates } from "./ice_candidates.ts";
import type { MeasuredRun } from "./measured_run.ts";
import { MeasuringBrowser } from "./measuring_browser.ts";
import { pause } from "./pause.ts";
import { RowWatch } from "./row_watch.ts";

/**
 * How long WebRTC runs before the measurement begins, milliseconds: longer than ours, since it begins
 * at 300 kbit/s and is to be measured at its best.
 */
const SETTLE_MS = 12_000;
const TRAILING_MS = 300;
/** A description names an address that the relay can bind, and no name that hides it. */
const FLAGS = [
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--allow-loopback-in-peer-connection",
];

/**
 * Measures Chromium's own WebRTC between two browsers, peer to peer, over a relay that behaves as
 * `profile` towards the receiver: same pictures, same sound, same reading as ours. The pages have to be
 * built.
 *
 * @throws {Error} when a page does not start, or the two do not connect.
 */
export async function runWebRtc(profile: NetworkProfile, durationMs: number): Promise<MeasuredRun> {
  // Pages come from a stack; nothing else of it is used.
  await using running = await startTemporaryStack();
  const { url } = running.stack;
  const code = await createMeeting(url);
  const open = (role: MeasuringRole) =>
    MeasuringBrowser.open({ url, code, role, ...PICTURE }, FLAGS);
  await using sender = await open("webrtc-send");
  await using receiver = await open("webrtc-receive");
  const offer = await sender.peer("offer");
  const { address, port } = hostAddressOf(offer);
  await using relay = new UdpRelay({ hostname: address, profile });
  relay.setUpstream(address, port);
  using watch = new RowWatch(relay);
  const answer = await receiver.peer("answer", leadingTo(offer, { address, port: relay.port }));
  // The sender learns from the receiver's packets where they come from: from the relay.
  await sender.peer("accept", withoutCandidates(answer));
  await Promise.all([sender.running(), receiver.running()]);
  await pause(SETTLE_MS);
  relay.setProfile(profile);
  const startedAtMs = Date.now();
  await pause(durationMs + TRAILING_MS);
  return {
    profile,
    startedAtMs,
    measurements: await receiver.measurements(),
    deliveries: watch.deliveries,
    fullHeight: PICTURE.size.height,
    conditions: [
      watch.conditions(),
      ...reported("sender", sender),
      ...reported("receiver", receiver),
    ]
      .join(", "),
  };
}
