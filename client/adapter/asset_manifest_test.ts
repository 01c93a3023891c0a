import assert from "node:assert/strict";
import { chooseEncoding, contentTypeOf } from "./asset_manifest.ts";

Deno.test("the best coding that both sides know is chosen", () => {
  assert.equal(chooseEncoding("gzip, deflate, br, zstd", ["br", "gzip"]), "br");
  assert.equal(chooseEncoding("gzip;q=1.0, br;q=0", ["br", "gzip"]), "gzip");
  assert.equal(chooseEncoding("BR", ["br"]), "br");
});

Deno.test("without a common coding the file goes as it is", () => {
  assert.equal(chooseEncoding(null, ["br", "gzip"]), undefined);
  assert.equal(chooseEncoding("br", []), undefined);
  assert.equal(chooseEncoding("identity", ["br", "gzip"]), undefined);
});

Deno.test("files have the type of their extension, unknown ones are opaque", () => {
  assert.equal(contentTypeOf("_app/start.js"), "text/javascript; charset=utf-8");
  assert.equal(contentTypeOf("inter.WOFF2"), "font/woff2");
  assert.equal(contentTypeOf("LICENSE"), "application/octet-stream");
});
