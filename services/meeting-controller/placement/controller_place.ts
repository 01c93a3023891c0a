/** Where clients reach a meeting controller. */
export interface ControllerPlace {
  readonly controllerId: string;
  /** Such as https://127.0.0.1:4433. */
  readonly endpoint: string;
  /** SHA-256 of its certificates (development only). */
  readonly certificateHashes: readonly Uint8Array[];
}
