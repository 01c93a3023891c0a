import type {
  EncodedFrame,
  LocalStream,
  LocalStreamDescription,
} from "../../../core/send/local_stream.ts";

/** The part of the core's meeting that local streams need. */
export interface LocalStreamSink {
  publish(stream: LocalStreamDescription): Promise<LocalStream>;
  unpublish(streamId: string): Promise<void>;
  setMuted(streamId: string, muted: boolean): Promise<void>;
  localStream(streamId: string): LocalStream | undefined;
}

/** Sends a frame on a stream, if the stream is there yet. */
export function sendOn(sink: LocalStreamSink, streamId: string, frame: EncodedFrame): void {
  void sink.localStream(streamId)?.send(frame);
}
