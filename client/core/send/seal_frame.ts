import type { FrameHeader } from "../../../proto/media_frame/frame_header.ts";

/** Makes the bytes of a frame from its header and its content: encrypted, or as they are. */
export type SealFrame = (
  header: Omit<FrameHeader, "payloadLength">,
  content: Uint8Array,
) => Promise<Uint8Array>;
