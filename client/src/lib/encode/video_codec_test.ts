import assert from "node:assert/strict";
import { chooseVideoCodec } from "./video_codec.ts";

Deno.test("VP9 is sent where the browser can encode it", async () => {
  assert.equal(await chooseVideoCodec(() => Promise.resolve(true)), "vp09.00.10.08");
});

Deno.test("VP8 is sent where the browser lacks VP9, or fails to say", async () => {
  assert.equal(await chooseVideoCodec((codec) => Promise.resolve(codec === "vp8")), "vp8");
  assert.equal(
    await chooseVideoCodec((codec) =>
      codec === "vp8" ? Promise.resolve(true) : Promise.reject(new TypeError())
    ),
    "vp8",
  );
});

Deno.test("a browser without either is refused", async () => {
  await assert.rejects(chooseVideoCodec(() => Promise.resolve(false)), /neither/);
});
