import { deepStrictEqual } from "node:assert/strict";
import { readRpcAddress } from "./rpc_address.ts";

const read = (values: Record<string, string>) => readRpcAddress(new Map(Object.entries(values)));

Deno.test("calls are taken where the service listens unless told otherwise", () => {
  const local = { hostname: "127.0.0.1", port: 0, publicHostname: "127.0.0.1" };
  deepStrictEqual(read({}), local);
  deepStrictEqual(read({ DT_HOST: "10.0.0.1", DT_RPC_PORT: "7000" }), {
    hostname: "10.0.0.1",
    port: 7_000,
    publicHostname: "10.0.0.1",
  });
});

Deno.test("an address that nobody can connect to is never advertised", () => {
  for (const wildcard of ["0.0.0.0", "::"]) {
    for (const name of ["DT_HOST", "DT_RPC_HOST"]) {
      const env = { [name]: wildcard, DT_PUBLIC_HOST: "media.example" };
      deepStrictEqual(read(env).hostname, wildcard);
      deepStrictEqual(read(env).publicHostname, "media.example");
    }
  }
});

Deno.test("services of a private network are reached under their name there", () => {
  const env = {
    DT_RPC_HOST: "0.0.0.0",
    DT_PUBLIC_HOST: "media.example",
    DT_RPC_PUBLIC_HOST: "10.0.0.7",
  };
  deepStrictEqual(read(env).publicHostname, "10.0.0.7");
});
