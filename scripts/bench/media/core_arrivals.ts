import type { RemoteFrame, SimulcastLayer } from "../../../client/core/meeting/meeting.ts";
import type { PageStall, ShownPicture } from "../../../client/src/lib/measure/measurements.ts";
import { type ArrivedSound, SOUND_FRAME_MS, soundGaps } from "./fixed_playout.ts";
import type { MeasuredRun } from "./measured_run.ts";
import { madeAtMs } from "./synthetic_encoder.ts";

const SOUND_FRAME_US = SOUND_FRAME_MS * 1_000;
const FRAME_NUMBERS = 65_536;

/** What a receiver got, as a page that shows each decodable picture at once would have shown it. */
export class CoreArrivals {
  readonly #layers: readonly SimulcastLayer[];
  readonly #shown: ShownPicture[] = [];
  readonly #sound: ArrivedSound[] = [];

  constructor(layers: readonly SimulcastLayer[]) {
    this.#layers = layers;
  }

  /** Takes a frame at the moment at which the client hands it on. */
  add({ type, data, timestampUs, sequence, spatialLayer }: RemoteFrame): void {
    const atMs = wallMs(performance.now());
    const stampMs = wallMs(madeAtMs(data));
    if (type === "audio") {
      const number = Math.floor(timestampUs / SOUND_FRAME_US);
      this.#sound.push({ number, madeAtMs: stampMs, arrivedAtMs: atMs });
      return;
    }
    // While layers change, a picture may come in both.
    if (stampMs <= (this.#shown.at(-1)?.stampMs ?? -Infinity)) return;
    const { width, height } = this.#layers[spatialLayer]!;
    this.#shown.push({ atMs, stampMs, frameNumber: sequence % FRAME_NUMBERS, width, height });
  }

  /** @param stalls times in which this process stood still. */
  measurements(stalls: readonly PageStall[]): MeasuredRun["measurements"] {
    return { shown: this.#shown, steps: [], gaps: soundGaps(this.#sound), stalls };
  }
}

function wallMs(monotonicMs: number): number {
  return performance.timeOrigin + monotonicMs;
}
