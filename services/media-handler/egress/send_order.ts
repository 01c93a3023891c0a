import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";

/** Send order of the stream for sound that is too long for datagrams: before everything else. */
export const AUDIO_SEND_ORDER = 1_000;
const SCREEN_SEND_ORDER = 200;
const CAMERA_SEND_ORDER = 100;
/** Send order of padding: after everything else. */
export const PADDING_SEND_ORDER = 1;

/** Send order of a video stream: a shared screen before faces. */
export function videoSendOrder(type: StreamType): number {
  return type === StreamType.VIDEO_SCREEN ? SCREEN_SEND_ORDER : CAMERA_SEND_ORDER;
}
