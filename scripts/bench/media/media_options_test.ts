import assert from "node:assert/strict";
import { NETWORK_PRESETS } from "../../../services/stack/network/network_presets.ts";
import { SuiteArgumentsError } from "../suite.ts";
import { MEDIA_PARTS, parseMediaOptions } from "./media_options.ts";

Deno.test("everything is measured by default, except WebRTC", () => {
  const { parts, rows, webrtc } = parseMediaOptions([]);
  assert.deepEqual(parts, MEDIA_PARTS);
  assert.equal(rows.length, NETWORK_PRESETS.length);
  assert.equal(webrtc, false);
});

Deno.test("parts and networks are chosen by name, and run in their usual order", () => {
  const options = parseMediaOptions(["--rows=dip,clean", "--only=networks,core", "--webrtc"]);
  assert.deepEqual(options, {
    parts: ["core", "networks"],
    rows: ["clean", "dip"],
    webrtc: true,
  });
});

Deno.test("what there is not is refused with what there is", () => {
  assert.throws(() => parseMediaOptions(["--rows=fast"]), /--rows=fast: there are clean, /);
  assert.throws(() => parseMediaOptions(["--only"]), /there are cpu, /);
  assert.throws(() => parseMediaOptions(["--quick"]), SuiteArgumentsError);
});
