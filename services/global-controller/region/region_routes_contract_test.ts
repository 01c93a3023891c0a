import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import { testDatabases } from "../../../db/test_postgres.ts";
import { createLogger } from "../../runtime/log.ts";
import { readConfiguration } from "../configuration.ts";
import { createGlobalController } from "../server.ts";
import { assertError } from "../testing/assert_error.ts";
import { eventually } from "../testing/eventually.ts";
import { writeMmdb } from "../testing/mmdb_file.ts";
import { startTestApi } from "../testing/test_api.ts";
import { testController } from "../testing/test_servers.ts";
import { PostgresServerRegistry } from "./postgres_server_registry.ts";

const databases = testDatabases();

Deno.test("the regions are listed for everybody, with servers to probe", async () => {
  await using api = await startTestApi(databases);
  const { request, registry, controller } = api;
  const far = testController("far", { region: "eu" });
  await registry.registerController(far);
  const response = await request("GET", "/api/v1/regions");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    regions: [far, controller].map(({ region, endpoint, certificateHashes }) => ({
      region,
      health: "healthy",
      location: null,
      probe_urls: [endpoint],
      certificate_hashes: certificateHashes,
    })),
    preferred: "local",
  });
});

Deno.test("a meeting is created where its creator says or measured, and nowhere else", async () => {
  await using api = await startTestApi(databases);
  const { request, registry } = api;
  await registry.registerController(testController("far", { region: "eu" }));
  const create = (body: unknown) => request("POST", "/api/v1/meetings", { body });
  const regionOf = async (body: unknown) => {
    const { meeting_id: id } = await (await create(body)).json();
    return (await (await request("GET", `/api/v1/meetings/${id}`)).json())
      .meeting_controller_region;
  };
  assert.equal(await regionOf({}), "local");
  assert.equal(await regionOf({ region: "eu" }), "eu");
  assert.equal(await regionOf({ region_rtt_ms: { local: 80, eu: 20 } }), "eu");
  assert.equal(await regionOf({ region: "local", region_rtt_ms: { local: 80, eu: 20 } }), "local");
  const unknown = await create({ region: "moon" });
  const { region, regions } = (await unknown.clone().json()).error.details;
  assert.deepEqual([region, regions], ["moon", ["eu", "local"]]);
  await assertError(unknown, 400, "INVALID_REQUEST");
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`r${index}`, 1]));
  for (
    const wrong of [
      { region: "" },
      { region: "x".repeat(65) },
      { region: "<script>" },
      { region: 7 },
      { region_rtt_ms: { eu: -1 } },
      { region_rtt_ms: { eu: "20" } },
      { region_rtt_ms: { eu: 1e9 } },
      { region_rtt_ms: { "e u": 1 } },
      { region_rtt_ms: many },
    ]
  ) {
    await assertError(await create(wrong), 400, "INVALID_REQUEST");
  }
});

Deno.test({
  name: "a proxy's word on where a caller is counts if it is trusted; the database's otherwise",
  // The connection to the database is closed in the background.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using database = await databases.create();
    const file = await Deno.makeTempFile({ suffix: ".mmdb" });
    await Deno.writeFile(
      file,
      writeMmdb([{ network: "203.0.113.0/24", record: { country: { iso_code: "SG" } } }]),
    );
    const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
    const values: Record<string, string> = {
      DATABASE_URL: database.url,
      DT_SERVICE_SECRET: "0123456789abcdef0123456789abcdef",
      DT_SIGNING_KEY: JSON.stringify({ ...await exportJWK(privateKey), kid: "test" }),
      DT_REGION: "us",
      DT_REGION_HEADER: "X-Country",
      DT_REGION_MAP: "IE=eu; SG=asia",
      DT_GEO_DATABASE: file,
      DT_TRUSTED_PROXIES: "10.0.0.0/8",
    };
    const configuration = readConfiguration({ get: (name) => values[name] });
    const registry = new PostgresServerRegistry(database.sql);
    for (const region of ["us", "eu", "asia"]) {
      await registry.registerController(testController(region, { region }));
    }
    const log = createLogger("test");
    try {
      await using controller = await createGlobalController(configuration, "http://localhost", log);
      const preferred = async (peer: string, headers: Record<string, string>) => {
        const request = new Request("http://localhost/api/v1/regions", { headers });
        return (await (await controller.fetch(request, peer)).json()).preferred;
      };
      const caller = { "x-forwarded-for": "192.0.2.1" };
      assert.equal(await preferred("10.0.0.1", { ...caller, "x-country": "IE" }), "eu");
      assert.equal(await preferred("10.0.0.1", { ...caller, "x-country": "asia" }), "asia");
      assert.equal(await preferred("10.0.0.1", { ...caller, "x-country": "nowhere" }), "us");
      assert.equal(await preferred("192.0.2.1", { "x-country": "IE" }), "us", "not its to say");
      // The database is loaded beside the first requests.
      const settled = async () => await preferred("203.0.113.9", { "x-country": "IE" }) === "asia";
      await eventually("the database tells where an address is", 5_000, settled);
      assert.equal(await preferred("192.0.2.1", { "x-forwarded-for": "203.0.113.9" }), "us");
    } finally {
      await Deno.remove(file);
    }
  },
});
