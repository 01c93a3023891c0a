import { createSessionPair } from "../../runtime/webtransport/in_memory.ts";
import {
  type ServerSession,
  WebTransportError,
  type WebTransportSession,
} from "../../runtime/webtransport/session.ts";

/**
 * The two ends of a session, whose client can vanish: the server sees that the connection is lost,
 * as after a crash or when the network is gone, and not that the session was closed.
 */
export function createVanishingPair(): {
  readonly client: WebTransportSession;
  readonly server: ServerSession;
  readonly vanish: () => void;
} {
  const [client, server] = createSessionPair();
  let hasVanished = false;
  const closed = server.closed.then((info) => {
    if (hasVanished) throw new WebTransportError("connection-lost", "the peer vanished");
    return info;
  });
  closed.catch(() => undefined);
  return {
    client,
    server: new Proxy(server, {
      get(target, name) {
        if (name === "closed") return closed;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    }),
    vanish() {
      hasVanished = true;
      client.close();
    },
  };
}
