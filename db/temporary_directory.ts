/**
 * A fresh directory for the data of one test or bench, which its caller removes. Other users may
 * pass through it, since root's PostgreSQL runs as another user and would else keep its files
 * elsewhere.
 */
export async function makeTemporaryDirectory(): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "dark-tower-" });
  await Deno.chmod(directory, 0o711);
  return directory;
}
