import type { Connect } from "../../../core/transport/connect.ts";
import { HandshakePenalties } from "./handshake_penalties.ts";

const penalties = new HandshakePenalties(() => performance.now());

/** Opens a browser's WebTransport session. */
export const connectBrowser: Connect = Object.assign(openSession, {
  heldBackMs: () => penalties.heldBackMs,
});

function openSession(
  url: string,
  { certificateHashes }: { readonly certificateHashes: Uint8Array[] },
): WebTransport {
  const session = new WebTransport(url, {
    congestionControl: "low-latency",
    ...(certificateHashes.length > 0
      ? {
        serverCertificateHashes: certificateHashes.map((hash) => ({
          algorithm: "sha-256",
          value: new Uint8Array(hash),
        })),
      }
      : {}),
  });
  session.ready.catch(() => penalties.failed());
  return session;
}
