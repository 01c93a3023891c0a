import { raiseProcessPriority } from "../runtime/process_priority.ts";
import { runService } from "../runtime/run_service.ts";
import { loadCertificate } from "../runtime/webtransport/certificate.ts";
import { readMediaHandlerConfiguration } from "./configuration.ts";
import { serveMediaHandler } from "./server.ts";

await runService("media-handler", async (signal, log) => {
  raiseProcessPriority(log);
  const configuration = readMediaHandlerConfiguration(Deno.env);
  const certificate = await loadCertificate(Deno.env);
  await serveMediaHandler({ configuration, certificate, log, signal });
});
