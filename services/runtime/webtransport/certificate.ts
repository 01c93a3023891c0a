// @peculiar/x509 asks for this polyfill to be loaded before it.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A server certificate with its key, as the listener takes it. */
export interface Certificate {
  /** The chain in PEM, the server's own certificate first. */
  readonly cert: string;
  /** The private key in PEM (PKCS #8). */
  readonly key: string;
  /** SHA-256 of the server's own certificate in DER, 32 bytes: what browsers pin. */
  readonly hash: Uint8Array<ArrayBuffer>;
  /**
   * Whether clients must pin {@link hash}, because no authority they trust has signed it. The
   * listener announces the hashes of such certificates only.
   */
  readonly pinned: boolean;
}

/**
 * How long a development certificate lives, ms. Browsers take a pinned certificate only when its
 * whole validity is at most 14 days (W3C WebTransport, "custom certificate requirements").
 */
export const DEVELOPMENT_CERTIFICATE_VALIDITY_MS = 13 * 24 * 60 * 60 * 1_000;
/** The certificate is valid from this long before now, for clients whose clock is behind, ms. */
const CLOCK_SKEW_MS = 60 * 60 * 1_000;

const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** The certificate or key of the operator cannot be used; the message names the variable or file. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/**
 * Makes a self-signed P-256 certificate for `localhost` and the loopback addresses, valid for 13
 * days in all, that browsers accept when they pin its hash.
 *
 * @param options.hostnames DNS names and IP addresses it is valid for, instead of the loopback's.
 * @param options.now wall clock, ms since 1970.
 */
export async function createDevelopmentCertificate(
  options: { hostnames?: readonly string[]; now?: () => number } = {},
): Promise<Certificate> {
  const { hostnames = ["localhost", "127.0.0.1", "::1"], now = Date.now } = options;
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const notBefore = now() - CLOCK_SKEW_MS;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerialNumber(),
    name: "CN=Dark Tower development",
    notBefore: new Date(notBefore),
    notAfter: new Date(notBefore + DEVELOPMENT_CERTIFICATE_VALIDITY_MS),
    signingAlgorithm: KEY_ALGORITHM,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        hostnames.map((value): x509.JsonGeneralName => ({
          type: isIpAddress(value) ? "ip" : "dns",
          value,
        })),
      ),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: certificate.toString("pem"),
    key: x509.PemConverter.encode(key, "PRIVATE KEY"),
    hash: await sha256(certificate.rawData),
    pinned: true,
  };
}

/**
 * The operator's certificate from the PEM files that `DT_TLS_CERT` and `DT_TLS_KEY` name, or a new
 * development certificate when neither is set.
 *
 * @throws {CertificateError} when only one is set, or a file cannot be read or parsed.
 */
export async function loadCertificate(
  env: { get(name: string): string | undefined },
): Promise<Certificate> {
  const certPath = env.get("DT_TLS_CERT");
  const keyPath = env.get("DT_TLS_KEY");
  if (!certPath && !keyPath) return await createDevelopmentCertificate();
  if (!certPath || !keyPath) {
    throw new CertificateError("DT_TLS_CERT and DT_TLS_KEY must be set together");
  }
  const cert = await readPem("DT_TLS_CERT", certPath);
  const key = await readPem("DT_TLS_KEY", keyPath);
  if (!/-----BEGIN (?:EC |RSA )?PRIVATE KEY-----/.test(key)) {
    throw new CertificateError(`DT_TLS_KEY: ${keyPath} holds no private key in PEM`);
  }
  let own: x509.X509Certificate;
  try {
    own = new x509.X509Certificate(firstPemBlock(cert));
  } catch (error) {
    throw new CertificateError(`DT_TLS_CERT: ${certPath} holds no certificate in PEM`, {
      cause: error,
    });
  }
  return { cert, key, hash: await sha256(own.rawData), pinned: own.subject === own.issuer };
}

/** Encodes a certificate hash for JSON and logs: base64 of its 32 bytes. */
export function encodeCertificateHash(hash: Uint8Array): string {
  return btoa(String.fromCharCode(...hash));
}

async function readPem(variable: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new CertificateError(`${variable}: cannot read ${path}`, { cause: error });
  }
}

/** `X509Certificate` takes one certificate; the file of an operator holds the chain. */
function firstPemBlock(pem: string): string {
  return /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(pem)?.[0] ?? "";
}

async function sha256(data: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

function randomSerialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  // Serial numbers are positive (RFC 5280 §4.1.2.2): the top bit is the sign.
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isIpAddress(name: string): boolean {
  return name.includes(":") || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name);
}
