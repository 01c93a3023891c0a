import {
  type ChosenMediaHandler,
  ControllerRefusal,
  type ControllerRefusalReason,
  type MeetingControllerClient,
  type Reachability,
} from "../region/meeting_controller_client.ts";
import type { RegisteredController, RegisteredMediaHandler } from "../region/registered_server.ts";

/** A controller's registration; `name` makes its endpoints. */
export function testController(
  name: string,
  changes: Partial<RegisteredController> = {},
): RegisteredController {
  return {
    controllerId: crypto.randomUUID(),
    region: "local",
    endpoint: `https://${name}.example:4433`,
    rpcEndpoint: `http://${name}.example:5000`,
    certificateHashes: [`hash of ${name}`],
    capacity: { maxMeetings: 0, currentMeetings: 0, maxParticipants: 0, currentParticipants: 0 },
    health: "healthy",
    version: "1.0.0",
    ...changes,
  };
}

/** A media handler's registration; `name` makes its endpoints. */
export function testMediaHandler(
  name: string,
  changes: Partial<RegisteredMediaHandler> = {},
): RegisteredMediaHandler {
  return {
    handlerId: crypto.randomUUID(),
    region: "local",
    endpoint: `https://${name}.example:4434`,
    rpcEndpoint: `http://${name}.example:5001`,
    certificateHashes: [`hash of ${name}`],
    capacity: { maxStreams: 0, currentStreams: 0, maxParticipants: 0, currentParticipants: 0 },
    health: "healthy",
    version: "1.0.0",
    ...changes,
  };
}

/** Meeting controllers that answer as the test says, and remember what they were asked. */
export class ScriptedControllers implements MeetingControllerClient {
  /** `${rpcEndpoint} ${meetingId}`, in order. */
  readonly assigned: string[] = [];
  readonly ended: string[] = [];
  /** `${rpcEndpoint} ${meetingId} ${participantId}`, in order. */
  readonly ejected: string[] = [];
  /** `${rpcEndpoint} ${meetingId} ${tokenId}`, in order. */
  readonly revoked: string[] = [];
  /** What came with the last assignment. */
  revokedWithAssignment: readonly string[] = [];
  /** By rpcEndpoint. */
  readonly refusals = new Map<string, ControllerRefusalReason>();
  mediaHandler: ChosenMediaHandler | undefined;
  /** By rpcEndpoint: those that have no media handler to name. */
  readonly withoutMedia = new Set<string>();

  reach(rpcEndpoint: string): Promise<Reachability> {
    return Promise.resolve(this.refusals.get(rpcEndpoint) === "away" ? "refused" : "answers");
  }

  assignMeeting(
    rpcEndpoint: string,
    { meetingId }: { meetingId: string },
    revokedTokenIds: readonly string[] = [],
  ): Promise<ChosenMediaHandler | undefined> {
    this.revokedWithAssignment = revokedTokenIds;
    this.assigned.push(`${rpcEndpoint} ${meetingId}`);
    const reason = this.refusals.get(rpcEndpoint);
    if (reason) return Promise.reject(new ControllerRefusal(reason));
    return Promise.resolve(this.withoutMedia.has(rpcEndpoint) ? undefined : this.mediaHandler);
  }

  endMeeting(rpcEndpoint: string, meetingId: string): Promise<void> {
    this.ended.push(`${rpcEndpoint} ${meetingId}`);
    return this.#answer(rpcEndpoint);
  }

  ejectParticipant(rpcEndpoint: string, meetingId: string, participantId: string): Promise<void> {
    this.ejected.push(`${rpcEndpoint} ${meetingId} ${participantId}`);
    return this.#answer(rpcEndpoint);
  }

  revokeJoinTokens(
    rpcEndpoint: string,
    meetingId: string,
    tokenIds: readonly string[],
  ): Promise<void> {
    for (const tokenId of tokenIds) this.revoked.push(`${rpcEndpoint} ${meetingId} ${tokenId}`);
    return this.#answer(rpcEndpoint);
  }

  #answer(rpcEndpoint: string): Promise<void> {
    const reason = this.refusals.get(rpcEndpoint);
    return reason ? Promise.reject(new ControllerRefusal(reason)) : Promise.resolve();
  }
}
