import "reflect-metadata";
import assert from "node:assert/strict";
import * as x509 from "@peculiar/x509";
import {
  CertificateError,
  createDevelopmentCertificate,
  encodeCertificateHash,
  loadCertificate,
} from "./certificate.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

Deno.test("a development certificate is what browsers pin", async () => {
  const { cert, key, hash, pinned } = await createDevelopmentCertificate();
  const certificate = new x509.X509Certificate(cert);
  const validityMs = certificate.notAfter.getTime() - certificate.notBefore.getTime();
  assert.equal(validityMs, 13 * DAY_MS);
  assert(certificate.notBefore.getTime() < Date.now());
  assert.equal((certificate.publicKey.algorithm as EcKeyAlgorithm).namedCurve, "P-256");
  assert.deepEqual(
    hash,
    new Uint8Array(await crypto.subtle.digest("SHA-256", certificate.rawData)),
  );
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
  assert(pinned);
  assert.equal(atob(encodeCertificateHash(hash)).length, 32);
});

Deno.test("its names and time can be chosen", async () => {
  const now = () => Date.UTC(2030, 0, 10);
  const hostnames = ["media.example", "10.1.2.3", "2001:db8::1"];
  const { cert } = await createDevelopmentCertificate({ hostnames, now });
  const certificate = new x509.X509Certificate(cert);
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)!.names.items;
  assert.deepEqual(names.map(({ type, value }) => [type, value]), [
    ["dns", "media.example"],
    ["ip", "10.1.2.3"],
    ["ip", "2001:db8::1"],
  ]);
  assert.equal(certificate.notAfter.getTime(), now() - 60 * 60 * 1_000 + 13 * DAY_MS);
});

Deno.test("without files of the operator a development certificate is made", async () => {
  assert((await loadCertificate(new Map())).pinned);
});

Deno.test("the operator's files are loaded", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const made = await createDevelopmentCertificate();
    await Deno.writeTextFile(`${directory}/cert.pem`, made.cert + "\n" + made.cert);
    await Deno.writeTextFile(`${directory}/key.pem`, made.key);
    await Deno.writeTextFile(`${directory}/empty.pem`, "");
    const env = (cert?: string, key?: string) =>
      new Map(Object.entries({
        ...(cert && { DT_TLS_CERT: `${directory}/${cert}` }),
        ...(key && { DT_TLS_KEY: `${directory}/${key}` }),
      }));
    assert.deepEqual((await loadCertificate(env("cert.pem", "key.pem"))).hash, made.hash);
    for (
      const [cert, key] of [
        ["cert.pem", undefined],
        [undefined, "key.pem"],
        ["absent.pem", "key.pem"],
        ["cert.pem", "absent.pem"],
        ["empty.pem", "key.pem"],
        ["cert.pem", "empty.pem"],
      ]
    ) {
      await assert.rejects(loadCertificate(env(cert, key)), CertificateError);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
