// Loaded before a service's own modules, in a process whose V8 exposes its garbage collector:
// SIGUSR2 has it collect everything that can be, and say so by the log line below.
const { gc } = globalThis as { gc?: () => void };
if (gc === undefined) throw new Error("start this process with --expose-gc");

Deno.addSignalListener("SIGUSR2", () => {
  // What the first run finalises is free only in the second; so much for what frees other memory.
  for (let run = 0; run < 3; run++) gc();
  setTimeout(() => {
    gc();
    const { heapUsed, external } = Deno.memoryUsage();
    console.log(JSON.stringify({ message: "heap settled", metadata: { heapUsed, external } }));
  }, 500);
});

// Types of this file are its own.
export {};
