import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ResumeRequestSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { RESUME_PROOF_ALGORITHM, resumeProofBytes } from "../../../proto/signaling/resume_proof.ts";
import type { SignalingClient, ValueOf } from "./signaling_client.ts";

/** The key pair of a participant that can resume. */
export class ResumeIdentity {
  private constructor(
    private readonly privateKey: CryptoKey,
    /** Uncompressed point, 65 bytes. */
    readonly publicKey: Uint8Array<ArrayBuffer>,
  ) {}

  static async create(): Promise<ResumeIdentity> {
    const keys = await crypto.subtle.generateKey(
      { name: "ECDSA", namedCurve: "P-256" },
      false,
      ["sign", "verify"],
    );
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
    return new ResumeIdentity(keys.privateKey, publicKey);
  }

  /** Signs the proof for a session. */
  async prove(
    session: { meetingId: string; participantId: string; secret: Uint8Array },
  ): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = resumeProofBytes(session);
    return new Uint8Array(
      await crypto.subtle.sign(RESUME_PROOF_ALGORITHM, this.privateKey, bytes),
    );
  }
}

/** The fields of a resume that a test may choose. */
export type ResumeFields = MessageInitShape<typeof ResumeRequestSchema>;

/** Somebody who joined and can come back. */
export class ResumablePerson {
  readonly meetingId: string;
  readonly identity: ResumeIdentity;
  /** Of the connection that stands, or stood last. */
  client: SignalingClient;
  /** The newest one. */
  secret: Uint8Array;
  readonly #connect: () => Promise<SignalingClient>;

  constructor(options: {
    meetingId: string;
    identity: ResumeIdentity;
    client: SignalingClient;
    secret: Uint8Array;
    connect: () => Promise<SignalingClient>;
  }) {
    this.meetingId = options.meetingId;
    this.identity = options.identity;
    this.client = options.client;
    this.secret = options.secret;
    this.participantId = options.client.participantId;
    this.#connect = options.connect;
  }

  readonly participantId: string;

  /** Loses the connection, without a word. */
  lose(): void {
    this.client.lose();
  }

  /** What the person asks to come back. */
  async resumeRequest(fields: ResumeFields = {}) {
    const { meetingId, participantId } = this;
    const secret = fields.secret ?? this.secret;
    const proof = await this.identity.prove({ meetingId, participantId, secret });
    const value: ResumeFields = { meetingId, participantId, secret, proof, ...fields };
    return { case: "resumeRequest" as const, value };
  }

  /** Comes back over a new connection. */
  async resume(fields: ResumeFields = {}): Promise<ValueOf<"joinResponse">> {
    const request = await this.resumeRequest(fields);
    const client = await this.#connect();
    const joined = await client.request(request, "joinResponse");
    this.client = client;
    this.secret = joined.resumeSecret;
    return joined;
  }
}
