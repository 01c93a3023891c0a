import type { SourceGrant } from "../../../core/meeting/source_grant.ts";
import type { Announcement } from "./announcement.ts";
import { type ExtraCamera, ExtraCameras } from "./extra_cameras.svelte.ts";
import type { LocalDevices } from "./local_devices.svelte.ts";
import type { MediaEngine, ShareMode } from "./media_engine.ts";
import { type OwnShare, ScreenShares } from "./screen_shares.svelte.ts";

/** The meeting, as the sources that a person sends into it need it. */
export interface SourcesMeeting {
  /** What this person may send; undefined until the meeting has said. */
  readonly grants: readonly string[] | undefined;
  readonly engine: Promise<MediaEngine> | undefined;
  /** Tells the engine while there is a meeting; what it refuses shows in the next snapshot. */
  tell(order: (engine: MediaEngine) => Promise<void>): Promise<void>;
  announce(announcement: Announcement): void;
}

/** What this person sends into the meeting: microphone, camera, further cameras and screens. */
export class OwnSources implements Disposable {
  readonly #shares = new ScreenShares((streamId) => {
    void this.meeting.tell((engine) => engine.stopShare(streamId));
  });
  readonly #cameras = new ExtraCameras((streamId) => {
    void this.meeting.tell((engine) => engine.removeCamera(streamId));
  });

  constructor(private readonly devices: LocalDevices, private readonly meeting: SourcesMeeting) {
    devices.listener = {
      onCamera: (track) => meeting.tell((engine) => engine.setCamera(track)),
      onMicrophone: (track) => meeting.tell((engine) => engine.setMicrophone(track)),
    };
  }

  /** Whether this person may send that; true until the meeting has said. */
  mayUse(source: SourceGrant): boolean {
    return this.meeting.grants?.includes(source) ?? true;
  }

  /**
   * Nobody hears this person: muted by choice, or the microphone cannot be had. One that is still
   * starting counts as on, so that muting it in that moment mutes it.
   */
  get silent(): boolean {
    const { microphone, microphoneMuted } = this.devices;
    return microphoneMuted || microphone.problem !== undefined || !this.mayUse("microphone");
  }

  /** The own camera is meant to be shown and can be, or is still starting. */
  get visible(): boolean {
    const { camera, cameraOff } = this.devices;
    return !cameraOff && camera.problem === undefined && this.mayUse("camera");
  }

  get sharing(): boolean {
    return this.#shares.shares.size > 0;
  }

  get canShareMore(): boolean {
    return !this.#shares.full;
  }

  /** The own shared screens, by stream, to show them without a detour. */
  get shares(): ReadonlyMap<string, OwnShare> {
    return this.#shares.shares;
  }

  /** The own cameras besides the first, by stream. */
  get extraCameras(): ReadonlyMap<string, ExtraCamera> {
    return this.#cameras.cameras;
  }

  get cameraPlacesTaken(): boolean {
    return this.#cameras.full;
  }

  /** Cameras of this machine that are not shown yet. */
  get addableCameras(): readonly MediaDeviceInfo[] {
    if (this.#cameras.full) return [];
    const shown = [...this.#cameras.cameras.values()].map(({ deviceId }) => deviceId);
    return this.devices.cameras.filter(({ deviceId }) =>
      deviceId !== this.devices.camera.deviceId && !shown.includes(deviceId)
    );
  }

  async toggleMicrophone(): Promise<void> {
    if (!this.#mayToggle("microphone")) return;
    const muted = !this.silent;
    await this.devices.setMicrophoneMuted(muted);
    await this.meeting.tell((engine) => engine.setMicrophoneMuted(muted));
    if (!muted && this.devices.microphone.problem) this.#deviceFailed();
  }

  async toggleCamera(): Promise<void> {
    if (!this.#mayToggle("camera")) return;
    const off = this.visible;
    await this.devices.setCameraOff(off);
    await this.meeting.tell((engine) => engine.setCameraOff(off));
    if (!off && this.devices.camera.problem) this.#deviceFailed();
  }

  /** Ends all shares, or starts one. */
  async toggleShare(): Promise<void> {
    if (!this.sharing) return await this.shareScreen();
    for (const streamId of this.#shares.shares.keys()) this.#shares.stop(streamId);
  }

  /** Shares one more screen. Has to run inside a click. */
  async shareScreen(): Promise<void> {
    if (!this.#mayToggle("screen")) return;
    const outcome = await this.#shares.start(this.meeting.engine);
    if (outcome === "failed") this.meeting.announce({ what: "share-failed" });
  }

  stopShare(streamId: string): void {
    this.#shares.stop(streamId);
  }

  /** Says what an own share is used for, while it goes on. */
  async setShareMode(streamId: string, mode: ShareMode): Promise<void> {
    this.#shares.setMode(streamId, mode);
    await this.meeting.tell((engine) => engine.setShareMode(streamId, mode));
  }

  /** Shows one more camera under this name. */
  async addCamera(deviceId: string, label: string): Promise<void> {
    const added = await this.#cameras.add(deviceId, label, this.meeting.engine);
    if (!added) this.#deviceFailed();
  }

  removeCamera(streamId: string): void {
    this.#cameras.remove(streamId);
  }

  /** A device that nobody may see or hear does not stay open. */
  closeWithheld(): void {
    if (!this.mayUse("camera")) this.devices.camera.close();
    if (!this.mayUse("microphone")) this.devices.microphone.close();
  }

  /** One of the streams ended by itself, which the meeting knows. */
  forget(streamId: string): void {
    this.#shares.stop(streamId);
    this.#cameras.remove(streamId);
  }

  /** Ends screens and further cameras without telling the meeting, because it is over. */
  clear(): void {
    this.#shares.clear();
    this.#cameras.clear();
  }

  [Symbol.dispose](): void {
    this.devices.listener = undefined;
    this.clear();
  }

  #mayToggle(source: SourceGrant): boolean {
    const may = this.mayUse(source);
    if (!may) this.meeting.announce({ what: "not-granted", source });
    return may;
  }

  #deviceFailed(): void {
    this.meeting.announce({ what: "device-failed" });
  }
}
