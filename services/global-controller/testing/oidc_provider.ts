import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

/** What a provider knows of a person. */
export interface ProviderPerson {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

/** How a provider finds out who is there. */
export interface TestOidcProviderOptions {
  /**
   * Whether it shows its pages: one asks for a login and any password, the next one for consent.
   * The login becomes the `sub`. Without them everybody is {@link TestOidcProvider.person}.
   */
  readonly asks?: boolean;
}

/** A real OpenID Connect provider in this process. */
export interface TestOidcProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who is signed in there, and what it says of whoever signs in. */
  person: ProviderPerson;
  /** Ends each connection without an answer. */
  away: boolean;
  /** Requests that reached it, by path. */
  readonly requests: string[];
}

const CLIENT_ID = "dark-tower";
const CLIENT_SECRET = "the secret of dark-tower at its provider";

/** Starts a provider on a free port, which sends browsers back to `redirectUri`. */
export async function startTestOidcProvider(
  redirectUri: string,
  { asks = false }: TestOidcProviderOptions = {},
): Promise<TestOidcProvider> {
  const requests: string[] = [];
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  const server = createServer();
  server.listen(0, "127.0.0.1", resolve);
  await listening;
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const running: TestOidcProvider = {
    issuer,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    person: { sub: "nobody" },
    away: false,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  const provider = new Provider(issuer, await configuration(running, redirectUri, asks));
  // Instead of pages with forms: whoever is signed in agrees.
  if (!asks) {
    provider.use(async (context: RequestContext, next: () => Promise<void>) => {
      if (!context.path.startsWith("/interaction/")) return await next();
      await provider.interactionFinished(context.req, context.res, {
        login: { accountId: running.person.sub },
      });
      context.respond = false;
    });
  }
  const answer = provider.callback();
  server.on("request", (request, response) => {
    requests.push((request.url ?? "").split("?")[0]!);
    if (running.away) request.socket.destroy();
    else answer(request, response);
  });
  return running;
}

async function configuration(running: TestOidcProvider, redirectUri: string, asks: boolean) {
  const { privateKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const jwk = { ...await crypto.subtle.exportKey("jwk", privateKey), use: "sig", alg: "ES256" };
  return {
    clients: [{
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [redirectUri],
      id_token_signed_response_alg: "ES256",
    }],
    jwks: { keys: [jwk] },
    cookies: { keys: [crypto.randomUUID()] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    features: { devInteractions: { enabled: asks } },
    ...asks
      ? {}
      : { interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` } },
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ ...running.person, sub: accountId }),
    }),
    loadExistingGrant: async (context: GrantContext) => {
      const { client, session, provider } = context.oidc;
      const grant = new provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
}

interface RequestContext {
  readonly path: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  respond: boolean;
}

interface GrantContext {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    readonly provider: {
      readonly Grant: new (of: { clientId: string; accountId: string }) => {
        addOIDCScope(scope: string): void;
        save(): Promise<string>;
      };
    };
  };
}
