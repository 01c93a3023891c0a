import { MeasurementRecorder } from "./measurement_recorder.ts";
import type { Measurements } from "./measurements.ts";
import type { Measuring, MeasuringOptions } from "./measuring.ts";
import { PictureWatch } from "./picture_watch.ts";
import { StampedCamera } from "./stamped_camera.ts";
import { SteppedMicrophone } from "./stepped_microphone.ts";
import { ToneTap } from "./tone_tap.ts";
import { wallClockMs } from "./wall_clock.ts";

/**
 * Shows and plays what a sender would send without sending it: camera to a video element, microphone to
 * the speakers. What this measures is in every other measurement too.
 */
export class MeasuringBase implements Measuring {
  readonly #recorder = new MeasurementRecorder();
  readonly #canvas = document.createElement("canvas");
  readonly #video = document.createElement("video");
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  readonly #camera: StampedCamera;
  readonly #microphone = new SteppedMicrophone();
  readonly #watch: PictureWatch;
  readonly #tap: ToneTap;

  /** Begins at once; call it in a gesture where the browser asks for one to let sound out. */
  constructor({ query, stage, onPhase }: MeasuringOptions) {
    this.#camera = new StampedCamera({
      canvas: this.#canvas,
      ...query.size,
      framesPerSecond: query.framesPerSecond,
    });
    this.#video.muted = true;
    this.#video.srcObject = new MediaStream([this.#camera.track]);
    stage.append(this.#video);
    this.#watch = new PictureWatch(stage, this.#recorder);
    const sound = new MediaStreamAudioSourceNode(this.#context, {
      mediaStream: new MediaStream([this.#microphone.track]),
    });
    sound.connect(this.#context.destination);
    this.#tap = new ToneTap(sound, this.#recorder);
    this.#video.play().then(() => onPhase("measuring"), () => onPhase("failed"));
  }

  measurements(): Measurements {
    return {
      role: "base",
      nowMs: wallClockMs(),
      ...this.#recorder.lists(),
      painted: this.#camera.painted,
      outputLatencyMs: this.#tap.outputLatencyMs,
    };
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#tap[Symbol.dispose]();
    this.#camera[Symbol.dispose]();
    this.#microphone[Symbol.dispose]();
    this.#context.close().catch(() => undefined);
    this.#video.remove();
  }
}
