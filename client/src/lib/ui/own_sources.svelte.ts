import type { MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { SourceGrant } from "../../../core/meeting/source_grant.ts";
import type { Announcement } from "./announcement.ts";
import { type ExtraCamera, ExtraCameras } from "./extra_cameras.svelte.ts";
import type { LocalDevices } from "./local_devices.svelte.ts";
import type { MediaEngine, ShareMode } from "./media_engine.ts";
import { newlyMuted } from "./meeting_news.ts";
import { type OwnShare, ScreenShares } from "./screen_shares.svelte.ts";

/** The meeting, as the sources that a person sends into it need it. */
export interface SourcesMeeting {
  readonly state: MeetingState | undefined;
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
    return this.meeting.state?.grants?.includes(source) ?? true;
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

  /** What of this person is seen and heard. */
  get view(): { readonly silent: boolean; readonly visible: boolean; readonly sharing: string[] } {
    const { silent, visible } = this;
    return { silent, visible, sharing: [...this.#shares.shares.keys()] };
  }

  /** Whether a moderator muted the microphone, and it still is. */
  get heldSilent(): boolean {
    return this.#held("audio");
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
    // The meeting did not take the moderator's mute back: nobody hears this person.
    if (!muted && this.heldSilent) await this.devices.setMicrophoneMuted(true, false);
    if (!muted && this.devices.microphone.problem) this.#deviceFailed();
  }

  /** Says that a moderator's mute stays until this person chooses otherwise. */
  stillMuted(): void {
    this.meeting.announce({ what: "still-muted" });
  }

  async toggleCamera(): Promise<void> {
    if (!this.#mayToggle("camera")) return;
    const off = this.visible;
    await this.devices.setCameraOff(off);
    await this.meeting.tell((engine) => engine.setCameraOff(off));
    if (!off && this.#held("camera")) await this.devices.setCameraOff(true, false);
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

  /** Takes the newest snapshot: what a moderator muted is off here, too. */
  follow(before: MeetingState | undefined, after: MeetingState): void {
    if (before?.localStreams === after.localStreams) return;
    for (const { streamId, type } of newlyMuted(before, after)) {
      if (type === "audio") void this.devices.setMicrophoneMuted(true, false);
      else if (this.extraCameras.has(streamId)) this.removeCamera(streamId);
      else if (type === "camera") void this.devices.setCameraOff(true, false);
    }
  }

  /** A moderator ended one of the streams: its device is let go. */
  stopped(streamId: string): void {
    const source = this.#sourceOf(streamId);
    this.forget(streamId);
    if (source === "microphone") {
      void this.devices.setMicrophoneMuted(true, false);
      this.devices.microphone.close();
    } else if (source === "camera" && !this.#publishes("camera")) {
      void this.devices.setCameraOff(true, false);
    }
    this.meeting.announce({ what: "stopped-by-moderator", source });
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

  #sourceOf(streamId: string): SourceGrant {
    if (this.#shares.shares.has(streamId)) return "screen";
    if (this.#cameras.cameras.has(streamId)) return "camera";
    return this.#publishes("audio") ? "camera" : "microphone";
  }

  #publishes(type: "audio" | "camera"): boolean {
    return this.meeting.state?.localStreams.some((stream) =>
      stream.type === type && !this.extraCameras.has(stream.streamId)
    ) ?? false;
  }

  #held(type: "audio" | "camera"): boolean {
    return this.meeting.state?.localStreams.some((stream) =>
      stream.type === type && stream.muted && stream.mutedByModerator
    ) ?? false;
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
