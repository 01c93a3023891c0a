import { connectDatabase } from "../../db/connection.ts";
import { AuditExportError, parseAuditExport } from "./audit/audit_export.ts";
import { OPERATOR_CHAIN } from "./audit/audit_log.ts";
import { type ChainVerdict, verifyChain, verifyExtract } from "./audit/chain_verifier.ts";
import { PostgresAuditReader } from "./audit/postgres_audit_reader.ts";

const USAGE =
  `Verifies the audit log's chains of hashes, and names the first row of each that was changed,
deleted or inserted. Exit code 1 when there is one, 2 when it could not look.

  DATABASE_URL=postgres://… deno run -A services/global-controller/verify_audit.ts [--organisation SLUG]
  deno run -A services/global-controller/verify_audit.ts --file audit-log.ndjson

--organisation operator is the chain of what belongs to no organisation.`;

/** The command could not be understood, or what it names does not exist. */
class UsageError extends Error {}

/** Verifies what the arguments name, a line for each chain; answers whether all are valid. */
async function verify(args: readonly string[]): Promise<boolean> {
  const [flag, value, ...rest] = args;
  const known = flag === undefined || flag === "--organisation" || flag === "--file";
  if (!known || rest.length > 0 || (flag !== undefined && !value)) throw new UsageError(USAGE);
  if (flag === "--file") return await verifyFile(value!);
  const databaseUrl = Deno.env.get("DATABASE_URL");
  if (!databaseUrl) throw new UsageError(USAGE);
  const sql = connectDatabase(databaseUrl, "verify-audit");
  try {
    return await verifyChains(new PostgresAuditReader(sql), value);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function verifyFile(path: string): Promise<boolean> {
  const file = await Deno.open(path);
  const verdict = await verifyExtract(parseAuditExport(file.readable));
  return tell(path, verdict);
}

async function verifyChains(reader: PostgresAuditReader, slug?: string): Promise<boolean> {
  const chosen = slug === undefined ? await reader.chains() : [await chainNamed(reader, slug)];
  let valid = true;
  for (const chain of chosen) {
    const verdict = await reader.readChain(chain, verifyChain);
    if (!tell(chain === OPERATOR_CHAIN ? "operator" : chain, verdict)) valid = false;
  }
  return valid;
}

async function chainNamed(reader: PostgresAuditReader, slug: string): Promise<string> {
  if (slug === "operator") return OPERATOR_CHAIN;
  const chain = await reader.organisationNamed(slug);
  if (chain === undefined) throw new UsageError(`there is no organisation "${slug}"`);
  return chain;
}

function tell(name: string, verdict: ChainVerdict): boolean {
  console.log(
    verdict.valid
      ? `${name}: ${verdict.rows} rows, unbroken`
      : `${name}: row ${verdict.firstInvalid.sequence} is ${verdict.firstInvalid.fault}`,
  );
  return verdict.valid;
}

if (import.meta.main) {
  try {
    Deno.exit(await verify(Deno.args) ? 0 : 1);
  } catch (error) {
    const known = error instanceof UsageError || error instanceof AuditExportError ||
      error instanceof Deno.errors.NotFound;
    console.error(known || error instanceof Error ? (error as Error).message : String(error));
    Deno.exit(2);
  }
}
