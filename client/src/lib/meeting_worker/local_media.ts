import type { PublishedStream } from "../../../core/meeting/meeting_state.ts";
import type { EncodingTarget } from "../../../core/send/encoding_target.ts";
import type { LocalStreamDescription } from "../../../core/send/local_stream.ts";
import type { AudioInput, VideoInput } from "../capture/track_capture.ts";
import type { ShareMode, VideoContent } from "../encode/layer_plan.ts";
import type { LocalVideoQuality } from "../encode/local_video_quality.ts";
import type { VideoCodec } from "../encode/video_codec.ts";
import { LocalAudio } from "./local_audio.ts";
import { LocalShares } from "./local_shares.ts";
import { MAXIMUM_EXTRA_CAMERAS } from "./local_stream_limits.ts";
import type { LocalStreamSink } from "./local_stream_sink.ts";
import { LocalVideo } from "./local_video.ts";
import { ModeratorMutes } from "./moderator_mutes.ts";
import type { JoinInput, LocalStreamIds } from "./protocol.ts";

export interface LocalMediaOptions {
  readonly sink: LocalStreamSink;
  /** The codec for all video of this participant. */
  readonly videoCodec: () => Promise<VideoCodec>;
  /** How loud the own microphone is, -dBov. */
  onLevel(level: number): void;
  /** How a video stream is encoded changed. */
  onQuality(streamId: string, quality: LocalVideoQuality): void;
  /** A stream's encoder failed for good. */
  onFailure(streamId: string, error: Error): void;
}

/** Everything that this participant sends: microphone, cameras, shared screens. */
export class LocalMedia {
  readonly #options: LocalMediaOptions;
  #microphone: LocalAudio | undefined;
  #camera: LocalVideo | undefined;
  /** Cameras besides the first, by stream. */
  readonly #extraCameras = new Map<string, LocalVideo>();
  readonly #shares = new LocalShares();
  /** Tracks of the join that are not sent yet. */
  #held: { readonly microphone?: AudioInput; readonly camera?: VideoInput } = {};
  #microphoneMuted = false;
  #cameraOff = false;
  #framerateShare = 1;
  readonly #mutes = new ModeratorMutes();
  /** Between join and leave. Tracks that come earlier come again with the join. */
  #active = false;

  constructor(options: LocalMediaOptions) {
    this.#options = options;
  }

