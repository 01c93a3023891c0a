/** The sending end of one unidirectional stream. Writes are never awaited: the flight bounds them. */
export interface OutgoingStream {
  /** Sends `bytes`, which nobody changes afterwards. After a failure it does nothing. */
  write(bytes: Uint8Array): void;
  /** Ends the stream after what was written. */
  close(): void;
}

/** Opens unidirectional streams to one subscriber. */
export interface OutgoingStreams {
  /**
   * @param sendOrder higher goes first.
   * @param onFailure called once when the stream can carry nothing more.
   * Rejects when the session is gone or the peer allows no more streams.
   */
  open(sendOrder: number, onFailure: () => void): Promise<OutgoingStream>;
}
