import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";

/** What the services of one deployment share and what a client needs to call its API. */
export interface StackSecrets {
  /** `DT_SERVICE_SECRET`. */
  readonly serviceSecret: string;
  /** `DT_SIGNING_KEY`: an Ed25519 private key as JSON Web Key (RFC 8037). */
  readonly signingKey: string;
  /** An API client that exists from the start. */
  readonly clientId: string;
  readonly clientSecret: string;
}

function randomText(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** Fresh secrets, kept nowhere. */
export async function createSecrets(): Promise<StackSecrets> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return {
    serviceSecret: randomText(),
    signingKey: JSON.stringify({
      ...await exportJWK(privateKey),
      alg: "EdDSA",
      kid: crypto.randomUUID(),
    }),
    clientId: "dark-tower-local",
    clientSecret: randomText(),
  };
}

/** The secrets kept in `directory`, made at the first call and readable by their owner only. */
export async function loadOrCreateSecrets(directory: string): Promise<StackSecrets> {
  const path = join(directory, "secrets.json");
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const secrets = await createSecrets();
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}