  /** Ids of what is published, as far as it is. */
  get ids(): LocalStreamIds {
    return {
      ...(this.#microphone ? { microphone: this.#microphone.streamId } : {}),
      ...(this.#camera ? { camera: this.#camera.streamId } : {}),
    };
  }

  /** Describes the streams to join with. Their capture and encoders wait for {@link begin}. */
  async start(input: JoinInput): Promise<LocalStreamDescription[]> {
    this.close();
    this.#active = true;
    this.#microphoneMuted = input.microphoneMuted;
    this.#cameraOff = input.cameraOff;
    const codec = await this.#options.videoCodec();
    const streams: LocalStreamDescription[] = [];
    if (input.microphone) {
      streams.push(this.#addMicrophone(input.microphone).describe(input.microphone));
    }
    if (input.camera) {
      const camera = this.#addCamera(codec, input.camera);
      camera.hold(input.camera);
      streams.push(camera.describe());
    }
    this.#held = { microphone: input.microphone, camera: input.camera };
    return streams;
  }

  /** Starts capture and encoders of what was joined with; nothing happens the second time. */
  begin(): void {
    const { microphone, camera } = this.#held;
    this.#held = {};
    if (microphone) this.#microphone?.setInput(microphone);
    if (camera) this.#camera?.setInput(camera);
  }

  /** Changes the microphone; without one the stream stays, muted. */
  async setMicrophone(input: AudioInput | undefined): Promise<void> {
    if (!this.#active) return await input?.sound.cancel();
    if (!this.#microphone) {
      if (!input) return;
      const microphone = this.#addMicrophone(input);
      microphone.setInput(input);
      await this.#options.sink.publish(microphone.describe(input));
      return;
    }
    this.begin();
    this.#microphone.setInput(input);
    await this.#applyMicrophoneMute();
  }

  /** Holds the microphone's sound back, or lets it out. */
  async setMicrophoneMuted(muted: boolean): Promise<void> {
    this.#microphoneMuted = muted;
    this.begin();
    await this.#applyMicrophoneMute();
  }

  /** Changes the camera; without one the stream stays, muted. */
  async setCamera(input: VideoInput | undefined): Promise<void> {
    if (!this.#active) return await input?.frames.cancel();
    if (!this.#camera) {
      if (!input) return;
      const codec = await this.#options.videoCodec();
      const camera = this.#addCamera(codec, input);
      camera.setInput(input);
      await this.#options.sink.publish(camera.describe());
      camera.requestKeyFrame();
      return;
    }
    this.begin();
    this.#camera.setInput(input);
    await this.#applyCameraOff();
  }

  /** Holds the camera's pictures back, or lets them out. */
  async setCameraOff(off: boolean): Promise<void> {
    this.#cameraOff = off;
    this.begin();
    await this.#applyCameraOff();
  }

  /**
   * Publishes another camera; returns the id to remove it with.
   *
   * @throws {RangeError} when there are {@link MAXIMUM_EXTRA_CAMERAS} besides the first.
   */
  async addCamera(input: VideoInput): Promise<string> {
    if (this.#extraCameras.size >= MAXIMUM_EXTRA_CAMERAS) throw new RangeError("too many cameras");
    const codec = await this.#options.videoCodec();
    const camera = this.#createVideo("camera", codec, input, true);
    this.#extraCameras.set(camera.streamId, camera);
    camera.setInput(input);
    try {
      await this.#options.sink.publish(camera.describe());
    } catch (error) {
      this.#dropExtraCamera(camera.streamId);
      throw error;
    }
    camera.requestKeyFrame();
    return camera.streamId;
  }

  /** Ends a camera that was added; nothing happens when it has ended already. */
  async removeCamera(streamId: string): Promise<void> {
    if (this.#dropExtraCamera(streamId)) await this.#options.sink.unpublish(streamId);
  }

  /**
   * Publishes a screen and its sound; the id returned is that of its video stream.
   *
   * @throws {RangeError} when too many are shared already.
   */
  async share(
    screenInput: VideoInput,
    soundInput: AudioInput | undefined,
    mode: ShareMode,
  ): Promise<string> {
    this.#shares.requireRoom();
    const codec = await this.#options.videoCodec();
    const screen = this.#createVideo(mode, codec, screenInput, true);
    if (!soundInput) {
      return await this.#shares.start({ screen }, { screen: screenInput }, this.#options.sink);
    }
    const sound = this.#createAudio("screen-audio", soundInput, true);
    const inputs = { screen: screenInput, sound: soundInput };
    return await this.#shares.start({ screen, sound }, inputs, this.#options.sink);
  }

  /** Encodes a shared screen for reading or for watching. */
  setShareMode(streamId: string, mode: ShareMode): void {
    this.#shares.setMode(streamId, mode);
  }

  /** Ends a shared screen; nothing happens when it has ended already. */
  async stopShare(streamId: string): Promise<void> {
    await this.#shares.stop(streamId, this.#options.sink);
  }

  /**
   * Does not go on encoding what a moderator muted: its owner unmutes it like any other, and from
   * then on it is the meeting's to say when that is allowed.
   */
  follow(streams: readonly PublishedStream[]): void {
    for (const streamId of this.#mutes.follow(streams)) this.#silence(streamId);
  }

  /** A moderator ended a stream: lets go of it. Setting its track again makes a new one. */
  stopped(streamId: string): void {
    this.#drop(streamId);
    // Its sound may still be published.
    this.stopShare(streamId).catch((error) => this.#options.onFailure(streamId, error));
  }

  /** What the layers of a video stream are to be encoded at. */
  setTargets(streamId: string, targets: readonly EncodingTarget[]): void {
    this.#video(streamId)?.setTargets(targets);
  }

  /** Encodes only this share of the pictures of cameras and moving shares from now on. */
  setFramerateShare(share: number): void {
    this.#framerateShare = share;
    const videos = [this.#camera, ...this.#extraCameras.values(), ...this.#shares.screens];
    for (const video of videos) video?.setFramerateShare(share);
  }

  /** Makes a key frame of a layer of this stream, or of all its layers, at once. */
  requestKeyFrame(streamId: string, spatialLayer?: number): void {
    this.#video(streamId)?.requestKeyFrame(spatialLayer);
  }

  /** Ends all capture and encoding. */
  close(): void {
    this.#active = false;
    // A track that was handed over is let go only by who has read it.
    this.begin();
    this.#microphone?.close();
    this.#camera?.close();
    this.#microphone = undefined;
    this.#camera = undefined;
    for (const streamId of [...this.#extraCameras.keys()]) this.#dropExtraCamera(streamId);
    this.#shares.close();
  }

  readonly #onFailure = (streamId: string, error: Error): void => {
    this.#failed(streamId, error).catch((cause) => this.#options.onFailure(streamId, cause));
  };

  /** Lets go of a stream whose encoder failed; setting its track again makes a new one. */
  async #failed(streamId: string, error: Error): Promise<void> {
    this.#drop(streamId);
    this.#options.onFailure(streamId, error);
    // A share whose sound failed stays a share; one whose picture failed ends.
    if (this.#shares.has(streamId)) await this.stopShare(streamId);
    else await this.#options.sink.unpublish(streamId);
  }

  /** Ends capture and encoder of a microphone or camera. */
  #drop(streamId: string): void {
    if (this.#microphone?.streamId === streamId) {
      this.#microphone.close();
      this.#microphone = undefined;
    } else if (this.#camera?.streamId === streamId) {
      this.#camera.close();
      this.#camera = undefined;
    } else this.#dropExtraCamera(streamId);
  }

  #addMicrophone(input: AudioInput): LocalAudio {
    const microphone = this.#createAudio("audio", input, !this.#microphoneMuted);
    this.#microphone = microphone;
    return microphone;
  }

  #addCamera(codec: VideoCodec, input: VideoInput): LocalVideo {
    const camera = this.#createVideo("camera", codec, input, !this.#cameraOff);
    this.#camera = camera;
    return camera;
  }

  #createVideo(
    content: VideoContent,
    codec: VideoCodec,
    input: VideoInput,
    sending: boolean,
  ): LocalVideo {
    const { sink, onQuality } = this.#options;
    const onFailure = this.#onFailure;
    const options = { content, codec, input, sink, onQuality, onFailure };
    const video = new LocalVideo(options, sending);
    video.setFramerateShare(this.#framerateShare);
    return video;
  }

  #video(streamId: string): LocalVideo | undefined {
    if (this.#camera?.streamId === streamId) return this.#camera;
    return this.#extraCameras.get(streamId) ?? this.#shares.screen(streamId);
  }

  #dropExtraCamera(streamId: string): boolean {
    this.#extraCameras.get(streamId)?.close();
    return this.#extraCameras.delete(streamId);
  }

  #createAudio(type: "audio" | "screen-audio", input: AudioInput, sending: boolean): LocalAudio {
    const { sink, onLevel } = this.#options;
    const onFailure = this.#onFailure;
    return new LocalAudio({
      type,
      channelCount: input.channelCount,
      sink,
      onLevel: type === "audio" ? onLevel : () => undefined,
      onFailure,
    }, sending);
  }

  async #applyMicrophoneMute(): Promise<void> {
    const microphone = this.#microphone;
    if (!microphone) return;
    await this.#setSending(microphone, !this.#microphoneMuted && microphone.hasTrack);
  }

  async #applyCameraOff(): Promise<void> {
    const camera = this.#camera;
    if (!camera) return;
    await this.#setSending(camera, !this.#cameraOff && camera.hasTrack);
  }

  /** Lets a stream out or holds it back, and tells the meeting. */
  async #setSending(stream: LocalAudio | LocalVideo, sending: boolean): Promise<void> {
    stream.setSending(sending);
    try {
      await this.#options.sink.setMuted(stream.streamId, !sending);
    } catch (error) {
      // A moderator's mute stays where the meeting did not take it back.
      if (this.#mutes.has(stream.streamId)) this.#silence(stream.streamId);
      throw error;
    }
  }

  /** Holds the microphone or the camera back, as its owner would. */
  #silence(streamId: string): void {
    if (streamId === this.#microphone?.streamId) {
      this.#microphoneMuted = true;
      this.#microphone.setSending(false);
    } else if (streamId === this.#camera?.streamId) {
      this.#cameraOff = true;
      this.#camera.setSending(false);
    }
  }
}
