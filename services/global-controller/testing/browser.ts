import type { TestApi } from "./test_api.ts";

/** What a browser sends and keeps: cookies, and where its requests come from. */
export class TestBrowser {
  readonly #api: TestApi;
  /** By name; values as they were sent. */
  readonly cookies = new Map<string, string>();
  readonly #address: string;

  constructor(api: TestApi, address = "192.0.2.1") {
    this.#api = api;
    this.#address = address;
  }

  /** Sends a request of our own pages, or a navigation, and keeps the cookies of the answer. */
  async request(
    method: string,
    path: string,
    { body, token, headers }: {
      body?: unknown;
      token?: string;
      headers?: Record<string, string>;
    } = {},
  ): Promise<Response> {
    const response = await this.#api.request(method, path, {
      body,
      address: this.#address,
      headers: {
        "user-agent": "Test browser",
        "sec-fetch-site": method === "GET" ? "none" : "same-origin",
        ...(this.cookies.size === 0 ? {} : { cookie: this.#cookieHeader() }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return response;
  }

  #cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split("; ");
    const [name = "", value = ""] = pair.split("=");
    if (attributes.includes("Max-Age=0")) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
