/// <reference types="vite/client" />
import { PLAYOUT_PROCESSOR, type PlayoutPortMessage } from "./playout_messages.ts";
import processorUrl from "./playout_processor.ts?worker&url";
import { PLAYOUT_SAMPLE_RATE, RING_CHANNELS } from "./sample_ring.ts";

/** How long the browser may take to start the output before it counts as held back, milliseconds. */
const START_PATIENCE_MS = 500;
/** How often the way to the ear is measured: another device may take longer. */
const LATENCY_INTERVAL_MS = 2_000;
/** A smaller change of it is not worth telling. */
const LATENCY_STEP_MS = 5;

/** The page's one audio output: mixes all remote streams in an AudioWorklet. */
export class SpeakerOutput {
  readonly #context: AudioContext;
  readonly #onBlockedChange: () => void;
  readonly #onLatency: (latencyMs: number) => void;
  readonly #latencyTimer: ReturnType<typeof setInterval>;
  #latencyMs = 0;
  #started = false;
  #patience: ReturnType<typeof setTimeout> | undefined;

  /**
   * Silent until {@link start}.
   *
   * @param onLatency is told how long sound takes from the processor to the ear, when it changes.
   */
  constructor(onBlockedChange: () => void, onLatency: (latencyMs: number) => void = () => {}) {
    this.#onBlockedChange = onBlockedChange;
    this.#onLatency = onLatency;
    this.#latencyTimer = setInterval(() => this.#measureLatency(), LATENCY_INTERVAL_MS);
    this.#context = new AudioContext({
      sampleRate: PLAYOUT_SAMPLE_RATE,
      // The shortest there is: numbers below 10 ms give the same (Chromium).
      latencyHint: "interactive",
    });
    this.#context.onstatechange = onBlockedChange;
    this.#context.suspend().catch(() => undefined);
  }

  /** Lets sound out; call inside a user's gesture, or the browser may hold it back. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#patience = setTimeout(() => {
      this.#patience = undefined;
      this.#onBlockedChange();
    }, START_PATIENCE_MS);
    this.#context.resume().catch(() => undefined);
  }

  /** Whether the browser holds sound back until the next gesture. */
  get blocked(): boolean {
    const silent = this.#context.state !== "running" && this.#context.state !== "closed";
    return silent && this.#started && this.#patience === undefined;
  }

  /**
   * Loads the processor and gives it the port on which the worker will speak to it. Resolves to the node
   * whose sound goes to the speakers, for whoever measures it.
   */
  async connect(port: MessagePort): Promise<AudioNode> {
    await this.#context.audioWorklet.addModule(processorUrl);
    const node = new AudioWorkletNode(this.#context, PLAYOUT_PROCESSOR, {
      numberOfInputs: 0,
      outputChannelCount: [RING_CHANNELS],
    });
    const message: PlayoutPortMessage = { port };
    node.port.postMessage(message, [port]);
    node.connect(this.#context.destination);
    return node;
  }

  /** Lets sound out; call inside a user's gesture. */
  async resume(): Promise<void> {
    await this.#context.resume();
  }

  /** Plays on the named device; an empty name is the system's choice. Rejects when it is gone. */
  async setDevice(deviceId: string): Promise<void> {
    const context: AudioContext & { setSinkId?(id: string): Promise<void> } = this.#context;
    await context.setSinkId?.(deviceId);
  }

  /** Ends the output. */
  async close(): Promise<void> {
    this.#context.onstatechange = null;
    clearTimeout(this.#patience);
    clearInterval(this.#latencyTimer);
    if (this.#context.state !== "closed") await this.#context.close();
  }

  #measureLatency(): void {
    if (this.#context.state !== "running") return;
    const latencyMs = this.#context.outputLatency * 1_000;
    if (Math.abs(latencyMs - this.#latencyMs) < LATENCY_STEP_MS) return;
    this.#latencyMs = latencyMs;
    this.#onLatency(latencyMs);
  }
}
