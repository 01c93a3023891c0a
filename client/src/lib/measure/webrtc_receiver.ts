import { MeasurementRecorder } from "./measurement_recorder.ts";
import type { Measurements } from "./measurements.ts";
import type { Measuring, MeasuringOptions } from "./measuring.ts";
import { offerToBench } from "./offer_to_bench.ts";
import { PictureWatch } from "./picture_watch.ts";
import { ToneTap } from "./tone_tap.ts";
import { wallClockMs } from "./wall_clock.ts";

/** Shows and plays what a {@link WebRtcSender} sends, and reads it like any other measurement. */
export class WebRtcReceiver implements Measuring {
  readonly #recorder = new MeasurementRecorder();
  readonly #connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  readonly #video = document.createElement("video");
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  readonly #watch: PictureWatch;
  #tap: ToneTap | undefined;

  /** Begins when a bench has connected it. */
  constructor({ stage, onPhase }: MeasuringOptions) {
    // Chromium feeds Web Audio from a remote track only while a media element plays it too.
    this.#video.muted = true;
    this.#video.autoplay = true;
    stage.append(this.#video);
    this.#watch = new PictureWatch(stage, this.#recorder);
    this.#connection.ontrack = ({ track, streams: [stream] }) => {
      this.#video.srcObject = stream ?? null;
      if (track.kind === "audio") this.#listen(track);
    };
    this.#connection.onconnectionstatechange = () => {
      if (this.#connection.connectionState === "connected") onPhase("measuring");
      if (this.#connection.connectionState === "failed") onPhase("failed");
    };
    offerToBench(this.#connection);
  }

  measurements(): Measurements {
    return {
      role: "webrtc-receive",
      nowMs: wallClockMs(),
      ...this.#recorder.lists(),
      painted: 0,
      outputLatencyMs: this.#tap?.outputLatencyMs ?? 0,
    };
  }

  [Symbol.dispose](): void {
    delete globalThis.darkTowerPeer;
    this.#connection.close();
    this.#watch[Symbol.dispose]();
    this.#tap?.[Symbol.dispose]();
    this.#context.close().catch(() => undefined);
    this.#video.remove();
  }

  #listen(track: MediaStreamTrack): void {
    const sound = new MediaStreamAudioSourceNode(this.#context, {
      mediaStream: new MediaStream([track]),
    });
    sound.connect(this.#context.destination);
    this.#tap?.[Symbol.dispose]();
    this.#tap = new ToneTap(sound, this.#recorder);
  }
}
