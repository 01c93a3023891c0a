import assert from "node:assert/strict";
import { createLogger } from "../../runtime/log.ts";
import { type MmdbNetwork, writeMmdb } from "../testing/mmdb_file.ts";
import { GeoDatabase } from "./geo_database.ts";

const log = createLogger("test");
const NETWORKS: MmdbNetwork[] = [
  {
    network: "192.0.2.0/24",
    record: { location: { latitude: 53.35, longitude: -6.26 }, country: { iso_code: "IE" } },
  },
  { network: "198.51.100.128/25", record: { country: { iso_code: "US" } } },
  { network: "203.0.113.0/24", record: { location: { latitude: 999, longitude: 0 } } },
  { network: "2001:db8::/32", record: { location: { latitude: 1.35, longitude: 103.99 } } },
];

/** Serves `answer` on a free port while `act` runs. */
async function served(
  answer: () => Response,
  act: (source: URL) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => answer(),
  );
  try {
    await act(new URL(`http://127.0.0.1:${server.addr.port}/geo.mmdb`));
  } finally {
    await server.shutdown();
  }
}

Deno.test("addresses are found in a database from a file and from the network", async () => {
  const file = await Deno.makeTempFile({ suffix: ".mmdb" });
  try {
    await Deno.writeFile(file, writeMmdb(NETWORKS));
    const look = async (source: URL) => {
      const database = new GeoDatabase(source, log);
      await database.settled();
      assert.deepEqual(database.locate("192.0.2.77"), {
        location: { latitude: 53.35, longitude: -6.26 },
        country: "IE",
      });
      assert.deepEqual(database.locate("198.51.100.200"), { country: "US" });
      assert.equal(database.locate("198.51.100.1"), undefined);
      assert.deepEqual(database.locate("2001:db8::1"), {
        location: { latitude: 1.35, longitude: 103.99 },
      });
      assert.deepEqual(database.locate("203.0.113.1"), {}, "no place on Earth");
      assert.equal(database.locate("not an address"), undefined);
      assert.equal(database.locate(""), undefined);
    };
    await look(new URL(`file://${file}`));
    await served(() => new Response(writeMmdb(NETWORKS)), look);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a database that is away or is none tells nothing, and is tried again later", async () => {
  let nowMs = 0;
  let attempts = 0;
  const answers = [
    () => new Response("no", { status: 404 }),
    () => new Response("no database"),
    () => new Response(writeMmdb(NETWORKS)),
  ];
  await served(() => answers[attempts++]!(), async (source) => {
    const database = new GeoDatabase(source, log, () => nowMs);
    for (let failures = 1; failures <= 2; failures++) {
      await database.settled();
      assert.equal(database.locate("192.0.2.1"), undefined);
      await database.settled();
      assert.equal(attempts, failures, "it is not asked again at once");
      nowMs += 60_000;
      assert.equal(database.locate("192.0.2.1"), undefined);
    }
    await database.settled();
    assert.equal(database.locate("192.0.2.1")?.country, "IE");
  });
});
