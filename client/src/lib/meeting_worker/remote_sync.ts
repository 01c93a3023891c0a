import type { StreamType } from "../../../core/meeting/meeting_state.ts";
import type { RemoteAudio } from "../decode/remote_audio.ts";
import type { RemoteVideo } from "../decode/remote_video.ts";
import { MAXIMUM_SYNC_DELAY_MS } from "../decode/video_playout.ts";
import { LipSync } from "../playout/lip_sync.ts";

/** One open stream of somebody else. */
export type RemoteSink =
  & { readonly participantId: string; readonly type: StreamType; readonly codec: string }
  & (
    | { readonly kind: "audio"; readonly audio: RemoteAudio }
    | { readonly kind: "video"; readonly video: RemoteVideo }
  );

/** Which sound belongs to which pictures: a participant's streams share one clock. */
const PAIRS: readonly { readonly sound: StreamType; readonly picture: StreamType }[] = [
  { sound: "audio", picture: "camera" },
  { sound: "screen-audio", picture: "screen" },
];

/** Keeps sound and pictures of every participant in step. */
export class RemoteSync {
  readonly #controls = new Map<RemoteAudio, LipSync>();

  /** Corrects what waits; call it a few times a second with all open streams. */
  update(sinks: Iterable<RemoteSink>): void {
    const all = [...sinks];
    const present = new Set<RemoteAudio>();
    for (const sink of all) {
      if (sink.kind !== "audio") continue;
      present.add(sink.audio);
      this.#updateOne(sink.audio, picturesOf(sink, all));
    }
    for (const audio of this.#controls.keys()) {
      if (!present.has(audio)) this.#controls.delete(audio);
    }
  }

  #updateOne(audio: RemoteAudio, videos: readonly RemoteVideo[]): void {
    const soundMs = audio.delayMs;
    const picturesMs = videos.flatMap(({ delayMs }) => delayMs ?? []);
    if (soundMs === undefined || picturesMs.length === 0) {
      this.#controls.delete(audio);
      audio.syncDelayMs = 0;
      for (const video of videos) video.syncDelayMs = 0;
      return;
    }
    const control = this.#controls.get(audio) ?? new LipSync(MAXIMUM_SYNC_DELAY_MS);
    this.#controls.set(audio, control);
    // Of several cameras none must wait for another: the latest one decides.
    const wait = control.update(soundMs, Math.max(...picturesMs));
    audio.syncDelayMs = wait.soundMs;
    for (const video of videos) video.syncDelayMs = wait.pictureMs;
  }
}

function picturesOf(sound: RemoteSink, sinks: readonly RemoteSink[]): RemoteVideo[] {
  const picture = PAIRS.find((pair) => pair.sound === sound.type)?.picture;
  return sinks.flatMap((sink) =>
    sink.kind === "video" && sink.type === picture && sink.participantId === sound.participantId
      ? sink.video
      : []
  );
}
