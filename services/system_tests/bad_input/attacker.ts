import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { DeliveryKey } from "../../../client/core/crypto/delivery_key.ts";
import { fetchJoinGrant, type JoinGrant } from "../../../client/core/meeting/grant.ts";
import {
  EncryptionKeysSchema,
  type ErrorCode,
  type JoinRequestSchema,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { TestClient } from "../../media-handler/testing/test_client.ts";
import {
  type RequestInit,
  SignalingClient,
} from "../../meeting-controller/testing/signaling_client.ts";
import {
  ResumablePerson,
  ResumeIdentity,
} from "../../meeting-controller/testing/resumable_person.ts";
import { openWebTransport } from "../../runtime/webtransport/client.ts";
import type { WebTransportSession } from "../../runtime/webtransport/session.ts";
import { eventually } from "../eventually.ts";

/** How long a server may take to close a session that it does not want, milliseconds. */
const CLOSE_LIMIT_MS = 8_000;

/** An attacker inside a meeting: its sessions are authenticated, its streams are announced. */
export interface Intruder {
  readonly signaling: SignalingClient;
  readonly media: TestClient;
  readonly participantId: string;
  /** What its session at the media handler was authenticated with. */
  readonly connectionToken: string;
  /** A video stream that the meeting controller announced as the attacker's. */
  readonly cameraId: string;
  /** An audio stream, likewise. */
  readonly microphoneId: string;
}

/** Someone with a meeting's link who speaks to the servers without our client. */
export class Attacker implements Disposable {
  readonly #url: string;
  readonly #code: string;
  readonly #endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });

  /** @param url origin of the global controller. */
  constructor(url: string, code: string) {
    this.#url = url;
    this.#code = code;
  }

  /** A genuine right to join the meeting once. */
  grant(): Promise<JoinGrant> {
    return fetchJoinGrant(this.#url, this.#code);
  }

  /** A session with nothing said in it, open or not: its `ready` tells. */
  open(url: string, certificateHashes: readonly Uint8Array[]): WebTransportSession {
    return openWebTransport(url, { certificateHashes, endpoint: this.#endpoint });
  }

  /** A session with the meeting controller in which nothing has been said. */
  async signaling(grant?: JoinGrant): Promise<SignalingClient> {
    const { meetingControllerUrl, certificateHashes } = grant ?? await this.grant();
    return await SignalingClient.connect(this.open(meetingControllerUrl, certificateHashes));
  }

  /** A session with the media handler in which nothing has been said. */
  async media(
    grant?: JoinGrant,
    options: ConstructorParameters<typeof TestClient>[1] = {},
  ): Promise<TestClient> {
    const { mediaHandlerUrl, certificateHashes } = grant ?? await this.grant();
    const session = this.open(mediaHandlerUrl!, certificateHashes);
    await session.ready;
    return new TestClient(session, options);
  }

  /** A request to join with `grant` that is as it should be, but for `fields`. */
  async joinRequest(
    grant: JoinGrant,
    fields: MessageInitShape<typeof JoinRequestSchema> = {},
  ): Promise<RequestInit> {
    const { publicKey, keyId } = await DeliveryKey.generate();
    return {
      case: "joinRequest",
      value: {
        meetingId: grant.meetingId,
        joinToken: grant.joinToken,
        participantName: "Mallory",
        encryptionKeys: create(EncryptionKeysSchema, { publicKey, keyId }),
        subscribeToAll: true,
        ...fields,
      },
    };
  }

  /** Joins the meeting with a camera and a microphone, as honest clients do. */
  async intrude(
    fields: MessageInitShape<typeof JoinRequestSchema> = {},
    options: ConstructorParameters<typeof TestClient>[1] = {},
  ): Promise<Intruder> {
    const grant = await this.grant();
    const [cameraId, microphoneId] = [crypto.randomUUID(), crypto.randomUUID()];
    const streams = [{
      streamId: cameraId,
      streamType: StreamType.VIDEO_CAMERA,
      metadata: { codec: "vp8", video: { width: 640, height: 360, framerate: 30 } },
    }, {
      streamId: microphoneId,
      streamType: StreamType.AUDIO,
      metadata: { codec: "opus" },
    }];
    const signaling = await this.signaling(grant);
    const join = await this.joinRequest(grant, { streams, ...fields });
    const { mediaServer, participantId } = await signaling.request(join, "joinResponse");
    const { connectionToken } = mediaServer!;
    const media = await this.media(grant, options);
    await media.authenticate(connectionToken);
    return { signaling, media, participantId, connectionToken, cameraId, microphoneId };
  }

  /** Joins the meeting without media, with a session that can be resumed. */
  async enter(
    grant?: JoinGrant,
    fields: MessageInitShape<typeof JoinRequestSchema> = {},
  ): Promise<ResumablePerson> {
    const granted = grant ?? await this.grant();
    const identity = await ResumeIdentity.create();
    const client = await this.signaling(granted);
    const join = await this.joinRequest(granted, { identityKey: identity.publicKey, ...fields });
    const { resumeSecret: secret } = await client.request(join, "joinResponse");
    const { meetingId } = granted;
    const connect = () => this.signaling(granted);
    return new ResumablePerson({ meetingId, identity, client, secret, connect });
  }

  /** Drops all connections. */
  [Symbol.dispose](): void {
    this.#endpoint.close();
  }
}

/** The close code of a session that the server is expected to end. */
export async function closeCodeOf(
  session: WebTransportSession,
  withinMs = CLOSE_LIMIT_MS,
): Promise<number | undefined> {
  let end: { readonly closeCode?: number } | undefined;
  session.closed.then((info) => end = info, () => end = {});
  const { closeCode } = await eventually("the session is closed", withinMs, () => end);
  return closeCode;
}

/** The newest error that the media handler sent, once there are `count`. */
export async function errorCode(client: TestClient, count = 1): Promise<ErrorCode> {
  await client.until(() => client.errors.length >= count);
  return client.errors.at(-1)!.code;
}
