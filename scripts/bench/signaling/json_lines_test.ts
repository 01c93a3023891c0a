import assert from "node:assert/strict";
import { readJsonLines, writeJsonLine } from "./json_lines.ts";

Deno.test("values come back as they were written, however long and however they are cut", async () => {
  const values = [{ text: "é".repeat(200_000) }, [1, 2], "last"];
  const bytes = new Uint8Array(await new Blob(values.map(writeJsonLine)).arrayBuffer());
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 4_097) chunks.push(bytes.subarray(at, at + 4_097));
  const read: unknown[] = [];
  for await (const value of readJsonLines(ReadableStream.from(chunks))) read.push(value);
  assert.deepEqual(read, values);
});
