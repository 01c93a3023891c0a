import { ApiClient, ApiRequestError, type Schemas } from "../../../api_client/api_client.ts";

/** Remembers in this browser that somebody signed in: others are not asked about at each page. */
const SIGNED_IN_KEY = "dt.signed-in";
/** Remembers in this browser which of their organisations the person acts in. */
const ORGANISATION_KEY = "dt.organisation";
/** An access token is replaced so long before its end, milliseconds. */
const RENEWAL_MARGIN_MS = 30_000;

/** Operations whose 401 is about a password, not about the token. */
const CHECKS_A_PASSWORD = /\/auth\/(password|accept-invitation)$/;

/** Who the person in front of this page is. */
export type AccountStatus =
  | { readonly kind: "unknown" }
  | { readonly kind: "guest" }
  /** Whether somebody is signed in could not be learnt. */
  | { readonly kind: "unreachable" }
  | {
    readonly kind: "signed-in";
    readonly user: Schemas["SignedIn"]["user"];
    readonly organisation: Schemas["SignedIn"]["organisation"];
    readonly organisations: Schemas["SignedIn"]["organisations"];
  };

/** What an {@link AccountSession} stands on. */
export interface AccountSessionOptions {
  readonly origin: string;
  readonly fetch?: typeof fetch;
  readonly storage?: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Milliseconds. */
  readonly now?: () => number;
}

/**
 * The person's login session in this browser. The access token lives in memory only; the cookie
 * that renews it is the browser's and no script sees it.
 */
export class AccountSession {
  /** The API on behalf of whoever is signed in, as a guest otherwise. */
  readonly api: ApiClient;
  #status = $state<AccountStatus>({ kind: "unknown" });
  /** For the calls by which the cookie is made, used and ended. */
  readonly #guestApi: ApiClient;
  readonly #storage: AccountSessionOptions["storage"];
  readonly #now: () => number;
  #token: { readonly text: string; readonly renewAtMs: number } | undefined;
  #refreshing: Promise<void> | undefined;
  #organisationId: string | undefined;

  constructor({ origin, fetch, storage, now }: AccountSessionOptions) {
    this.#storage = storage;
    this.#now = now ?? (() => Date.now());
    this.#guestApi = new ApiClient({ origin, fetch });
    const send = fetch ?? globalThis.fetch?.bind(globalThis);
    this.api = new ApiClient({
      origin,
      fetch: (input, init) => this.#fetchWithFreshToken(send, input, init),
      token: () => this.token(),
    });
  }

  get status(): AccountStatus {
    return this.#status;
  }

  /** Learns who is signed in, once for a page. */
  async start(): Promise<void> {
    if (this.#status.kind !== "unknown") return;
    if (this.#storage?.getItem(SIGNED_IN_KEY) == null) this.#becomeGuest();
    else await this.#refresh().catch(() => {});
  }

  /** An access token that is good for a while; undefined for a guest. */
  async token(): Promise<string | undefined> {
    await this.start();
    if (this.#status.kind === "guest") return undefined;
    if (this.#token === undefined || this.#now() >= this.#token.renewAtMs) await this.#refresh();
    return this.#token?.text;
  }

  /** Takes over what a sign-in answered. */
  accept(answer: Schemas["SignedIn"]): void {
    const { access_token, expires_in, user, organisation, organisations } = answer;
    this.#token = {
      text: access_token,
      renewAtMs: this.#now() + expires_in * 1_000 - RENEWAL_MARGIN_MS,
    };
    this.#organisationId = organisation.organisation_id;
    this.#storage?.setItem(SIGNED_IN_KEY, "1");
    this.#storage?.setItem(ORGANISATION_KEY, organisation.organisation_id);
    this.#status = { kind: "signed-in", user, organisation, organisations };
  }

  /** Before a sign-in that goes through another site and leaves only the cookie. */
  expectCookie(): void {
    this.#storage?.setItem(SIGNED_IN_KEY, "1");
  }

  /** Asks again whether somebody is signed in, where that could not be learnt. */
  async retry(): Promise<void> {
    if (this.#status.kind === "unreachable") await this.#refresh().catch(() => {});
  }

  /** Whether the person administers the organisation that they act in. */
  get isAdministrator(): boolean {
    const status = this.#status;
    return status.kind === "signed-in" && status.organisation.role !== "member";
  }

  /**
   * Acts in another of the person's organisations.
   *
   * @returns whether that worked: the person may be in it no more.
   * @throws {ApiRequestError | TypeError} when the server did not answer that.
   */
  async switchTo(organisationId: string): Promise<boolean> {
    await this.#refreshing;
    this.#organisationId = organisationId;
    await this.#refresh();
    return this.#organisationId === organisationId;
  }

  /** Forgets the token: the next call learns anew what the person is called and may do. */
  async reload(): Promise<void> {
    this.#token = undefined;
    await this.#refresh();
  }

  /** @throws {ApiRequestError | TypeError} when the server was not told. */
  async signOut(): Promise<void> {
    await this.#guestApi.call("signOut", {});
    this.#becomeGuest();
  }

  /** A token may be refused before its end, as when roles changed: once, with a new one. */
  async #fetchWithFreshToken(
    send: typeof fetch,
    input: Parameters<typeof fetch>[0],
    init?: RequestInit,
  ): Promise<Response> {
    const response = await send(input, init);
    const headers = new Headers(init?.headers);
    if (response.status !== 401 || !headers.has("Authorization")) return response;
    // There it says that the password was wrong; another try would count.
    if (CHECKS_A_PASSWORD.test(String(input))) return response;
    await this.reload();
    if (this.#token === undefined) return response;
    await response.body?.cancel();
    headers.set("Authorization", `Bearer ${this.#token.text}`);
    return await send(input, { ...init, headers });
  }

  /** One at a time, however many wait for a token. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#ask().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #ask(): Promise<void> {
    try {
      await this.#renew();
    } catch (error) {
      const refused = error instanceof ApiRequestError && [401, 403, 404].includes(error.status);
      if (refused) this.#becomeGuest();
      else if (this.#status.kind !== "signed-in") this.#status = { kind: "unreachable" };
      if (!refused) throw error;
    }
  }

  /** In the organisation of before, in this page or the last one; else in any of the person's. */
  async #renew(): Promise<void> {
    const before = this.#organisationId ?? this.#storage?.getItem(ORGANISATION_KEY) ?? undefined;
    try {
      await this.#renewIn(before);
    } catch (error) {
      const left = error instanceof ApiRequestError && error.status === 404;
      if (!left || before === undefined) throw error;
      await this.#renewIn(undefined);
    }
  }

  async #renewIn(organisationId: string | undefined): Promise<void> {
    const { body } = await this.#guestApi.call("refreshSession", {
      body: { organisation_id: organisationId },
    });
    this.accept(body);
  }

  #becomeGuest(): void {
    this.#token = undefined;
    this.#organisationId = undefined;
    this.#storage?.removeItem(SIGNED_IN_KEY);
    this.#storage?.removeItem(ORGANISATION_KEY);
    this.#status = { kind: "guest" };
  }
}
