import { ConfigurationError } from "../runtime/configuration.ts";
import { raiseProcessPriority } from "../runtime/process_priority.ts";
import { runService } from "../runtime/run_service.ts";
import { CertificateError, loadCertificate } from "../runtime/webtransport/certificate.ts";
import { readMeetingControllerConfiguration } from "./configuration.ts";
import { serveMeetingController } from "./server.ts";

await runService("meeting-controller", async (signal, log) => {
  raiseProcessPriority(log);
  const configuration = readMeetingControllerConfiguration(Deno.env);
  const certificate = await loadCertificate(Deno.env).catch((error) => {
    throw error instanceof CertificateError ? new ConfigurationError(error.message) : error;
  });
  await serveMeetingController({ configuration, certificate, log, signal });
});
