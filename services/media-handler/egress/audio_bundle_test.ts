import { deepStrictEqual, ok } from "node:assert/strict";
import { packSound } from "./audio_bundle.ts";

const frame = (length: number) => new Uint8Array(length);
const lengths = (datagrams: Uint8Array[][]) => datagrams.map((d) => d.map(({ length }) => length));

Deno.test("frames share a datagram as long as they fit", () => {
  const bundled = [400, 401, 402].map((length) => ({ frame: frame(length), repeated: [] }));
  deepStrictEqual(lengths(packSound(bundled)), [[400, 401], [402]]);
});

Deno.test("what is repeated goes ahead of its own frame", () => {
  const bundled = [{ frame: frame(103), repeated: [frame(101), frame(102)] }];
  deepStrictEqual(lengths(packSound(bundled)), [[101, 102, 103]]);
});

Deno.test("where there is no room the oldest is left out", () => {
  const bundled = [{ frame: frame(500), repeated: [frame(401), frame(402)] }];
  deepStrictEqual(lengths(packSound(bundled)), [[402, 500]]);
});

Deno.test("the longest frame that a datagram takes goes alone", () => {
  const bundled = [
    { frame: frame(100), repeated: [] },
    { frame: frame(1_091), repeated: [frame(50)] },
  ];
  deepStrictEqual(lengths(packSound(bundled)), [[100], [1_091]]);
});

Deno.test("no datagram is too long", () => {
  for (let round = 0; round < 200; round++) {
    const any = () => frame(1 + Math.floor(Math.random() * 1_091));
    const bundled = Array.from({ length: 8 }, () => ({ frame: any(), repeated: [any(), any()] }));
    const datagrams = packSound(bundled);
    for (const datagram of datagrams) {
      ok(datagram.reduce((sum, { length }) => sum + length, 0) <= 1_091);
    }
    const sent = new Set(datagrams.flat());
    ok(bundled.every((one) => sent.has(one.frame)));
  }
});
