/** What a page does in a measurement. */
export type MeasuringRole =
  /** Joins and sends stamped pictures and stepped tones. */
  | "send"
  /** Joins without devices and reads what a sender sends. */
  | "receive"
  /** Reads its own pictures and tones without a meeting: what the instrument itself costs. */
  | "base"
  /** Sends the same by the browser's own WebRTC, to compare with; connected by a bench. */
  | "webrtc-send"
  /** Receives and reads that. */
  | "webrtc-receive";

/** A stamp that was shown for the first time. */
export interface ShownPicture {
  /** Wall clock at the animation frame that first found the stamp shown, ms since the epoch. */
  readonly atMs: number;
  /** Wall clock when it was painted. */
  readonly stampMs: number;
  /** Number of the picture at its sender, modulo 65,536. */
  readonly frameNumber: number;
  /** Size of the canvas that showed it: of the picture as it was sent. */
  readonly width: number;
  readonly height: number;
}

/** A tone that gave way to the next one in what goes to the speakers. */
export interface HeardStep {
  /** Wall clock when the step left the page's audio graph, ms since the epoch. */
  readonly atMs: number;
  /** How much later that was than the step was played, ms; without what the device adds. */
  readonly latenessMs: number;
  /** What the browser said then that a sample takes from the graph to the ear, ms. */
  readonly outputLatencyMs: number;
}

/** A stretch of over 20 ms in which no tone came out. */
export interface SoundGap {
  /** Wall clock at its start, ms since the epoch. */
  readonly atMs: number;
  readonly durationMs: number;
}

/** A time in which this page got no animation frame: the machine is busy, or the page is not seen. */
export interface PageStall {
  /** Wall clock at its end, ms since the epoch. */
  readonly atMs: number;
  readonly durationMs: number;
}

/**
 * What a page has measured so far: the answer of its `darkTowerMeasurements()`. Each list holds the
 * latest entries, oldest first.
 */
export interface Measurements {
  readonly role: MeasuringRole;
  /** Wall clock at the answer, ms since the epoch. */
  readonly nowMs: number;
  readonly shown: readonly ShownPicture[];
  readonly steps: readonly HeardStep[];
  readonly gaps: readonly SoundGap[];
  /** Stalls of over 50 ms: what is late then is the machine's doing, not the meeting's. */
  readonly stalls: readonly PageStall[];
  /** Entries that are no longer in the lists for want of room. */
  readonly dropped: number;
  /** Pictures that were painted by this page. */
  readonly painted: number;
  /** What the browser says a sample takes from rendering to the ear; not part of any lateness, ms. */
  readonly outputLatencyMs: number;
}
