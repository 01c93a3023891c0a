import type { JoinResponse } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import type { MediaSender } from "../send/media_sender.ts";
import type { SignalingClient } from "../signaling/signaling_client.ts";
import type { Talk } from "../talk/talk.ts";
import type { ServerEndpoint } from "../transport/connect.ts";
import type { ControllerPlaces } from "./controller_places.ts";
import type { JoinGrant, MeetingEndpoints } from "./grant.ts";
import type { MeetingKeys } from "./meeting_keys.ts";
import type { MeetingLog } from "./meeting_log.ts";
import { Publications } from "./publications.ts";
import { isResumeSecret, type ResumeIdentity } from "./resume_identity.ts";
import { resumeSession } from "./resumption.ts";

/** Where and with what a session was resumed. */
export interface Resumed {
  readonly response: JoinResponse;
  readonly signaling: SignalingClient;
  readonly publications: Publications;
}

/** What resuming needs. */
export interface ResumableSessionOptions {
  readonly grant: JoinGrant;
  readonly identity: ResumeIdentity;
  readonly places: ControllerPlaces;
  readonly keys: MeetingKeys | undefined;
  readonly talk: Talk;
  readonly sender: MediaSender;
  readonly open: (endpoint: ServerEndpoint, signal: AbortSignal) => Promise<SignalingClient>;
  readonly fetchEndpoints:
    | ((options: { readonly signal: AbortSignal }) => Promise<MeetingEndpoints>)
    | undefined;
  /** Called before any later message of the new session is handled. */
  readonly onResumed: (resumed: Resumed) => void;
  readonly random: (() => number) | undefined;
  readonly scheduler: Scheduler;
  readonly signal: AbortSignal;
  readonly log: MeetingLog;
}

/** What lets a participant come back: its identity, the newest secret, and where to go. */
export class ResumableSession {
  readonly #options: ResumableSessionOptions;
  #secret: Uint8Array | undefined;

  constructor(options: ResumableSessionOptions) {
    this.#options = options;
  }

  /** False when the controller gave no secret: then nobody can come back. */
  get possible(): boolean {
    return this.#secret !== undefined;
  }

  /** The controller gave a secret for the next resume. */
  keepSecret(secret: Uint8Array): void {
    if (isResumeSecret(secret)) this.#secret = secret;
  }

  /**
   * Comes back at whichever controller takes the participant.
   *
   * @param movedTo where the meeting moved on purpose, if it did.
   * @throws as {@link resumeSession}.
   */
  async resume(movedTo: ServerEndpoint | undefined): Promise<void> {
    const { places, open, random, scheduler, signal, log } = this.#options;
    await resumeSession({
      places: movedTo === undefined ? places.all : [movedTo, ...places.all],
      moved: movedTo !== undefined,
      connect: open,
      resume: (signaling, endpoint, given) => this.#ask(signaling, endpoint, given),
      endpointOf: (info) => places.endpointOf(info),
      fetchEndpoint: this.#fetchEndpoint(),
      random,
      scheduler,
      signal,
      log,
    });
  }

  async #ask(
    signaling: SignalingClient,
    endpoint: ServerEndpoint,
    signal: AbortSignal,
  ): Promise<void> {
    const { grant, identity, keys, talk, sender, places, onResumed } = this.#options;
    const { meetingId, participantId } = grant;
    const secret = this.#secret!;
    const proof = await identity.prove({ meetingId, participantId, secret });
    signal.throwIfAborted();
    const publications = new Publications(sender, grant.grants);
    const resuming = signaling.request("resumeRequest", {
      meetingId,
      participantId,
      secret,
      proof,
      lastMessageNumber: talk.lastMessageNumber,
      streams: publications.messages,
      ...(keys && { encryptionKeys: keys.deliveryKey }),
    }, {
      signal,
      onAnswer: (response) => {
        this.keepSecret(response.resumeSecret);
        places.moved(endpoint, response.alternatives);
        onResumed({ response, signaling, publications });
      },
    });
    await resuming.catch((error) => {
      publications.failed(error);
      throw error;
    });
  }

  #fetchEndpoint() {
    const { fetchEndpoints } = this.#options;
    return fetchEndpoints && (async (options: { readonly signal: AbortSignal }) => {
      const { meetingControllerUrl, certificateHashes } = await fetchEndpoints(options);
      return { url: meetingControllerUrl, certificateHashes };
    });
  }
}
