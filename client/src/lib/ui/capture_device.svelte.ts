import { type DeviceProblem, deviceProblemOf } from "./device_problem.ts";

/** Which kind of device a {@link CaptureDevice} holds. */
export type CaptureKind = "camera" | "microphone";

/** The picture to ask a camera for. */
export const CAMERA_QUALITY: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};

/**
 * One camera or microphone of this person: opened, replaced and closed, with the reason if it
 * cannot be had. At most one track is held; a newer wish makes an older, still pending one void.
 */
export class CaptureDevice {
  #track = $state.raw<MediaStreamTrack>();
  #problem = $state<DeviceProblem>();
  #starting = $state(false);
  #wish = 0;
  #deviceId = "";

  constructor(
    readonly kind: CaptureKind,
    private readonly onTrack: (track: MediaStreamTrack | undefined) => void,
  ) {}

  /** The live track, if there is one. */
  get track(): MediaStreamTrack | undefined {
    return this.#track;
  }

  /** Why there is no track although one was asked for. */
  get problem(): DeviceProblem | undefined {
    return this.#problem;
  }

  get starting(): boolean {
    return this.#starting;
  }

  /** Identifier of the device in use, or of the one that will be asked for first. */
  get deviceId(): string {
    return this.#track?.getSettings().deviceId ?? this.#deviceId;
  }

  /** Remembers a choice without opening anything. */
  prefer(deviceId: string): void {
    this.#deviceId = deviceId;
  }

  /** What to ask the browser for; `exact` insists on the chosen device. */
  constraints(exact = false): MediaTrackConstraints {
    const deviceId = this.#deviceId
      ? exact ? { exact: this.#deviceId } : { ideal: this.#deviceId }
      : undefined;
    return this.kind === "camera"
      ? { deviceId, ...CAMERA_QUALITY }
      : { deviceId, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  }

  /** Opens the device. Never rejects: {@link problem} says what went wrong. */
  async open(exact = false): Promise<void> {
    const wish = ++this.#wish;
    this.#starting = true;
    this.#problem = undefined;
    try {
      const constraints = this.constraints(exact);
      const stream = await navigator.mediaDevices.getUserMedia(
        this.kind === "camera" ? { video: constraints } : { audio: constraints },
      );
      this.#accept(wish, stream.getTracks()[0]);
    } catch (error) {
      if (wish === this.#wish) this.fail(deviceProblemOf(error));
    } finally {
      if (wish === this.#wish) this.#starting = false;
    }
  }

  /**
   * States that a track is on its way, to be {@link adopt adopted} or to {@link fail}; returns the
   * number of this wish.
   */
  expect(): number {
    this.#problem = undefined;
    this.#starting = true;
    return ++this.#wish;
  }

  /** Whether that wish is still the newest: the device was neither closed nor opened since. */
  expects(wish: number): boolean {
    return wish === this.#wish;
  }

  /**
   * Takes over a track that somebody else opened (one prompt for camera and microphone), or stops it
   * when the wish was given up meanwhile.
   */
  adopt(wish: number, track: MediaStreamTrack | undefined): void {
    if (this.expects(wish)) this.#starting = false;
    this.#accept(wish, track);
  }

  /** States that the device cannot be had. */
  fail(problem: DeviceProblem): void {
    this.#wish++;
    this.#starting = false;
    this.#problem = problem;
    this.#replace(undefined);
  }

  /** Closes the device, so that its light goes out. */
  close(): void {
    this.#wish++;
    this.#starting = false;
    this.#replace(undefined);
  }

  #accept(wish: number, track: MediaStreamTrack | undefined): void {
    if (wish !== this.#wish) {
      track?.stop();
      return;
    }
    this.#problem = undefined;
    this.#replace(track);
    // A device that is pulled out falls back to another one at once.
    track?.addEventListener("ended", () => {
      if (track === this.#track) void this.open();
    }, { once: true });
  }

  #replace(track: MediaStreamTrack | undefined): void {
    const old = this.#track;
    if (old === track) return;
    this.#track = track;
    this.onTrack(track);
    old?.stop();
  }
}
