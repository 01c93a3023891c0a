import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { GRANTS } from "../participant/grant.ts";

/** Signs join tokens as the global controller does. */
export class JoinTokenIssuer {
  private constructor(
    readonly privateKey: CryptoKey,
    readonly publicJwk: Record<string, unknown>,
    readonly kid: string,
  ) {}

  static async create(kid = "key-1"): Promise<JoinTokenIssuer> {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    return new JoinTokenIssuer(privateKey, { ...await exportJWK(publicKey), kid }, kid);
  }

  get jwks(): string {
    return JSON.stringify({ keys: [this.publicJwk] });
  }

  /** A valid token, but for what is overridden. */
  issue(options: {
    audience: string;
    meetingId: string;
    participantId: string;
    nowMs?: number;
    claims?: JWTPayload;
    header?: Record<string, unknown>;
  }): Promise<string> {
    const nowS = Math.floor((options.nowMs ?? Date.now()) / 1000);
    return new SignJWT({
      iss: "dark-tower",
      aud: options.audience,
      sub: options.participantId,
      meeting_id: options.meetingId,
      role: "participant",
      grants: [...GRANTS],
      jti: crypto.randomUUID(),
      iat: nowS,
      exp: nowS + 300,
      ...options.claims,
    }).setProtectedHeader({ alg: "EdDSA", typ: "dt-join+jwt", kid: this.kid, ...options.header })
      .sign(this.privateKey);
  }
}
