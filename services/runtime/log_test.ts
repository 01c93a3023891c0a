import assert from "node:assert/strict";
import { configureLogs, createLogger } from "./log.ts";

function linesOf(act: () => void): Record<string, unknown>[] {
  const lines: string[] = [];
  configureLogs("debug", (line) => lines.push(line));
  act();
  return lines.map((line) => JSON.parse(line));
}

Deno.test("a line carries the specification's fields and the rest as metadata", () => {
  const [line] = linesOf(() =>
    createLogger("media-handler").info("participant joined", {
      meetingId: "m",
      participantId: "p",
      traceId: "t",
      spanId: "s",
      streams: 2,
    })
  );
  assert.ok(Date.parse(String(line?.timestamp)) > 0);
  assert.deepEqual({ ...line, timestamp: undefined }, {
    timestamp: undefined,
    level: "info",
    component: "media-handler",
    trace_id: "t",
    span_id: "s",
    meeting_id: "m",
    participant_id: "p",
    message: "participant joined",
    metadata: { streams: 2 },
  });
});

Deno.test("a bound logger adds its fields and an error becomes text", () => {
  const [line] = linesOf(() =>
    createLogger("x").with({ meetingId: "m" }).warn("refused", {
      error: new TypeError("no", { cause: new Error("why") }),
      size: 10n,
    })
  );
  assert.equal(line?.level, "warn");
  assert.equal(line?.meeting_id, "m");
  assert.deepEqual(line?.metadata, { size: "10", error: "TypeError: no (Error: why)" });
});

Deno.test("braces in values are no placeholders", () => {
  const [line] = linesOf(() => createLogger("x").info("done", { name: "{name}" }));
  assert.deepEqual(line?.metadata, { name: "{name}" });
});
