import { fileURLToPath } from "node:url";
import type { FuzzShare } from "./fuzz_share.ts";

/**
 * Sends hostile envelopes to meeting controllers, and compares histories of meetings with their
 * model, in a process for each processor.
 *
 * @returns whether all held.
 */
export async function fuzzSignaling(
  run: Pick<FuzzShare, "seed" | "inputs" | "histories">,
): Promise<boolean> {
  const processes = Math.max(1, navigator.hardwareConcurrency);
  const codes = await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      const share: FuzzShare = { ...run, index, processes };
      const { code } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--no-check",
          "--v8-flags=--expose-gc",
          fileURLToPath(new URL("share_process.ts", import.meta.url)),
          JSON.stringify(share),
        ],
      }).spawn().status;
      return code;
    }),
  );
  return codes.every((code) => code === 0);
}
