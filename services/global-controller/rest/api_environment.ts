/** What the API's handlers find in Hono's context. */
export interface ApiEnvironment {
  Bindings: {
    /** The caller's address, already freed from trusted proxies. */
    readonly clientAddress: string;
  };
  Variables: {
    requestId: string;
    /** The API client whose access token came with the request. */
    clientId: string | undefined;
  };
}
