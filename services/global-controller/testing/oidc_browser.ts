import assert from "node:assert/strict";
import { TestBrowser } from "./browser.ts";
import type { TestApi } from "./test_api.ts";
import type { TestOidcProvider } from "./oidc_provider.ts";

const CALLBACK = "/api/v1/auth/oidc/callback";
/** Redirects within the provider, at most. */
const MAX_REDIRECTS = 10;

/** A browser that signs in at an OpenID Connect provider. */
export class OidcBrowser extends TestBrowser {
  readonly #provider: TestOidcProvider;
  readonly #providerCookies = new Map<string, string>();

  constructor(api: TestApi, provider: TestOidcProvider, address?: string) {
    super(api, address);
    this.#provider = provider;
  }

  /** Begins and goes as far as the provider; what it brings back, as path and query. */
  async visitProvider(query = ""): Promise<string> {
    const start = await this.request("GET", `/api/v1/auth/oidc/start${query}`);
    assert.equal(start.status, 303, await start.clone().text());
    let url = start.headers.get("location")!;
    for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
      const { origin, pathname, search } = new URL(url);
      if (origin !== this.#provider.issuer) {
        assert.equal(pathname, CALLBACK, url);
        return pathname + search;
      }
      url = await this.#follow(url);
    }
    throw new Error("the provider redirects for ever");
  }

  /** Signs in; where the browser ends up. */
  async signIn(query = ""): Promise<string> {
    return await this.bringBack(await this.visitProvider(query));
  }

  /** Comes back from the provider with `callback`; where the browser ends up. */
  async bringBack(callback: string): Promise<string> {
    const response = await this.request("GET", callback, {
      headers: { "sec-fetch-site": "cross-site" },
    });
    assert.equal(response.status, 303, await response.clone().text());
    return response.headers.get("location")!;
  }

  async #follow(url: string): Promise<string> {
    const cookie = [...this.#providerCookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    const text = await response.text();
    for (const header of response.headers.getSetCookie()) {
      const [name = "", value = ""] = header.split(";")[0]!.split("=");
      this.#providerCookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) throw new Error(`the provider answers ${response.status}: ${text}`);
    return new URL(location, url).href;
  }
}
