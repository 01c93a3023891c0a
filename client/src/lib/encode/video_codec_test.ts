import assert from "node:assert/strict";
import { chooseVideoCodec } from "./video_codec.ts";

Deno.test("few cores encode VP8, many VP9", async () => {
  const all = () => Promise.resolve(true);
  assert.equal(await chooseVideoCodec(2, all), "vp8");
  assert.equal(await chooseVideoCodec(4, all), "vp8");
  assert.equal(await chooseVideoCodec(8, all), "vp09.00.10.08");
});

Deno.test("a codec that the browser lacks gives way to the other", async () => {
  assert.equal(await chooseVideoCodec(8, (codec) => Promise.resolve(codec === "vp8")), "vp8");
  assert.equal(
    await chooseVideoCodec(
      2,
      (codec) => codec === "vp8" ? Promise.reject(new TypeError()) : Promise.resolve(true),
    ),
    "vp09.00.10.08",
  );
});

Deno.test("a browser without either is refused", async () => {
  await assert.rejects(chooseVideoCodec(2, () => Promise.resolve(false)), /neither/);
});
