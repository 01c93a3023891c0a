/** One decrypted frame of a remote stream, as the core hands it over. */
export interface ReceivedFrame {
  readonly data: Uint8Array;
  readonly timestampUs: number;
  readonly keyFrame: boolean;
  readonly sequence: number;
}
