import type { RemoteFrame, SimulcastLayer } from "../../../client/core/meeting/meeting.ts";
import { cameraLadder } from "../../../client/src/lib/encode/simulcast_ladder.ts";
import type { ShownPicture } from "../../../client/src/lib/measure/measurements.ts";
import type { NetworkProfile } from "../../../services/stack/network/network_profile.ts";
import { seededRandom } from "../../../services/stack/network/seeded_random.ts";
import { createMeeting } from "../../../services/system_tests/guest.ts";
import { startTemporaryStack } from "../../../services/system_tests/temporary_stack.ts";
import { CoreParticipant } from "./core_participant.ts";
import { type ArrivedSound, SOUND_FRAME_MS, soundGaps } from "./fixed_playout.ts";
import type { MeasuredRun } from "./measured_run.ts";
import { Metronome } from "./metronome.ts";
import { startNetwork } from "./network_start.ts";
import { pause } from "./pause.ts";
import { RowWatch } from "./row_watch.ts";
import {
  madeAtMs,
  PICTURES_PER_SECOND,
  stampedContent,
  SyntheticEncoder,
} from "./synthetic_encoder.ts";

/** How long sender and receiver run before the measurement begins, milliseconds. */
const SETTLE_MS = 5_000;
/** The counters are read once more after the last phase. */
const TRAILING_MS = 300;
/** Seed of the sizes of pictures. */
const SEED = 1;
const SOURCE = { width: 1280, height: 720 };
const SOUND_FRAME_BYTES = 80;
/** Loudness of somebody who speaks, -dBov. */
const SPEECH_LEVEL = 30;

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
  const arrivals = new Arrivals(layers);
  await using receiver = new CoreParticipant(url, code, {
    onFrame: (frame) => arrivals.add(frame),
    onState: ({ participants }) => {
      const camera = participants[0]?.streams.find(({ type }) => type === "camera");
      if (camera === undefined || camera.streamId === arrivals.viewedStreamId) return;
      arrivals.viewedStreamId = camera.streamId;
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
    measurements: arrivals.measurements(),
    deliveries: watch.deliveries,
    fullHeight: SOURCE.height,
    conditions: watch.conditions(),
  };
}

/** Sends made-up pictures and sound until it is disposed of. */
class CoreSender implements AsyncDisposable {
  readonly #participant: CoreParticipant;
  readonly #encoder: SyntheticEncoder;
  readonly #layers: readonly SimulcastLayer[];
  readonly #camera = crypto.randomUUID();
  readonly #microphone = crypto.randomUUID();
  readonly #sources: Metronome[] = [];

  constructor(url: string, code: string, layers: readonly SimulcastLayer[]) {
    this.#layers = layers;
    this.#encoder = new SyntheticEncoder(layers, seededRandom(SEED));
    this.#participant = new CoreParticipant(url, code, {
      onKeyFrameNeeded: (_, spatialLayer) => this.#encoder.requestKeyFrame(spatialLayer),
      onEncodingTargets: (_, targets) => this.#encoder.setTargets(targets),
    });
  }

  async join(): Promise<void> {
    const [camera, microphone] = [this.#camera, this.#microphone];
    await this.#participant.join("Sender", [
      {
        streamId: camera,
        type: "camera",
        codec: "vp09.00.31.08",
        maxBitrateBps: this.#layers.at(-1)!.maxBitrateBps,
        video: { ...SOURCE, framerate: PICTURES_PER_SECOND },
        layers: this.#layers,
      },
      { streamId: microphone, type: "audio", codec: "opus", maxBitrateBps: 32_000 },
    ]);
    this.#sources.push(
      new Metronome(1_000 / PICTURES_PER_SECOND, () => this.#sendPicture()),
      new Metronome(SOUND_FRAME_MS, () => this.#sendSound()),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#sources) source[Symbol.dispose]();
    await this.#participant[Symbol.asyncDispose]();
  }

  #sendPicture(): void {
    const stream = this.#participant.meeting.localStream(this.#camera);
    const nowMs = performance.now();
    for (const { spatialLayer } of this.#layers) {
      if (stream?.layerNeedsKeyFrame(spatialLayer)) this.#encoder.requestKeyFrame(spatialLayer);
    }
    for (const frame of this.#encoder.encode(nowMs, Math.round(nowMs * 1_000))) {
      void stream?.send(frame);
    }
  }

  #sendSound(): void {
    const nowMs = performance.now();
    void this.#participant.meeting.localStream(this.#microphone)?.send({
      data: stampedContent(nowMs, SOUND_FRAME_BYTES),
      timestampUs: Math.round(nowMs * 1_000),
      keyFrame: true,
      audioLevel: SPEECH_LEVEL,
    });
  }
}

/** What a receiver got, as a page that shows each decodable picture at once would have shown it. */
class Arrivals {
  /** The camera that was asked for. */
  viewedStreamId: string | undefined;
  readonly #layers: readonly SimulcastLayer[];
  readonly #shown: ShownPicture[] = [];
  readonly #sound: ArrivedSound[] = [];

  constructor(layers: readonly SimulcastLayer[]) {
    this.#layers = layers;
  }

  add({ type, data, sequence, spatialLayer }: RemoteFrame): void {
    const atMs = wallMs(performance.now());
    const stampMs = wallMs(madeAtMs(data));
    if (type === "audio") {
      this.#sound.push({ madeAtMs: stampMs, arrivedAtMs: atMs });
      return;
    }
    // While layers change, a picture may come in both.
    if (stampMs <= (this.#shown.at(-1)?.stampMs ?? -Infinity)) return;
    const { width, height } = this.#layers[spatialLayer] ?? SOURCE;
    this.#shown.push({ atMs, stampMs, frameNumber: sequence % 65_536, width, height });
  }

  measurements(): MeasuredRun["measurements"] {
    return { shown: this.#shown, steps: [], gaps: soundGaps(this.#sound), stalls: [] };
  }
}

function wallMs(monotonicMs: number): number {
  return performance.timeOrigin + monotonicMs;
}
