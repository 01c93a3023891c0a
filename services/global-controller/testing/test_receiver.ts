/** A request that a {@link TestReceiver} got. */
export interface ReceivedRequest {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A web server on this machine that remembers what came. */
export interface TestReceiver extends AsyncDisposable {
  readonly requests: readonly ReceivedRequest[];
  readonly port: number;
  readonly url: string;
  /** Resolves when `count` requests have come. */
  received(count: number): Promise<void>;
}

/** Starts a receiver; with a certificate and its key in PEM it speaks https. */
export function startTestReceiver(
  answer: (request: ReceivedRequest) => Response | Promise<Response> = () => new Response(null),
  tls?: { cert: string; key: string },
): TestReceiver {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<{ count: number; resolve: () => void }>();
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(
    tls === undefined ? options : { ...options, ...tls },
    async (incoming) => {
      const { url, headers } = incoming;
      const request = { url, headers, body: await incoming.text() };
      requests.push(request);
      for (const waiter of waiting) if (requests.length >= waiter.count) waiter.resolve();
      return await answer(request);
    },
  );
  const { port } = server.addr;
  return {
    requests,
    port,
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/hook`,
    async received(count) {
      if (requests.length >= count) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = { count, resolve };
      waiting.add(waiter);
      await promise;
      waiting.delete(waiter);
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
