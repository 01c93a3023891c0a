import assert from "node:assert/strict";
import { asksForMore, type Scene, viewsOf } from "./remote_views.ts";

const SIZE = { width: 640, height: 352 };

function scene(changes: Partial<Scene> = {}): Scene {
  return {
    streamIds: ["ada", "bob"],
    awaited: new Set(),
    canvases: [{ streamId: "ada", size: SIZE }, { streamId: "bob", size: SIZE }],
    order: { streamIds: ["ada", "bob"] },
    onScreen: true,
    relief: 0,
    ...changes,
  };
}

Deno.test("streams are asked for in the size of their tiles, the most important first", () => {
  assert.deepEqual(viewsOf(scene({ order: { streamIds: ["bob"], focused: "bob" } })), [
    { streamId: "bob", ...SIZE, focused: true },
    { streamId: "ada", ...SIZE },
  ]);
});

Deno.test("the largest of several canvases counts", () => {
  const canvases = [
    { streamId: "ada", size: { width: 160, height: 96 } },
    { streamId: "ada", size: SIZE },
  ];
  assert.deepEqual(viewsOf(scene({ streamIds: ["ada"], canvases })), [{
    streamId: "ada",
    ...SIZE,
  }]);
});

Deno.test("a stream without a canvas is not wanted, unless its canvas may be on its way", () => {
  const canvases = [{ streamId: "ada", size: SIZE }];
  assert.deepEqual(viewsOf(scene({ canvases }))[1], { streamId: "bob", width: 0, height: 0 });
  assert.equal(viewsOf(scene({ canvases, awaited: new Set(["bob"]) })).length, 1);
});

Deno.test("a canvas that is not measured yet asks for the full size", () => {
  const canvases = [{ streamId: "ada" }, { streamId: "bob", size: SIZE }];
  assert.deepEqual(viewsOf(scene({ canvases })).map(({ streamId }) => streamId), ["bob"]);
});

Deno.test("a hidden page wants nothing", () => {
  for (const { width, height } of viewsOf(scene({ onScreen: false }))) {
    assert.deepEqual([width, height], [0, 0]);
  }
});

Deno.test("a slow machine asks for smaller pictures, but of the focused one last", () => {
  const order = { streamIds: ["ada"], focused: "ada" };
  const [ada, bob] = viewsOf(scene({ order, relief: 1 }));
  assert.equal(ada?.width, 640);
  assert.equal(bob?.width, 320);
  assert.equal(viewsOf(scene({ order, relief: 2 }))[0]?.width, 320);
});

Deno.test("sizes are rounded up", () => {
  const canvases = [{ streamId: "ada", size: { width: 641, height: 1 } }];
  const [ada] = viewsOf(scene({ streamIds: ["ada"], canvases }));
  assert.deepEqual([ada?.width, ada?.height], [656, 16]);
});

Deno.test("larger, shown again and focused is more; smaller, hidden and another order is not", () => {
  const small = { streamId: "ada", width: 320, height: 176 };
  const large = { streamId: "ada", ...SIZE };
  const hidden = { streamId: "ada", width: 0, height: 0 };
  assert.ok(asksForMore([small], [large]));
  assert.ok(asksForMore([hidden], [small]));
  assert.ok(asksForMore([large], [{ ...large, focused: true }]));
  assert.ok(!asksForMore([large], [small]));
  assert.ok(!asksForMore([large], [hidden]));
  assert.ok(!asksForMore([], [small]), "what is not named comes in full size anyway");
});
