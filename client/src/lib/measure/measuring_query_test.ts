import assert from "node:assert/strict";
import { readMeasuringQuery } from "./measuring_query.ts";

Deno.test("an address without a query leaves the role open and paints 1280×720 at 30", () => {
  assert.deepEqual(readMeasuringQuery(new URLSearchParams()), {
    role: undefined,
    size: { width: 1280, height: 720 },
    framesPerSecond: 30,
    auto: false,
  });
});

Deno.test("role, size, rate and the beginning are chosen in the query", () => {
  const query = new URLSearchParams("role=send&size=640x360&fps=15&auto");
  assert.deepEqual(readMeasuringQuery(query), {
    role: "send",
    size: { width: 640, height: 360 },
    framesPerSecond: 15,
    auto: true,
  });
});

Deno.test("both ends of WebRTC are roles too", () => {
  for (const role of ["webrtc-send", "webrtc-receive"]) {
    assert.equal(readMeasuringQuery(new URLSearchParams({ role })).role, role);
  }
});

Deno.test("what makes no sense is the default", () => {
  for (const text of ["role=x&size=0x9&fps=0", "size=99999x99999&fps=1.5", "size=wide&fps=fast"]) {
    assert.deepEqual(
      readMeasuringQuery(new URLSearchParams(text)),
      readMeasuringQuery(new URLSearchParams()),
    );
  }
});
