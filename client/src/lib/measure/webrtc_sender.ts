import { MeasurementRecorder } from "./measurement_recorder.ts";
import type { Measurements } from "./measurements.ts";
import type { Measuring, MeasuringOptions } from "./measuring.ts";
import { offerToBench } from "./offer_to_bench.ts";
import { StampedCamera } from "./stamped_camera.ts";
import { SteppedMicrophone } from "./stepped_microphone.ts";
import { wallClockMs } from "./wall_clock.ts";

/** What the camera may take, bits a second: what our own highest layer may. */
const MAX_VIDEO_BITRATE_BPS = 2_500_000;

/** Sends stamped pictures and stepped tones by the browser's own WebRTC, as it comes. */
export class WebRtcSender implements Measuring {
  readonly #canvas = document.createElement("canvas");
  readonly #connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  readonly #camera: StampedCamera;
  readonly #microphone = new SteppedMicrophone();

  /** Begins when a bench has connected it. */
  constructor({ query, stage, onPhase }: MeasuringOptions) {
    stage.append(this.#canvas);
    this.#camera = new StampedCamera({
      canvas: this.#canvas,
      ...query.size,
      framesPerSecond: query.framesPerSecond,
    });
    // In one stream, so that the receiver keeps lips in step.
    const stream = new MediaStream([this.#camera.track, this.#microphone.track]);
    this.#connection.addTransceiver(this.#microphone.track, {
      direction: "sendonly",
      streams: [stream],
    });
    this.#connection.addTransceiver(this.#camera.track, {
      direction: "sendonly",
      streams: [stream],
      sendEncodings: [{ maxBitrate: MAX_VIDEO_BITRATE_BPS }],
    });
    this.#connection.onconnectionstatechange = () => {
      if (this.#connection.connectionState === "connected") onPhase("measuring");
      if (this.#connection.connectionState === "failed") onPhase("failed");
    };
    offerToBench(this.#connection);
  }

  measurements(): Measurements {
    return {
      role: "webrtc-send",
      nowMs: wallClockMs(),
      ...new MeasurementRecorder().lists(),
      painted: this.#camera.painted,
      outputLatencyMs: 0,
    };
  }

  [Symbol.dispose](): void {
    delete globalThis.darkTowerPeer;
    this.#connection.close();
    this.#camera[Symbol.dispose]();
    this.#microphone[Symbol.dispose]();
    this.#canvas.remove();
  }
}
