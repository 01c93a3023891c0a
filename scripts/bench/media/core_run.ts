import { cameraLadder } from "../../../client/src/lib/encode/simulcast_ladder.ts";
import type { NetworkProfile } from "../../../services/stack/network/network_profile.ts";
import { createMeeting } from "../../../services/system_tests/guest.ts";
import { startTemporaryStack } from "../../../services/system_tests/temporary_stack.ts";
import { CoreArrivals } from "./core_arrivals.ts";
import { CoreParticipant } from "./core_participant.ts";
import { CoreSender } from "./core_sender.ts";
import type { MeasuredRun } from "./measured_run.ts";
import { startNetwork } from "./network_start.ts";
import { pause } from "./pause.ts";
import { RowWatch } from "./row_watch.ts";

/** How long sender and receiver run before the measurement begins, milliseconds. */
const SETTLE_MS = 5_000;
/** The counters are read once more after the last phase. */
const TRAILING_MS = 300;
const SOURCE = { width: 1280, height: 720 };

/**
 * Measures a meeting of two client cores in this process over a stack of its own: made-up media, the
 * sender on a clear path, the receiver behind `profile`. Latency is that of the network and of what
 * sends over it: from an encoder's output to a decoder's input.
 *
 * @throws {Error} when the stack does not start, or a participant does not join.
 */
export async function runClientCores(
  profile: NetworkProfile,
  durationMs: number,
): Promise<MeasuredRun> {
  await using running = await startTemporaryStack({ network: "clear" });
  const { url, network } = running.stack;
  const code = await createMeeting(url);
  const layers = cameraLadder(SOURCE);
  await using sender = new CoreSender(url, code, layers);
  await sender.join();
  using watch = new RowWatch(network.media, [network.signaling]);
  const begins = startNetwork(network, profile);
  const arrivals = new CoreArrivals(layers);
  let viewed: string | undefined;
  await using receiver = new CoreParticipant(url, code, {
    onFrame: (frame) => arrivals.add(frame),
    onState: ({ participants }) => {
      const camera = participants[0]?.streams.find(({ type }) => type === "camera");
      if (camera === undefined || camera.streamId === viewed) return;
      viewed = camera.streamId;
      receiver.meeting.setViews([{ streamId: camera.streamId, ...SOURCE, focused: true }]);
    },
  });
  await receiver.join("Receiver", []);
  const startedAtMs = await begins(SETTLE_MS);
  await pause(startedAtMs + durationMs - Date.now());
  await pause(TRAILING_MS);
  return {
    profile,
    startedAtMs,
    measurements: arrivals.measurements(sender.stalls),
    deliveries: watch.deliveries,
    fullHeight: SOURCE.height,
    conditions: watch.conditions(),
  };
}
