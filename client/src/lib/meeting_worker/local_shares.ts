import type { AudioInput, VideoInput } from "../capture/track_capture.ts";
import type { ShareMode } from "../encode/layer_plan.ts";
import type { LocalAudio } from "./local_audio.ts";
import { MAXIMUM_SHARES } from "./local_stream_limits.ts";
import type { LocalStreamSink } from "./local_stream_sink.ts";
import type { LocalVideo } from "./local_video.ts";

interface LocalShare {
  readonly screen: LocalVideo;
  readonly sound?: LocalAudio;
}

/** The screens that this participant shares, each with its sound if it has any. */
export class LocalShares {
  readonly #shares = new Map<string, LocalShare>();

  /** The screens' video streams. */
  get screens(): LocalVideo[] {
    return [...this.#shares.values()].map(({ screen }) => screen);
  }

  /** Whether this is the video stream of a share. */
  has(streamId: string): boolean {
    return this.#shares.has(streamId);
  }

  /** The screen with this stream. */
  screen(streamId: string): LocalVideo | undefined {
    return this.#shares.get(streamId)?.screen;
  }

  /** @throws {RangeError} when no other screen may be shared. */
  requireRoom(): void {
    if (this.#shares.size >= MAXIMUM_SHARES) throw new RangeError("too many shared screens");
  }

  /** Publishes a screen and its sound; what cannot be published is taken back. */
  async start(
    share: LocalShare,
    inputs: { readonly screen: VideoInput; readonly sound?: AudioInput },
    sink: LocalStreamSink,
  ): Promise<string> {
    this.requireRoom();
    const { screen, sound } = share;
    this.#shares.set(screen.streamId, share);
    screen.setInput(inputs.screen);
    sound?.setInput(inputs.sound);
    try {
      await sink.publish(screen.describe());
      screen.requestKeyFrame();
      if (sound && inputs.sound) await sink.publish(sound.describe(inputs.sound));
    } catch (error) {
      await this.stop(screen.streamId, sink).catch(() => undefined);
      throw error;
    }
    return screen.streamId;
  }

  /** Encodes a screen for reading or for watching from now on; one that has ended is no error. */
  setMode(streamId: string, mode: ShareMode): void {
    this.screen(streamId)?.setContent(mode);
  }

  /** Ends a shared screen; nothing happens when it has ended already. */
  async stop(streamId: string, sink: LocalStreamSink): Promise<void> {
    const share = this.#shares.get(streamId);
    if (!share) return;
    this.#shares.delete(streamId);
    share.screen.close();
    share.sound?.close();
    const ended = [share.screen.streamId, share.sound?.streamId].filter((id) => id !== undefined);
    await Promise.all(
      ended.filter((id) => sink.localStream(id) !== undefined).map((id) => sink.unpublish(id)),
    );
  }

  /** Ends all capture and encoding, without a word to the others. */
  close(): void {
    for (const share of this.#shares.values()) {
      share.screen.close();
      share.sound?.close();
    }
    this.#shares.clear();
  }
}
