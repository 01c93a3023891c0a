import { connectDatabase } from "../../db/connection.ts";
import { ConfigurationError } from "../runtime/configuration.ts";
import { createLogger } from "../runtime/log.ts";
import { KEY_LEAD_MS } from "./auth/signing/key_ring.ts";
import { readKeySettings } from "./auth/signing/key_settings.ts";
import { openKeyRing } from "./auth/signing/open_key_ring.ts";

const USAGE = `Makes new keys that sign tokens, which needs no restart and refuses nobody: they are
published now and sign two minutes later. Otherwise keys rotate by themselves.

  DATABASE_URL=postgres://… DT_SIGNING_KEY=… deno run -A services/global-controller/rotate_keys.ts [--withdraw]

--withdraw is for keys that somebody else may know: the new ones sign at once, and within five seconds
no token of the old ones is accepted. Browsers get another by themselves, API clients ask again.`;

/** Rotates as the arguments say; what to tell the operator. */
async function rotateKeys(args: readonly string[]): Promise<string> {
  const withdraw = args[0] === "--withdraw";
  const databaseUrl = Deno.env.get("DATABASE_URL");
  if (args.length > (withdraw ? 1 : 0) || !databaseUrl) throw new ConfigurationError(USAGE);
  const settings = readKeySettings(Deno.env);
  const sql = connectDatabase(databaseUrl, "rotate-keys");
  try {
    const ring = await openKeyRing(settings, sql, createLogger("rotate-keys"));
    await ring.rotateNow({ withdraw });
  } finally {
    await sql.end({ timeout: 5 });
  }
  return withdraw
    ? "new keys sign, and those before them are withdrawn"
    : `new keys are published, and sign in ${KEY_LEAD_MS / 1_000} seconds`;
}

if (import.meta.main) {
  try {
    console.log(await rotateKeys(Deno.args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(2);
  }
}
