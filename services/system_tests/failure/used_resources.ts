import { Redis } from "ioredis";
import { readSettledMemory } from "../../stack/memory/settled_memory.ts";
import type { ServiceProcess } from "../../stack/service_process.ts";
import type { Resources } from "./evidence.ts";

const USED_TOKENS = "dt:used-token:";

/** Memory and descriptors of a process of a stack that settles, and how many keys Redis has. */
export async function measureResources(
  of: string,
  service: ServiceProcess,
  redisUrl: string,
): Promise<Resources> {
  const [{ usedBytes }, descriptors, redisKeys] = await Promise.all([
    readSettledMemory(service),
    descriptorsOf(service.pid),
    keysIn(redisUrl),
  ]);
  return { of, memoryBytes: usedBytes, descriptors, redisKeys };
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
