/** One decrypted frame of a remote stream, as the core hands it over: decodable after the ones before. */
export interface ReceivedFrame {
  readonly data: Uint8Array;
  readonly timestampUs: number;
  readonly keyFrame: boolean;
  readonly sequence: number;
  /** Which of the stream's encodings it belongs to; another begins at a key frame. */
  readonly spatialLayer: number;
  /** 0 the base; nothing of a lower layer depends on a higher one. */
  readonly temporalLayer: number;
}
