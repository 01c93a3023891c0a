import { MediaReceiver } from "../receive/media_receiver.ts";
import { plainContent } from "../talk/content_protection.ts";
import { Talk } from "../talk/talk.ts";
import type { ServerEndpoint } from "../transport/connect.ts";
import type { ControllerLink } from "./controller_link.ts";
import { ControllerPlaces } from "./controller_places.ts";
import type { JoinGrant } from "./grant.ts";
import { keyDeliveries, type MeetingKeys, openerOf } from "./meeting_keys.ts";
import { MeetingView } from "./meeting_view.ts";
import { openConnections, type OpenedConnections } from "./open_connections.ts";
import { openSignaling, type OpenSignalingOptions } from "./open_signaling.ts";
import { ParticipantRequests } from "./participant_requests.ts";
import type { ParticipantSessionOptions } from "./participant_session_options.ts";
import type { Tell } from "./publications.ts";
import { ResumableSession, type Resumed } from "./resumable_session.ts";
import { ResumeIdentity } from "./resume_identity.ts";

/** A participant that is known to no server yet, and all that belongs to it. */
export interface OpenedParticipant extends OpenedConnections {
  readonly identity: ResumeIdentity;
  readonly resumable: ResumableSession;
  readonly places: ControllerPlaces;
  readonly receiver: MediaReceiver;
  readonly talk: Talk;
  readonly requests: ParticipantRequests;
  readonly view: MeetingView;
}

/** What the parts of a participant hold on to. */
export interface ParticipantTies {
  readonly link: ControllerLink;
  /** Ends what is being opened, and later the resuming. */
  readonly signal: AbortSignal;
  readonly signaling: (signal: AbortSignal) => OpenSignalingOptions;
  /** Called at most once, as soon as it is known where media will probably be served. */
  readonly onMediaEndpoint: (endpoint: ServerEndpoint) => void;
  readonly requestKeyFrame: (streamId: string, spatialLayer: number) => void;
  readonly tell: Tell;
  readonly onResumed: (resumed: Resumed) => void;
}

/** Gets the grant, connects, and makes all that a participant consists of. */
export async function openParticipant(
  options: ParticipantSessionOptions,
  ties: ParticipantTies,
): Promise<OpenedParticipant> {
  const { fetchGrant, fetchEndpoints, endpoints, sender, chat, hooks, random, scheduler, log } =
    options;
  const { link, signal, signaling, onResumed } = ties;
  const [connections, identity] = await Promise.all([
    openConnections({
      ...signaling(signal),
      fetchGrant,
      endpoints,
      createKeys: (grant) => createKeys(grant, options, ties),
      onMediaEndpoint: ties.onMediaEndpoint,
    }),
    ResumeIdentity.generate(),
  ]);
  const { grant, keys, controller } = connections;
  const { participantId: selfId } = grant;
  const receiver = createReceiver(keys, options, ties);
  const talk = new Talk({
    selfId,
    chat,
    protection: keys ?? plainContent,
    onSaid: (said) => hooks.onSaid(said),
    onReaction: (reaction) => hooks.onReaction(reaction),
    log,
  });
  const places = new ControllerPlaces(controller, grant.certificateHashes);
  const resumable = new ResumableSession({
    grant,
    identity,
    places,
    keys,
    talk,
    sender,
    open: (endpoint, given) => openSignaling(endpoint, signaling(given)),
    fetchEndpoints,
    onResumed,
    random,
    scheduler,
    signal,
    log,
  });
  return {
    ...connections,
    identity,
    resumable,
    places,
    receiver,
    talk,
    requests: new ParticipantRequests({ link, keys, sender, talk }),
    view: new MeetingView({ selfId, keys, receiver, talk, hooks, log }),
  };
}

function createKeys(
  { meetingId, participantId }: JoinGrant,
  { createKeys, sender, log, now, scheduler }: ParticipantSessionOptions,
  { tell }: ParticipantTies,
): Promise<MeetingKeys> {
  return createKeys({
    meetingId,
    participantId,
    now,
    scheduler,
    deliver: (messages) => {
      for (const delivery of keyDeliveries(messages)) tell("keyDelivery", delivery);
    },
    onRatchet: () => sender.requireKeyFrames(),
    onDeliveryKeyReplaced: (encryptionKeys) => tell("updateEncryptionKeys", { encryptionKeys }),
    onMemberKeyRefused: (memberId, error) => log.warn("delivery key refused", { memberId, error }),
  });
}

function createReceiver(
  keys: MeetingKeys | undefined,
  { hooks, log, now, scheduler }: ParticipantSessionOptions,
  { requestKeyFrame }: ParticipantTies,
): MediaReceiver {
  return new MediaReceiver({
    opener: openerOf(keys),
    onFrame: (received) => hooks.onFrame(received),
    requestKeyFrame,
    onRefused: ({ participantId, streamId }, error) =>
      log.debug("frame refused", { senderId: participantId, streamId, error }),
    now,
    scheduler,
  });
}
