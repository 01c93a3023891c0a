/** What the meeting worker tells the playout processor, over a MessagePort of their own. */
export type PlayoutMessage =
  /** A stream whose samples the worker writes into shared memory. */
  | { readonly type: "add-shared"; readonly streamId: string; readonly buffer: SharedArrayBuffer }
  /** A stream whose samples come as messages, for pages without shared memory. */
  | { readonly type: "add"; readonly streamId: string }
  | {
    readonly type: "samples";
    readonly streamId: string;
    readonly channels: readonly Float32Array[];
    readonly targetFrames: number;
  }
  | { readonly type: "remove"; readonly streamId: string };

/** Hands the processor the port on which it gets its {@link PlayoutMessage}s. */
export interface PlayoutPortMessage {
  readonly port: MessagePort;
}

/** Name under which the processor is registered. */
export const PLAYOUT_PROCESSOR = "dark-tower-playout";
