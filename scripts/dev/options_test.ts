import assert from "node:assert/strict";
import { parseDevOptions, UsageError } from "./options.ts";

Deno.test("without flags everything has its usual port", () => {
  const options = parseDevOptions([]);
  assert.deepEqual(
    [options.port, options.meetingControllerPort, options.mediaHandlerPort, options.pages],
    [8080, 4433, 4434, "dev"],
  );
});

Deno.test("each port can be moved", () => {
  const options = parseDevOptions(["--port", "0", "--media-handler-port=5000", "--no-redis"]);
  assert.deepEqual([options.port, options.mediaHandlerPort, options.redis], [0, 5000, "none"]);
});

Deno.test("a bad network is read from its text, and there is none by default", () => {
  assert.equal(parseDevOptions([]).network, undefined);
  const { network } = parseDevOptions(["--network", "1.5mbit,50ms; @10s blackout"]);
  assert.equal(network?.changes[0].path.down.rateBps, 1_500_000);
  assert.equal(network?.changes[1]?.path.up.blackout, true);
});

Deno.test("regions are different names, and one is there by default", () => {
  assert.deepEqual(parseDevOptions([]).regions, ["local"]);
  const { regions } = parseDevOptions(["--regions", "us-west-1,eu-west-1"]);
  assert.deepEqual(regions, ["us-west-1", "eu-west-1"]);
  for (const text of ["", "a,", "a,a", "a b", "../x", "a,b,c,d,e,f,g,h,i"]) {
    assert.throws(() => parseDevOptions([`--regions=${text}`]), UsageError, text);
  }
  assert.throws(() => parseDevOptions(["--regions=a,b", "--network=50ms"]), /--network/);
});

Deno.test("a wrong flag is one line that names it", () => {
  for (
    const args of [["--port", "http"], ["--port", "65536"], ["--pages", "old"], ["--prot=1"], [
      "--network",
      "slow",
    ]]
  ) {
    assert.throws(() => parseDevOptions(args), (error: Error) => {
      return error instanceof UsageError && !error.message.includes("\n") &&
        error.message.includes(args[0]!.split("=")[0]!);
    });
  }
});
