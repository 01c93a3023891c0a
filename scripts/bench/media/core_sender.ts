import type { SimulcastLayer } from "../../../client/core/meeting/meeting.ts";
import type { PageStall } from "../../../client/src/lib/measure/measurements.ts";
import { seededRandom } from "../../../services/stack/network/seeded_random.ts";
import { CoreParticipant } from "./core_participant.ts";
import { SOUND_FRAME_MS } from "./fixed_playout.ts";
import { Metronome } from "./metronome.ts";
import { PICTURES_PER_SECOND, stampedContent, SyntheticEncoder } from "./synthetic_encoder.ts";

/** Seed of the sizes of pictures. */
const SEED = 1;
const SOUND_FRAME_BYTES = 80;
const SOUND_FRAME_US = SOUND_FRAME_MS * 1_000;
/** What a microphone keeps while nobody takes its sound: half a second. */
const SOUND_CATCH_UP_FRAMES = 25;
/** Loudness of somebody who speaks, -dBov. */
const SPEECH_LEVEL = 30;

/** Sends made-up pictures and sound until it is disposed of. */
export class CoreSender implements AsyncDisposable {
  readonly #participant: CoreParticipant;
  readonly #encoder: SyntheticEncoder;
  readonly #layers: readonly SimulcastLayer[];
  readonly #camera = crypto.randomUUID();
  readonly #microphone = crypto.randomUUID();
  readonly #sources: Metronome[] = [];
  /** Times in which this process, and so sender and receiver alike, stood still. */
  readonly stalls: PageStall[] = [];
  #soundTimestampUs = Math.round(performance.now() * 1_000);

  /** @param url origin of pages and API. */
  constructor(url: string, code: string, layers: readonly SimulcastLayer[]) {
    this.#layers = layers;
    this.#encoder = new SyntheticEncoder(layers, seededRandom(SEED));
    this.#participant = new CoreParticipant(url, code, {
      onKeyFrameNeeded: (_, spatialLayer) => this.#encoder.requestKeyFrame(spatialLayer),
      onEncodingTargets: (_, targets) => this.#encoder.setTargets(targets),
    });
  }

  /** Joins, and begins to send. */
  async join(): Promise<void> {
    const [camera, microphone] = [this.#camera, this.#microphone];
    const { width, height, maxBitrateBps } = this.#layers.at(-1)!;
    await this.#participant.join("Sender", [
      {
        streamId: camera,
        type: "camera",
        codec: "vp09.00.31.08",
        maxBitrateBps,
        video: { width, height, framerate: PICTURES_PER_SECOND },
        layers: this.#layers,
      },
      { streamId: microphone, type: "audio", codec: "opus", maxBitrateBps: 32_000 },
    ]);
    this.#sources.push(
      new Metronome({
        intervalMs: 1_000 / PICTURES_PER_SECOND,
        catchUpBeats: 0,
        beat: () => this.#sendPicture(),
      }),
      new Metronome({
        intervalMs: SOUND_FRAME_MS,
        catchUpBeats: SOUND_CATCH_UP_FRAMES,
        beat: () => this.#sendSound(),
        onStall: (durationMs) =>
          this.stalls.push({ atMs: performance.timeOrigin + performance.now(), durationMs }),
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#sources) source[Symbol.dispose]();
    await this.#participant[Symbol.asyncDispose]();
  }

  #sendPicture(): void {
    const stream = this.#participant.meeting.localStream(this.#camera);
    const nowMs = performance.now();
    if (stream === undefined) return;
    const senderWantsKey = (spatialLayer: number) => stream.layerNeedsKeyFrame(spatialLayer);
    for (const frame of this.#encoder.encode(nowMs, Math.round(nowMs * 1_000), senderWantsKey)) {
      void stream.send(frame);
    }
  }

  #sendSound(): void {
    const nowMs = performance.now();
    this.#soundTimestampUs += SOUND_FRAME_US;
    void this.#participant.meeting.localStream(this.#microphone)?.send({
      data: stampedContent(nowMs, SOUND_FRAME_BYTES),
      timestampUs: this.#soundTimestampUs,
      keyFrame: true,
      audioLevel: SPEECH_LEVEL,
    });
  }
}
