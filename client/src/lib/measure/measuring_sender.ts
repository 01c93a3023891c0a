import { MeetingEngine } from "../meeting_worker/meeting_engine.ts";
import { MeasurementRecorder } from "./measurement_recorder.ts";
import type { Measuring, MeasuringOptions } from "./measuring.ts";
import type { Measurements } from "./measurements.ts";
import { phaseOf } from "./measuring_phase.ts";
import { SteppedMicrophone } from "./stepped_microphone.ts";
import { StampedCamera } from "./stamped_camera.ts";
import { wallClockMs } from "./wall_clock.ts";

/** Name under which the sending page joins. */
export const SENDER_NAME = "Measuring sender";

/** Joins the meeting and sends stamped pictures and stepped tones as camera and microphone. */
export class MeasuringSender implements Measuring {
  readonly #camera: StampedCamera;
  readonly #microphone: SteppedMicrophone;
  readonly #engine: MeetingEngine;
  readonly #canvas = document.createElement("canvas");

  /** Begins at once; call it in a gesture where the browser asks for one to run sound. */
  constructor({ meetingCode, endpoints, query, stage, onPhase }: MeasuringOptions) {
    stage.append(this.#canvas);
    this.#camera = new StampedCamera({
      canvas: this.#canvas,
      ...query.size,
      framesPerSecond: query.framesPerSecond,
    });
    this.#microphone = new SteppedMicrophone();
    this.#engine = new MeetingEngine({
      meetingCode,
      endpoints,
      onState: (state) => onPhase(phaseOf(state.phase)),
    });
    this.#engine.join({
      name: SENDER_NAME,
      camera: this.#camera.track,
      cameraOff: false,
      microphone: this.#microphone.track,
      microphoneMuted: false,
    }).catch(() => onPhase("failed"));
  }

  measurements(): Measurements {
    return {
      role: "send",
      nowMs: wallClockMs(),
      ...new MeasurementRecorder().lists(),
      painted: this.#camera.painted,
      outputLatencyMs: 0,
    };
  }

  [Symbol.dispose](): void {
    this.#engine.dispose();
    this.#camera[Symbol.dispose]();
    this.#microphone[Symbol.dispose]();
    this.#canvas.remove();
  }
}
