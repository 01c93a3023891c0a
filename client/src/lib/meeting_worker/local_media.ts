import type { LocalStreamDescription } from "../../../core/send/local_stream.ts";
import type { AudioInput, VideoInput } from "../capture/track_capture.ts";
import type { VideoCodec } from "../encode/video_codec.ts";
import { LocalAudio } from "./local_audio.ts";
import type { LocalStreamSink } from "./local_stream_sink.ts";
import { LocalVideo } from "./local_video.ts";
import type { JoinInput, LocalStreamIds } from "./protocol.ts";

/** Screens that one participant shares at once. */
export const MAXIMUM_SHARES = 4;

export interface LocalMediaOptions {
  readonly sink: LocalStreamSink;
  /** The codec for all video of this participant. */
  readonly videoCodec: () => Promise<VideoCodec>;
  /** How loud the own microphone is, -dBov. */
  onLevel(level: number): void;
  /** A stream's encoder failed for good. */
  onFailure(streamId: string, error: Error): void;
}

/** Everything that this participant sends: microphone, camera, shared screens. */
export class LocalMedia {
  readonly #options: LocalMediaOptions;
  #microphone: LocalAudio | undefined;
  #camera: LocalVideo | undefined;
  readonly #shares = new Map<
    string,
    { readonly screen: LocalVideo; readonly sound?: LocalAudio }
  >();
  /** Tracks of the join that are not read yet. */
  #held: { readonly microphone?: AudioInput; readonly camera?: VideoInput } = {};
  #microphoneMuted = false;
  #cameraOff = false;
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
    if (input.camera) streams.push(this.#addCamera(codec).describe(input.camera));
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
      const camera = this.#addCamera(codec);
      camera.setInput(input);
      await this.#options.sink.publish(camera.describe(input));
      this.requestKeyFrames();
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

  /** Publishes a screen and its sound; the id returned is that of its video stream. */
  async share(screenInput: VideoInput, soundInput: AudioInput | undefined): Promise<string> {
    if (this.#shares.size >= MAXIMUM_SHARES) throw new RangeError("too many shared screens");
    const { sink } = this.#options;
    const onFailure = this.#onFailure;
    const codec = await this.#options.videoCodec();
    const screen = new LocalVideo({ purpose: "screen", codec, sink, onFailure }, true);
    const sound = soundInput && this.#createAudio("screen-audio", soundInput, true);
    this.#shares.set(screen.streamId, sound ? { screen, sound } : { screen });
    screen.setInput(screenInput);
    sound?.setInput(soundInput);
    try {
      await sink.publish(screen.describe(screenInput));
      screen.requestKeyFrame();
      if (sound && soundInput) await sink.publish(sound.describe(soundInput));
    } catch (error) {
      await this.stopShare(screen.streamId).catch(() => undefined);
      throw error;
    }
    return screen.streamId;
  }

  /** Ends a shared screen; nothing happens when it has ended already. */
  async stopShare(streamId: string): Promise<void> {
    const share = this.#shares.get(streamId);
    if (!share) return;
    this.#shares.delete(streamId);
    share.screen.close();
    share.sound?.close();
    const ended = [share.screen.streamId, share.sound?.streamId].filter((id) => id !== undefined);
    await Promise.all(
      ended
        .filter((id) => this.#options.sink.localStream(id) !== undefined)
        .map((id) => this.#options.sink.unpublish(id)),
    );
  }

  /** Makes a key frame of this stream at once. */
  requestKeyFrame(streamId: string): void {
    if (this.#camera?.streamId === streamId) this.#camera.requestKeyFrame();
    else this.#shares.get(streamId)?.screen.requestKeyFrame();
  }

  /** Makes a key frame of every video stream at once. */
  requestKeyFrames(): void {
    this.#camera?.requestKeyFrame();
    for (const share of this.#shares.values()) share.screen.requestKeyFrame();
  }

  /** Ends all capture and encoding. */
  close(): void {
    this.#active = false;
    // A track that was handed over is let go only by who has read it.
    this.begin();
    this.#microphone?.close();
    this.#camera?.close();
    for (const share of this.#shares.values()) {
      share.screen.close();
      share.sound?.close();
    }
    this.#microphone = undefined;
    this.#camera = undefined;
    this.#shares.clear();
  }

  readonly #onFailure = (streamId: string, error: Error): void => {
    this.#failed(streamId, error).catch((cause) => this.#options.onFailure(streamId, cause));
  };

  /** Lets go of a stream whose encoder failed; setting its track again makes a new one. */
  async #failed(streamId: string, error: Error): Promise<void> {
    if (this.#microphone?.streamId === streamId) {
      this.#microphone.close();
      this.#microphone = undefined;
    } else if (this.#camera?.streamId === streamId) {
      this.#camera.close();
      this.#camera = undefined;
    }
    this.#options.onFailure(streamId, error);
    // A share whose sound failed stays a share; one whose picture failed ends.
    if (this.#shares.has(streamId)) await this.stopShare(streamId);
    else await this.#options.sink.unpublish(streamId);
  }

  #addMicrophone(input: AudioInput): LocalAudio {
    const microphone = this.#createAudio("audio", input, !this.#microphoneMuted);
    this.#microphone = microphone;
    return microphone;
  }

  #addCamera(codec: VideoCodec): LocalVideo {
    const { sink } = this.#options;
    const onFailure = this.#onFailure;
    const camera = new LocalVideo({ purpose: "camera", codec, sink, onFailure }, !this.#cameraOff);
    this.#camera = camera;
    return camera;
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
    const sending = !this.#microphoneMuted && microphone.hasTrack;
    microphone.setSending(sending);
    await this.#options.sink.setMuted(microphone.streamId, !sending);
  }

  async #applyCameraOff(): Promise<void> {
    const camera = this.#camera;
    if (!camera) return;
    const sending = !this.#cameraOff && camera.hasTrack;
    camera.setSending(sending);
    await this.#options.sink.setMuted(camera.streamId, !sending);
  }
}
