import { CaptureDevice } from "./capture_device.svelte.ts";
import { deviceProblemOf } from "./device_problem.ts";
import { MicrophoneMeter } from "./microphone_meter.ts";
import { type PreferenceStore, readPreferences, savePreferences } from "./preferences.ts";
import { canChooseSpeaker } from "./speaker_test_tone.ts";

/** Who wants to know when this person's devices change. */
export interface DeviceListener {
  onCamera(track: MediaStreamTrack | undefined): void;
  onMicrophone(track: MediaStreamTrack | undefined): void;
}

const browserStorage = (): PreferenceStore => localStorage;

/**
 * Camera, microphone and speaker of this person, and whether they want to be seen and heard.
 * Works without any of them. Touches nothing of the browser before {@link start}.
 */
export class LocalDevices implements Disposable {
  readonly camera = new CaptureDevice("camera", (track) => this.listener?.onCamera(track));
  readonly microphone = new CaptureDevice("microphone", (track) => this.#microphoneChanged(track));
  /** Set by the meeting while there is one. */
  listener?: DeviceListener;

  cameras = $state.raw<MediaDeviceInfo[]>([]);
  microphones = $state.raw<MediaDeviceInfo[]>([]);
  /** Empty where the browser does not let a page choose. */
  speakers = $state.raw<MediaDeviceInfo[]>([]);

  #cameraOff = $state(false);
  #microphoneMuted = $state(false);
  #microphoneLevel = $state(0);
  #speakerId = $state("");
  #name = $state("");
  #meter = new MicrophoneMeter((level) => {
    this.#microphoneLevel = level;
  });
  #levelWatchers = 0;
  /** Counts openings and closings: an opening that was overtaken does not go on. */
  #openings = 0;
  #disposed = new AbortController();

  /** What others call this person; remembered for the next meeting. */
  get name(): string {
    return this.#name;
  }
  set name(name: string) {
    this.#name = name;
    savePreferences(browserStorage, { name: name.trim() });
  }

  /** Fills in the name of whoever is signed in, where none was typed here before. */
  suggestName(name: string): void {
    this.#name ||= readPreferences(browserStorage).name || name;
  }

  get cameraOff(): boolean {
    return this.#cameraOff;
  }

  get microphoneMuted(): boolean {
    return this.#microphoneMuted;
  }

  /** How loud the microphone is, 0 … 1; 0 while muted, and while nobody watches. */
  get microphoneLevel(): number {
    return this.#microphoneLevel;
  }

  /** Measures {@link microphoneLevel} from now on; returns what ends that. */
  watchMicrophoneLevel(): () => void {
    if (this.#levelWatchers++ === 0) this.#meter.watch(this.microphone.track);
    return () => {
      if (--this.#levelWatchers === 0) this.#meter.watch(undefined);
    };
  }

  /** Empty for the system's default. */
  get speakerId(): string {
    return this.#speakerId;
  }

  /** Reads what was chosen last time and opens what is wanted and there. Never rejects. */
  async start(): Promise<void> {
    const preferences = readPreferences(browserStorage);
    this.#name ||= preferences.name;
    this.#cameraOff = preferences.cameraOff;
    this.#microphoneMuted = preferences.microphoneMuted;
    this.#speakerId = preferences.speakerId;
    this.camera.prefer(preferences.cameraId);
    this.microphone.prefer(preferences.microphoneId);
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#devicesChanged(), {
      signal: this.#disposed.signal,
    });
    await this.open();
  }

  /** Opens the devices again, after a refusal or when coming back. Never rejects. */
  async open(): Promise<void> {
    const opening = ++this.#openings;
    await this.#list();
    if (opening !== this.#openings) return;
    const wantsCamera = !this.#cameraOff && this.cameras.length > 0;
    const wantsMicrophone = this.microphones.length > 0;
    if (this.cameras.length === 0) this.camera.fail("missing");
    if (this.microphones.length === 0) this.microphone.fail("missing");
    if (wantsCamera && wantsMicrophone) await this.#openBoth();
    else if (wantsCamera) await this.camera.open();
    else if (wantsMicrophone) await this.microphone.open();
    // Names of devices become visible once one of them is open.
    await this.#list();
  }

  /** @param remember whether it is to be so in the next meeting, too */
  async setCameraOff(off: boolean, remember = true): Promise<void> {
    this.#cameraOff = off;
    if (remember) savePreferences(browserStorage, { cameraOff: off });
    if (off) this.camera.close();
    else if (!this.camera.track) await this.camera.open();
  }

  /**
   * Muting keeps the microphone open, so that speaking again is immediate, but silences it.
   *
   * @param remember whether it is to be so in the next meeting, too
   */
  async setMicrophoneMuted(muted: boolean, remember = true): Promise<void> {
    this.#microphoneMuted = muted;
    if (remember) savePreferences(browserStorage, { microphoneMuted: muted });
    const { track } = this.microphone;
    if (track) track.enabled = !muted;
    else if (!muted) await this.microphone.open();
  }

  async chooseCamera(cameraId: string): Promise<void> {
    savePreferences(browserStorage, { cameraId });
    this.camera.prefer(cameraId);
    if (!this.#cameraOff) await this.camera.open(true);
  }

  async chooseMicrophone(microphoneId: string): Promise<void> {
    savePreferences(browserStorage, { microphoneId });
    this.microphone.prefer(microphoneId);
    await this.microphone.open(true);
  }

  chooseSpeaker(speakerId: string): void {
    savePreferences(browserStorage, { speakerId });
    this.#speakerId = speakerId;
  }

  /** Lets go of all devices; {@link open} takes them again. */
  close(): void {
    this.#openings++;
    this.camera.close();
    this.microphone.close();
  }

  [Symbol.dispose](): void {
    this.#disposed.abort();
    this.close();
    this.#meter[Symbol.dispose]();
  }

  /** One prompt for both; if that fails, each on its own as far as the browser lets us ask. */
  async #openBoth(): Promise<void> {
    const wishes = { camera: this.camera.expect(), microphone: this.microphone.expect() };
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: this.camera.constraints(),
        audio: this.microphone.constraints(),
      });
      this.microphone.adopt(wishes.microphone, stream.getAudioTracks()[0]);
      this.camera.adopt(wishes.camera, stream.getVideoTracks()[0]);
    } catch (error) {
      const refused = deviceProblemOf(error) === "denied";
      for (const device of [this.microphone, this.camera]) {
        // It may have been switched off while the browser was asking.
        if (!device.expects(wishes[device.kind])) continue;
        // Asking again right after a refusal would only annoy.
        if (refused && await permissionOf(device.kind) !== "granted") device.fail("denied");
        else await device.open();
      }
    }
  }

  async #devicesChanged(): Promise<void> {
    const before = { cameras: this.cameras.length, microphones: this.microphones.length };
    await this.#list();
    const cameraCame = before.cameras === 0 && this.cameras.length > 0;
    const microphoneCame = before.microphones === 0 && this.microphones.length > 0;
    if (cameraCame && !this.#cameraOff && !this.camera.track) await this.camera.open();
    if (microphoneCame && !this.microphone.track) await this.microphone.open();
  }

  async #list(): Promise<void> {
    const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
    const of = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind);
    this.cameras = of("videoinput");
    this.microphones = of("audioinput");
    this.speakers = canChooseSpeaker() ? of("audiooutput") : [];
  }

  #microphoneChanged(track: MediaStreamTrack | undefined): void {
    if (track) track.enabled = !this.#microphoneMuted;
    if (this.#levelWatchers > 0) this.#meter.watch(track);
    this.listener?.onMicrophone(track);
  }
}

async function permissionOf(kind: "camera" | "microphone"): Promise<PermissionState | undefined> {
  try {
    return (await navigator.permissions.query({ name: kind as PermissionName })).state;
  } catch {
    return undefined;
  }
}
