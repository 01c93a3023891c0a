import { Redis } from "ioredis";
import type { Resources } from "./evidence.ts";

const USED_TOKENS = "dt:used-token:";

/** Memory and descriptors of a process of this machine, and how many keys Redis has. */
export async function measureResources(
  of: string,
  pid: number,
  redisUrl: string,
): Promise<Resources> {
  const [memoryBytes, descriptors, redisKeys] = await Promise.all([
    memoryOf(pid),
    descriptorsOf(pid),
    keysIn(redisUrl),
  ]);
  return { of, memoryBytes, descriptors, redisKeys };
}

/** Anonymous memory that is resident: what the process itself holds, without files and libraries. */
async function memoryOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)![1]) * 1_024;
}

async function descriptorsOf(pid: number): Promise<number> {
  return (await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))).length;
}

/** Used tokens are not counted: they expire with the tokens, however many people came before. */
async function keysIn(redisUrl: string): Promise<number> {
  const redis = new Redis(redisUrl);
  try {
    const keys = await redis.keys("*");
    return keys.filter((key) => !key.startsWith(USED_TOKENS)).length;
  } finally {
    redis.disconnect();
  }
}
