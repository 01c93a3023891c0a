import { Socket } from "node:net";
import { noteConnectionFailure } from "./unawaited_failures.ts";

/** Where to connect, as postgres read it from the URL. */
interface ConnectionPlace {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** A Unix socket instead. */
  readonly path?: string;
}

/**
 * A connection to the first of these hosts, which may not stand yet, that never throws at whom it
 * has nothing more to say to (option `socket` of postgres). Version 3.4.9 writes in a callback of its
 * own, also when the server has ended the connection meanwhile, and takes its listeners off before
 * the last error may have come: either ends the process. Here what is written too late is dropped,
 * since the close that follows fails all queries, and late errors are ignored.
 */
export function openSocket({ host: hosts, port: ports, path }: ConnectionPlace): Socket {
  const socket = new Socket();
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  const writeWhileOpen = (...args: unknown[]): boolean =>
    !socket.destroyed && !socket.writableEnded && !socket.readableEnded && write(...args);
  // An accessor: when the server ends the connection, the socket exchanges its `write` for one that
  // throws.
  Object.defineProperty(socket, "write", { get: () => writeWhileOpen, set: () => {} });
  const removeAllListeners = socket.removeAllListeners.bind(socket);
  socket.removeAllListeners = (event) => {
    removeAllListeners(event);
    if (event === undefined) socket.on("error", noteConnectionFailure);
    return socket;
  };
  socket.on("error", noteConnectionFailure);
  if (path) return socket.connect(path);
  const host = hosts[0] ?? "localhost";
  // By this name the certificate is checked.
  Object.assign(socket, { host });
  return socket.connect({ host, port: ports[0] ?? 5432 });
}
