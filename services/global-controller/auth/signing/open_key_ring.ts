import type { Database } from "../../../../db/connection.ts";
import type { Logger } from "../../../runtime/log.ts";
import { KeyRing } from "./key_ring.ts";
import type { KeySettings } from "./key_settings.ts";
import { PostgresSigningKeyStore } from "./postgres_signing_key_store.ts";
import { SealingKey } from "../sealed_key.ts";

/**
 * The keys that all global controllers with this database and these settings share. Nothing is
 * read before they are used.
 *
 * @throws {ConfigurationError} when the settings hold no usable key.
 */
export async function openKeyRing(
  { signingKey, signsForMs }: KeySettings,
  sql: Database,
  log: Logger,
): Promise<KeyRing> {
  return new KeyRing({
    store: new PostgresSigningKeyStore(sql),
    sealing: await SealingKey.derive(signingKey, "signing keys"),
    log,
    signsForMs,
  });
}
