import assert from "node:assert/strict";
import { findViolations, importsOf } from "./import_rules.ts";

const violations = (from: string, specifier: string) =>
  findViolations([{ from, specifier }]).map(({ reason }) => reason);

Deno.test("a service imports the protocol, the runtime and the stores", () => {
  const from = "services/meeting-controller/meeting/roster.ts";
  assert.deepEqual(violations(from, "../../../proto/media_frame/uuid.ts"), []);
  assert.deepEqual(violations(from, "../../runtime/log.ts"), []);
  assert.deepEqual(violations(from, "./participant.ts"), []);
});

Deno.test("a service never imports another service", () => {
  assert.deepEqual(
    violations("services/meeting-controller/server.ts", "../media-handler/server.ts"),
    ["services/meeting-controller may not import services/media-handler"],
  );
});

Deno.test("the client knows nothing of the services, and its core nothing of its pages", () => {
  assert.equal(violations("client/core/meeting/meeting.ts", "../../src/lib/ui/x.ts").length, 1);
  assert.equal(
    violations("client/src/lib/ui/x.ts", "../../../../services/runtime/log.ts").length,
    1,
  );
  assert.equal(violations("client/src/lib/ui/x.ts", "../../../core/meeting/meeting.ts").length, 0);
});

Deno.test("domain files know no database driver, and shared code no Node", () => {
  assert.equal(violations("services/global-controller/meeting/meeting.ts", "postgres").length, 1);
  assert.equal(
    violations("services/global-controller/meeting/postgres_meeting_store.ts", "postgres").length,
    0,
  );
  assert.equal(violations("client/core/crypto/key.ts", "node:crypto").length, 1);
  assert.equal(violations("proto/media_frame/x_test.ts", "node:assert/strict").length, 0);
});

Deno.test("imports, re-exports, side effects and dynamic imports are found", () => {
  const source = `import a from "./a.ts";
import type { B } from "./b.ts";
import {
  c,
} from './c.ts';
export * from "./d.ts";
import "./e.css";
const f = await import("./f.ts");
const text = "import nothing from here";`;
  assert.deepEqual(importsOf(source), [
    "./a.ts",
    "./b.ts",
    "./c.ts",
    "./d.ts",
    "./e.css",
    "./f.ts",
  ]);
});
