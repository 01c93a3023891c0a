import type { Logger } from "../runtime/log.ts";

/** Messages that wait for the other side's connection, before the pair is given up. */
const MAX_WAITING_MESSAGES = 64;
/** Bytes that may wait in one socket for a slow peer, before the pair is given up. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const GOING_AWAY = 4001;

/** Accepts a WebSocket and joins it to one at `target`; what ends one ends the other. */
export function forwardWebSocket(request: Request, target: URL, log: Logger): Response {
  const protocols = (request.headers.get("sec-websocket-protocol") ?? "")
    .split(",").map((protocol) => protocol.trim()).filter(Boolean);
  const { socket: near, response } = Deno.upgradeWebSocket(request, { protocol: protocols[0] });
  const address = new URL(target);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const far = new WebSocket(address, protocols);
  near.binaryType = far.binaryType = "arraybuffer";
  const end = () => {
    for (const socket of [near, far]) {
      if (socket.readyState <= WebSocket.OPEN) socket.close(GOING_AWAY);
    }
  };
  pipe(near, far, end);
  pipe(far, near, end);
  far.addEventListener(
    "error",
    () => log.warn("forwarded WebSocket failed", { path: target.pathname }),
  );
  return response;
}

function pipe(from: WebSocket, to: WebSocket, end: () => void): void {
  const waiting: (string | ArrayBuffer)[] = [];
  const send = (data: string | ArrayBuffer) => {
    if (to.bufferedAmount > MAX_BUFFERED_BYTES) end();
    else if (to.readyState === WebSocket.OPEN) to.send(data);
  };
  to.addEventListener("open", () => {
    for (const data of waiting.splice(0)) send(data);
  });
  from.addEventListener("message", ({ data }) => {
    if (to.readyState !== WebSocket.CONNECTING) send(data);
    else if (waiting.push(data) > MAX_WAITING_MESSAGES) end();
  });
  from.addEventListener("close", end);
  from.addEventListener("error", end);
}
