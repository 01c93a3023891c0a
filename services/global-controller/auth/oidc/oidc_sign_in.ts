import { ApiError } from "../../rest/api_error.ts";
import type { Account, AccountDirectory, NewMember } from "../account/account_directory.ts";
import {
  OidcProvider,
  OidcRefusedError,
  OidcUnavailableError,
  type ProvenPerson,
} from "./oidc_provider.ts";
import type { OidcSignInStore } from "./oidc_sign_in_store.ts";
import { createSecretToken, hashSecretToken } from "../../organisation/secret_token.ts";

/** Why somebody who came back from the provider is not signed in. */
export type SignInRefusalReason =
  /** Begun too long ago, in another browser, or finished already. */
  | "sign_in_expired"
  /** The provider refused, or its answer was forged. */
  | "refused_by_provider"
  | "provider_unavailable"
  /** The provider does not vouch for the address. */
  | "email_not_verified"
  /** Neither known nor invited. */
  | "not_invited"
  | "invitation_not_valid"
  | "invitation_for_another_address";

/** Nobody signed in. */
export class SignInRefusal extends Error {
  override readonly name = "SignInRefusal";

  constructor(
    readonly reason: SignInRefusalReason,
    /** Where the person wanted to go, if that is known. */
    readonly returnTo?: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/** Whoever signed in, and where to go now. */
export interface FinishedSignIn {
  readonly userId: string;
  readonly returnTo: string;
  /** Set when the person became a member with this. */
  readonly joined: NewMember | undefined;
}

interface Entrant {
  readonly userId: string;
  readonly joined?: NewMember;
}

/** Lets people in whom the OpenID Connect provider vouches for, if they are known or invited. */
export class OidcSignIn {
  readonly #provider: OidcProvider;
  readonly #store: OidcSignInStore;
  readonly #accounts: AccountDirectory;
  readonly #autoJoin: string | undefined;

  constructor(options: {
    provider: OidcProvider;
    store: OidcSignInStore;
    accounts: AccountDirectory;
    /** Slug of the organisation that everybody joins. */
    autoJoin?: string;
  }) {
    this.#provider = options.provider;
    this.#store = options.store;
    this.#accounts = options.accounts;
    this.#autoJoin = options.autoJoin;
  }

  /**
   * Where to send the browser.
   *
   * @param browser a secret that only this browser has.
   * @throws {SignInRefusal} while the provider is away.
   */
  async begin(
    { returnTo, invitation, browser }: { returnTo: string; invitation?: string; browser: string },
  ): Promise<URL> {
    try {
      const { url, secrets } = await this.#provider.begin(createSecretToken());
      const invitationHash = invitation === undefined
        ? undefined
        : await hashSecretToken(invitation);
      await this.#store.add({ secrets, returnTo, invitationHash }, browser);
      return url;
    } catch (error) {
      if (!(error instanceof OidcUnavailableError)) throw error;
      throw new SignInRefusal("provider_unavailable", returnTo, { cause: error });
    }
  }

  /**
   * Who came back from the provider.
   *
   * @param query what the browser brought back.
   * @throws {SignInRefusal}
   */
  async finish(query: string, browser: string | undefined): Promise<FinishedSignIn> {
    const state = new URLSearchParams(query).get("state");
    const pending = state === null || browser === undefined
      ? undefined
      : await this.#store.take(state, browser);
    if (pending === undefined) throw new SignInRefusal("sign_in_expired");
    const { secrets, returnTo, invitationHash } = pending;
    try {
      const person = await this.#provider.finish(query, secrets);
      const { userId, joined } = await this.#admit(person, invitationHash);
      return { userId, joined, returnTo };
    } catch (error) {
      throw refusal(error, returnTo);
    }
  }

  async #admit(person: ProvenPerson, invitationHash: Uint8Array | undefined): Promise<Entrant> {
    const known = await this.#accounts.findByIdentity(person.identity);
    if (known !== undefined) return await this.#accept(known, invitationHash);
    const { verifiedEmail } = person;
    if (verifiedEmail === undefined) throw new SignInRefusal("email_not_verified");
    const namesake = await this.#accounts.findByEmail(verifiedEmail);
    if (namesake === undefined) {
      return await this.#admitStranger(person, verifiedEmail, invitationHash);
    }
    await this.#accounts.linkIdentity(namesake.userId, person.identity);
    const entrant = await this.#accept(namesake, invitationHash);
    // Once, with the first sign-in: whoever is removed afterwards stays out.
    const joined = this.#autoJoin && await this.#accounts.join(this.#autoJoin, namesake);
    return { joined: joined || undefined, ...entrant };
  }

  async #admitStranger(
    { identity, name }: ProvenPerson,
    email: string,
    invitationHash: Uint8Array | undefined,
  ): Promise<Entrant> {
    const person = { displayName: name, identity };
    let joined: NewMember | undefined;
    if (invitationHash !== undefined) {
      await this.#checkInvitation(invitationHash, email);
      joined = await this.#accounts.acceptInvitation(invitationHash, person);
      if (joined === undefined) throw new SignInRefusal("invitation_not_valid");
    } else if (this.#autoJoin !== undefined) {
      joined = await this.#accounts.join(this.#autoJoin, { ...person, email });
    }
    if (joined === undefined) throw new SignInRefusal("not_invited");
    return { userId: joined.account.userId, joined };
  }

  async #accept(account: Account, invitationHash: Uint8Array | undefined): Promise<Entrant> {
    const { userId } = account;
    if (invitationHash === undefined) return { userId };
    await this.#checkInvitation(invitationHash, account.email);
    const joined = await this.#accounts.acceptInvitation(invitationHash, { userId });
    if (joined === undefined) throw new SignInRefusal("invitation_not_valid");
    return { userId, joined };
  }

  async #checkInvitation(invitationHash: Uint8Array, email: string): Promise<void> {
    const invitation = await this.#accounts.findInvitation(invitationHash);
    if (invitation === undefined) throw new SignInRefusal("invitation_not_valid");
    if (invitation.email.toLowerCase() !== email.toLowerCase()) {
      throw new SignInRefusal("invitation_for_another_address");
    }
  }
}

function refusal(error: unknown, returnTo: string): unknown {
  if (error instanceof SignInRefusal) {
    return new SignInRefusal(error.reason, returnTo, { cause: error.cause });
  }
  if (error instanceof OidcRefusedError) {
    return new SignInRefusal("refused_by_provider", returnTo, { cause: error });
  }
  if (error instanceof OidcUnavailableError) {
    return new SignInRefusal("provider_unavailable", returnTo, { cause: error });
  }
  // Somebody else made an account with the address at the same moment.
  if (error instanceof ApiError && error.code === "CONFLICT") {
    return new SignInRefusal("sign_in_expired", returnTo, { cause: error });
  }
  return error;
}
