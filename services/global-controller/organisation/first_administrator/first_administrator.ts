import { HashingOverloadedError, type SecretHasher } from "../../auth/secret_hasher.ts";
import { conflict, forbidden, unavailable } from "../../rest/api_error.ts";
import type { FirstAdministratorStore, NewOwner } from "./first_administrator_store.ts";
import { SECRET_TOKEN } from "../secret_token.ts";

/** Keeps this use of the services' secret apart from all others. */
const PURPOSE = "first administrator";

/** What whoever follows the setup link says of themselves. */
export interface Setup {
  readonly token: string;
  readonly organisationName: string;
  readonly email: string;
  readonly displayName: string;
  readonly password: string;
}

/**
 * Who administers a new deployment. While no person exists, its operator finds a link in the logs
 * whose secret follows from the services' own: the same on all instances, kept nowhere, and good for
 * nothing once a person exists.
 */
export class FirstAdministrator {
  readonly #store: FirstAdministratorStore;
  readonly #hasher: SecretHasher;
  readonly #secret: string;
  readonly #publicUrl: string;
  readonly #passwords: boolean;

  constructor(options: {
    store: FirstAdministratorStore;
    hasher: SecretHasher;
    /** Shared by all global controllers (DT_SERVICE_SECRET). */
    secret: string;
    /** Origin of the pages. */
    publicUrl: string;
    /** Whether people sign in with passwords; without, there is no link, but the settings. */
    passwords: boolean;
  }) {
    this.#store = options.store;
    this.#hasher = options.hasher;
    this.#secret = options.secret;
    this.#publicUrl = options.publicUrl;
    this.#passwords = options.passwords;
  }

  /** Whether no person exists yet. */
  async vacant(): Promise<boolean> {
    return await this.#store.vacantOrganisation() !== undefined;
  }

  /** Whether the link is good: no person exists yet, and people sign in with passwords. */
  async needed(): Promise<boolean> {
    return this.#passwords && await this.vacant();
  }

  /** The link for the operator; its secret stays out of requests and of their logs. */
  async setupUrl(): Promise<string | undefined> {
    const organisationId = await this.#store.vacantOrganisation();
    if (organisationId === undefined || !this.#passwords) return undefined;
    const key = await this.#key(["sign"]);
    const token = await crypto.subtle.sign("HMAC", key, messageOf(organisationId));
    const text = new Uint8Array(token).toBase64({ alphabet: "base64url", omitPadding: true });
    return `${this.#publicUrl}/setup#${text}`;
  }

  /**
   * Makes the first person, an owner with a password; once, whoever else tries at the same time.
   *
   * @throws {ApiError} CONFLICT when a person exists, FORBIDDEN for another link's token or where
   *   nobody signs in with a password, SERVICE_UNAVAILABLE while there are too many to hash.
   */
  async setUp(setup: Setup): Promise<NewOwner> {
    if (!this.#passwords) throw forbidden("nobody signs in with a password here");
    const organisationId = await this.#store.vacantOrganisation();
    if (organisationId === undefined) throw alreadySetUp();
    if (!await this.#isToken(setup.token, organisationId)) {
      throw forbidden("this is not the setup link of this deployment");
    }
    const { email, displayName, organisationName } = setup;
    const passwordHash = await this.#hash(setup.password);
    const owner = await this.#store.create({ email, displayName, passwordHash, organisationName });
    if (owner === undefined) throw alreadySetUp();
    return owner;
  }

  /**
   * Makes the first person from the operator's settings.
   *
   * @param password undefined: signs in with a verified address only (OpenID Connect).
   * @returns undefined when a person exists.
   */
  async create(email: string, password: string | undefined): Promise<NewOwner | undefined> {
    if (!await this.vacant()) return undefined;
    const passwordHash = password === undefined ? undefined : await this.#hash(password);
    return await this.#store.create({
      email,
      displayName: "",
      passwordHash,
      organisationName: undefined,
    });
  }

  async #isToken(text: string, organisationId: string): Promise<boolean> {
    if (!SECRET_TOKEN.test(text)) return false;
    const key = await this.#key(["verify"]);
    const token = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    return await crypto.subtle.verify("HMAC", key, token, messageOf(organisationId));
  }

  async #key(usages: KeyUsage[]): Promise<CryptoKey> {
    const bytes = new TextEncoder().encode(this.#secret);
    return await crypto.subtle.importKey(
      "raw",
      bytes,
      { name: "HMAC", hash: "SHA-256" },
      false,
      usages,
    );
  }

  async #hash(password: string): Promise<string> {
    try {
      return await this.#hasher.hash(password);
    } catch (error) {
      if (error instanceof HashingOverloadedError) throw unavailable("try again in a moment");
      throw error;
    }
  }
}

function messageOf(organisationId: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(PURPOSE + organisationId);
}

function alreadySetUp() {
  return conflict("this deployment is set up already: sign in");
}
