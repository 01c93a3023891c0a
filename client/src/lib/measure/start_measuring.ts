import type { Measuring, MeasuringOptions } from "./measuring.ts";
import { MeasuringBase } from "./measuring_base.ts";
import { MeasuringReceiver } from "./measuring_receiver.ts";
import { MeasuringSender } from "./measuring_sender.ts";
import type { MeasuringRole } from "./measurements.ts";
import { WebRtcReceiver } from "./webrtc_receiver.ts";
import { WebRtcSender } from "./webrtc_sender.ts";

const MEASUREMENTS: Readonly<
  Record<MeasuringRole, new (options: MeasuringOptions) => Measuring>
> = {
  send: MeasuringSender,
  receive: MeasuringReceiver,
  base: MeasuringBase,
  "webrtc-send": WebRtcSender,
  "webrtc-receive": WebRtcReceiver,
};

/**
 * Begins a measurement; call it in a gesture where the browser asks for one to let sound out.
 *
 * @throws {Error} when the browser lacks what a measurement needs.
 */
export function startMeasuring(role: MeasuringRole, options: MeasuringOptions): Measuring {
  return new MEASUREMENTS[role](options);
}
