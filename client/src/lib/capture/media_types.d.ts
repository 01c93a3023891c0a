// What Chromium has and TypeScript's DOM library lacks.

/** MediaStreamTrack insertable media processing (W3C mediacapture-transform), on window. */
interface MediaStreamTrackProcessor<Media extends VideoFrame | AudioData> {
  readonly readable: ReadableStream<Media>;
}

declare const MediaStreamTrackProcessor: {
  new <Media extends VideoFrame | AudioData>(
    init: { readonly track: MediaStreamTrack; readonly maxBufferSize?: number },
  ): MediaStreamTrackProcessor<Media>;
};
