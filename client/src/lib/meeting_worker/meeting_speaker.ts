import { SpeakerOutput } from "../playout/speaker_output.ts";

/** How long after the click a speaker that was not prepared waits for the first picture, ms. */
const FIRST_PICTURE_PATIENCE_MS = 250;

/** What a meeting's speaker needs, and whom it tells. */
export interface MeetingSpeakerOptions {
  /** Hands the worker the port on which it speaks to the output. */
  connect(port: MessagePort): void;
  /** {@link MeetingSpeaker.blocked} may have changed. */
  onBlockedChange(): void;
  /** How long sound takes to the ear changed. */
  onLatency(latencyMs: number): void;
  /** The sound of this node goes to the speakers. */
  onSound(sound: AudioNode): void;
  /** There is no output. */
  onFailed(error: unknown): void;
}

/** The audio output of a meeting, from its preparation before the click until the end. */
export class MeetingSpeaker {
  readonly #options: MeetingSpeakerOptions;
  #output: SpeakerOutput | undefined;
  #deviceId = "";
  /** Runs while the start waits for the first picture. */
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MeetingSpeakerOptions) {
    this.#options = options;
  }

  /** Whether the browser holds the sound back until {@link resume} is called in a gesture. */
  get blocked(): boolean {
    return this.#output?.blocked ?? false;
  }

  /** Opens the output, silent; nothing happens when it is open. */
  open(): void {
    this.#opened();
  }

  /**
   * Lets sound out; call it in a click. An output that is not open yet waits for the first picture,
   * from which it would take the processor.
   */
  startSoon(): void {
    if (this.#output) this.#output.start();
    else this.#waiting = setTimeout(() => this.startNow(), FIRST_PICTURE_PATIENCE_MS);
  }

  /** Lets sound out if that was to be soon. */
  startNow(): void {
    if (this.#waiting === undefined) return;
    this.#stopWaiting();
    this.#opened().start();
  }

  /** Lets sound out that the browser held back; call it in a click. */
  async resume(): Promise<void> {
    await this.#output?.resume();
  }

  /** Chooses where sound is played; an empty id is the system's choice. */
  async setDevice(deviceId: string): Promise<void> {
    this.#deviceId = deviceId;
    await this.#output?.setDevice(deviceId);
  }

  /** Ends the output; it can be opened again. Never rejects. */
  async close(): Promise<void> {
    this.#stopWaiting();
    const output = this.#output;
    this.#output = undefined;
    await output?.close().catch(() => undefined);
  }

  #stopWaiting(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
  }

  #opened(): SpeakerOutput {
    if (this.#output) return this.#output;
    const { connect, onBlockedChange, onLatency, onSound, onFailed } = this.#options;
    const output = new SpeakerOutput(onBlockedChange, onLatency);
    this.#output = output;
    const { port1, port2 } = new MessageChannel();
    connect(port1);
    output.connect(port2).then((sound) => {
      if (this.#output === output) onSound(sound);
    }, (error: unknown) => {
      if (this.#output !== output) return;
      this.#output = undefined;
      onFailed(error);
    });
    // A chosen device that is gone leaves the sound on the system's own.
    if (this.#deviceId !== "") output.setDevice(this.#deviceId).catch(() => undefined);
    return output;
  }
}
