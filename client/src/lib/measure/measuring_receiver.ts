import type { MeetingState } from "../../../core/meeting/meeting_state.ts";
import { MeetingEngine } from "../meeting_worker/meeting_engine.ts";
import { MeasurementRecorder } from "./measurement_recorder.ts";
import type { Measurements } from "./measurements.ts";
import type { Measuring, MeasuringOptions } from "./measuring.ts";
import { phaseOf } from "./measuring_phase.ts";
import { SENDER_NAME } from "./measuring_sender.ts";
import { PictureWatch } from "./picture_watch.ts";
import { ToneTap } from "./tone_tap.ts";
import { wallClockMs } from "./wall_clock.ts";

/** Name under which the receiving page joins. */
const RECEIVER_NAME = "Measuring receiver";

/** Joins the meeting without devices, shows the sender's picture as a meeting does, and measures. */
export class MeasuringReceiver implements Measuring {
  readonly #recorder = new MeasurementRecorder();
  readonly #stage: HTMLElement;
  readonly #watch: PictureWatch;
  readonly #engine: MeetingEngine;
  #tap: ToneTap | undefined;
  #shownStreamId: string | undefined;
  #endShow: (() => void) | undefined;

  /** Begins at once; call it in a gesture where the browser asks for one to let sound out. */
  constructor({ meetingCode, endpoints, stage, onPhase }: MeasuringOptions) {
    this.#stage = stage;
    this.#watch = new PictureWatch(stage, this.#recorder);
    this.#engine = new MeetingEngine({
      meetingCode,
      endpoints,
      onState: (state) => {
        this.#follow(state);
        onPhase(phaseOf(state.phase));
      },
      onSpeakerSound: (sound) => {
        this.#tap?.[Symbol.dispose]();
        this.#tap = new ToneTap(sound, this.#recorder);
      },
    });
    this.#engine.join({ name: RECEIVER_NAME, cameraOff: true, microphoneMuted: true })
      .catch(() => onPhase("failed"));
  }

  measurements(): Measurements {
    return {
      role: "receive",
      nowMs: wallClockMs(),
      ...this.#recorder.lists(),
      painted: 0,
      outputLatencyMs: this.#tap?.outputLatencyMs ?? 0,
    };
  }

  [Symbol.dispose](): void {
    this.#endShow?.();
    this.#watch[Symbol.dispose]();
    this.#tap?.[Symbol.dispose]();
    this.#engine.dispose();
  }

  /** Shows the sender's camera; after the sender came back, its new one. */
  #follow({ participants }: MeetingState): void {
    const sender = participants.findLast(({ name }) => name === SENDER_NAME);
    const streamId = sender?.streams.find(({ type }) => type === "camera")?.streamId;
    if (streamId === this.#shownStreamId) return;
    this.#endShow?.();
    this.#shownStreamId = streamId;
    this.#endShow = streamId ? this.#engine.showVideo(streamId, this.#stage) : undefined;
  }
}
