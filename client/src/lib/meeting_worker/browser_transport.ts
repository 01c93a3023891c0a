import type { Connect } from "../../../core/transport/connect.ts";

/** Opens a browser's WebTransport session. */
export const connectBrowser: Connect = (url, { certificateHashes }) =>
  new WebTransport(url, {
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
