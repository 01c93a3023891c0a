import { deepStrictEqual, throws } from "node:assert/strict";
import { ConfigurationError } from "../runtime/configuration.ts";
import { readMediaHandlerConfiguration } from "./configuration.ts";

const environment = (values: Record<string, string>) => new Map(Object.entries(values));
const REQUIRED = {
  DT_SERVICE_SECRET: "0123456789abcdef0123456789abcdef",
  DT_GLOBAL_CONTROLLER_URL: "http://127.0.0.1:8080",
};

Deno.test("with what is required set, the rest has defaults for one machine", () => {
  deepStrictEqual(readMediaHandlerConfiguration(environment(REQUIRED)), {
    hostname: "127.0.0.1",
    port: 4434,
    rpc: { hostname: "127.0.0.1", port: 0, publicHostname: "127.0.0.1" },
    publicHostname: "127.0.0.1",
    publicPort: 0,
    region: "local",
    serviceSecret: REQUIRED.DT_SERVICE_SECRET,
    globalControllerUrl: REQUIRED.DT_GLOBAL_CONTROLLER_URL,
    drainMs: 0,
    version: "development",
    maxParticipants: 3_000,
    maxStreams: 8_000,
  });
});

Deno.test("a missing or wrong setting is named", () => {
  const read = (values: Record<string, string>) => () =>
    readMediaHandlerConfiguration(environment(values));
  throws(read({}), ConfigurationError);
  throws(read({ ...REQUIRED, DT_PORT: "many" }), /DT_PORT/);
  throws(read({ ...REQUIRED, DT_MAX_STREAMS: "0" }), /DT_MAX_STREAMS/);
});
