import { create } from "@bufbuild/protobuf";
import type { MeetingControllerEntry } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import {
  type MeetingControllerInfo,
  MeetingControllerInfoSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { rankByRendezvous } from "../../runtime/rendezvous.ts";
import type { ControllerPlace } from "./controller_place.ts";

/** Most other controllers that are known at a time. */
export const MAX_CONTROLLERS = 1_000;
/** Most that a client is told. */
export const MAX_ALTERNATIVES = 3;

/** The other meeting controllers of the region, as the global controller names them. */
export class ControllerDirectory {
  #others: readonly MeetingControllerEntry[] = [];

  constructor(private readonly ownId: string) {}

  /** Takes the list of the healthy ones, as each heartbeat brings it. */
  update(healthy: readonly MeetingControllerEntry[]): void {
    this.#others = healthy.filter(({ controllerId }) => controllerId !== this.ownId)
      .slice(0, MAX_CONTROLLERS);
  }

  /**
   * Where the meeting may go on when it is not here, the best first: the order that all controllers
   * compute, but those that are full come last.
   */
  alternatives(meetingId: string): MeetingControllerInfo[] {
    return rankByRendezvous(meetingId, this.#others, ({ endpoint }) => endpoint)
      .sort((a, b) => Number(isFull(a)) - Number(isFull(b)))
      .slice(0, MAX_ALTERNATIVES)
      .map(describeController);
  }
}

/** The place as clients are told of it. */
export function describeController(
  { endpoint, certificateHashes }: Pick<ControllerPlace, "endpoint" | "certificateHashes">,
): MeetingControllerInfo {
  return create(MeetingControllerInfoSchema, {
    meetingControllerUrl: endpoint,
    certificateHashes: [...certificateHashes],
  });
}

/** A maximum of 0 is none. */
function isFull({ capacity }: MeetingControllerEntry): boolean {
  if (capacity === undefined) return false;
  const full = (current: number, maximum: number) => maximum > 0 && current >= maximum;
  return full(capacity.currentMeetings, capacity.maxMeetings) ||
    full(capacity.currentParticipants, capacity.maxParticipants);
}
