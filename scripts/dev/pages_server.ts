/**
 * Vite's development server for the pages, as a process of its own on a loopback port; the global
 * controller forwards pages and the hot-reload socket to it. Ends with its parent.
 */
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { readPort, readString } from "../../services/runtime/configuration.ts";
import { runService } from "../../services/runtime/run_service.ts";

await runService("pages", async (signal, log) => {
  const port = readPort(Deno.env, "DT_PORT", 0);
  readString(Deno.env, "DT_API_ORIGIN");
  const client = fileURLToPath(new URL("../../client", import.meta.url));
  Deno.chdir(client);
  const server = await createServer({
    root: client,
    clearScreen: false,
    logLevel: "warn",
    server: { host: "127.0.0.1", port, strictPort: true },
  });
  await server.listen();
  const address = server.httpServer?.address();
  const listening = typeof address === "object" && address ? address.port : port;
  log.info("listening", { url: `http://127.0.0.1:${listening}` });
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  await server.close();
});
