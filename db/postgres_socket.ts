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
 * Opens connections that never throw at whom they have nothing more to say to (option `socket` of
 * postgres); each may not stand yet when it is returned. Version 3.4.9 writes in a callback of its
 * own, also when the server has ended the connection meanwhile, and takes its listeners off before
 * the last error may have come: either ends the process. Here what is written too late is dropped,
 * since the close that follows fails all queries, and late errors are ignored.
 *
 * Of several hosts the first serves; when a connection to one closes, the next one is tried.
 */
export function socketOpener(): (place: ConnectionPlace) => Socket {
  let hostIndex = 0;
  return ({ host: hosts, port: ports, path }) => {
    const index = hostIndex;
    const socket = unthrowingSocket(() => {
      if (hostIndex === index) hostIndex = (index + 1) % Math.max(1, hosts.length);
    });
    if (path) return socket.connect(path);
    const host = hosts[index] ?? "localhost";
    // By this name the certificate is checked.
    Object.assign(socket, { host });
    return socket.connect({ host, port: ports[index] ?? 5432 });
  };
}

function unthrowingSocket(onClose: () => void): Socket {
  const socket = new Socket();
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  const writeWhileOpen = (...args: unknown[]): boolean =>
    !socket.destroyed && !socket.writableEnded && !socket.readableEnded && write(...args);
  // An accessor: when the server ends the connection, the socket exchanges its `write` for one that
  // throws.
  Object.defineProperty(socket, "write", { get: () => writeWhileOpen, set: () => {} });
  const listen = () => socket.on("error", noteConnectionFailure).on("close", onClose);
  const removeAllListeners = socket.removeAllListeners.bind(socket);
  socket.removeAllListeners = (event) => {
    removeAllListeners(event);
    if (event === undefined) listen();
    return socket;
  };
  return listen();
}
