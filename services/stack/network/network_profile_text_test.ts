import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { CLEAR_DIRECTION, CLEAR_NETWORK, CLEAR_PATH } from "./network_profile.ts";
import { NETWORK_PRESETS, networkPreset } from "./network_presets.ts";
import {
  formatNetworkProfile,
  NetworkProfileError,
  parseNetworkProfile,
} from "./network_profile_text.ts";

const pathOf = (text: string) => parseNetworkProfile(text).changes[0].path;

Deno.test("rate, round trip, loss and queue shape both directions alike", () => {
  const direction = {
    ...CLEAR_DIRECTION,
    rateBps: 1_500_000,
    delayMs: 25,
    lossRatio: 0.02,
    queueBytes: 64_000,
  };
  deepStrictEqual(pathOf("1.5mbit,50ms,2%,64kB"), { down: direction, up: direction });
});

Deno.test("a direction may be given apart, its delay then is its own", () => {
  deepStrictEqual(pathOf("down 300kbit, up 2mbit, 50ms, down 40ms, up jitter 30 ms"), {
    down: { ...CLEAR_DIRECTION, rateBps: 300_000, delayMs: 40 },
    up: { ...CLEAR_DIRECTION, rateBps: 2_000_000, delayMs: 25, jitterMs: 30 },
  });
});

Deno.test("one direction can be cut off alone", () => {
  deepStrictEqual(pathOf("down blackout,up reorder 1%"), {
    down: { ...CLEAR_DIRECTION, blackout: true },
    up: { ...CLEAR_DIRECTION, reorderRatio: 0.01 },
  });
});

Deno.test("a later part changes only what it names, and clear takes everything back", () => {
  const profile = parseNetworkProfile("seed 7,5mbit,40ms; @10s 0.5mbit; @20.5s clear,2%");
  const first = { ...CLEAR_DIRECTION, rateBps: 5_000_000, delayMs: 20 };
  const second = { ...first, rateBps: 500_000 };
  const third = { ...CLEAR_DIRECTION, lossRatio: 0.02 };
  deepStrictEqual(profile, {
    seed: 7,
    changes: [
      { atMs: 0, path: { down: first, up: first } },
      { atMs: 10_000, path: { down: second, up: second } },
      { atMs: 20_500, path: { down: third, up: third } },
    ],
  });
});

Deno.test("nothing but clear is a network without impairment", () => {
  deepStrictEqual(parseNetworkProfile("clear"), CLEAR_NETWORK);
  strictEqual(formatNetworkProfile(CLEAR_NETWORK), "clear");
});

Deno.test("a wrong text is refused in one line that names the word", () => {
  const wrong: [text: string, message: RegExp][] = [
    ["", /an item is missing/],
    ["1mbit,,2%", /an item is missing/],
    ["slow", /"slow" is none of rate/],
    ["1.5", /"1.5" is none of/],
    ["-5ms", /"-5ms" is none of/],
    ["120%", /"120%" is not from 0% to 100%/],
    ["down 2h", /"down 2h" is none of/],
    ["61s", /"61s" is not from 0ms to 60s/],
    ["1mbit,100B", /"100B" is not a queue from 1500B/],
    ["0mbit", /"0mbit" is not from 1bit/],
    ["jitter 5%", /"jitter 5%" is none of/],
    ["reorder 5ms", /"reorder 5ms" is none of/],
    ["seed x", /"seed x" is not a seed/],
    ["1mbit; @5s seed 3", /"seed 3" belongs in the first part/],
    ["@1s 1mbit", /is the first part and takes no time/],
    ["1mbit; 2mbit", /"2mbit" does not say when/],
    ["1mbit; @5s", /"@5s" does not say when and what/],
    ["1mbit; @soon 2mbit", /"@soon" is no time/],
    ["1mbit; @2s 2mbit; @1s 3mbit", /"@1000ms" is not after the part before it/],
    ["toString", /"toString" is none of/],
    ["5 constructor", /is none of/],
  ];
  for (const [text, message] of wrong) {
    throws(() => parseNetworkProfile(text), (error: Error) => {
      strictEqual(message.test(error.message), true, `"${text}" said: ${error.message}`);
      return error instanceof NetworkProfileError && !error.message.includes("\n");
    });
  }
});

Deno.test("any text is a profile or a NetworkProfileError", () => {
  const word = fc.constantFrom(..."down up jitter reorder seed clear @10s 5ms 2% 1mbit 9kB ; , @ 7"
    .split(" "));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(word).map((words) => words.join(" "))), (text) => {
      try {
        parseNetworkProfile(text);
      } catch (error) {
        if (!(error instanceof NetworkProfileError)) throw error;
      }
    }),
    propertyRuns(500),
  );
});

Deno.test("the text form of any profile reads back as the same profile", () => {
  const thousandths = (maximum: number) =>
    fc.integer({ min: 0, max: maximum * 1_000 }).map((value) => value / 1_000);
  const direction = fc.record({
    rateBps: fc.integer({ min: 1, max: 1_000_000_000 }),
    queueBytes: fc.integer({ min: 1_500, max: 1_000_000 }),
    delayMs: thousandths(1_000),
    jitterMs: thousandths(1_000),
    lossRatio: thousandths(100).map((percent) => percent / 100),
    reorderRatio: thousandths(100).map((percent) => percent / 100),
    blackout: fc.boolean(),
  }, { requiredKeys: ["delayMs", "jitterMs", "lossRatio", "reorderRatio", "blackout"] });
  const path = fc.record({ down: direction, up: direction });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), path, path, (seed, first, second) => {
      const profile = {
        seed,
        changes: [{ atMs: 0, path: first }, { atMs: 1_500, path: second }],
      } as const;
      deepStrictEqual(
        JSON.parse(JSON.stringify(parseNetworkProfile(formatNetworkProfile(profile)))),
        JSON.parse(JSON.stringify(profile)),
      );
    }),
    propertyRuns(200),
  );
});

Deno.test("every preset is a valid network with a name of its own", () => {
  for (const { text } of NETWORK_PRESETS) parseNetworkProfile(text);
  strictEqual(new Set(NETWORK_PRESETS.map(({ name }) => name)).size, NETWORK_PRESETS.length);
  deepStrictEqual(pathOf(networkPreset("clean").text), CLEAR_PATH);
  const { down, up } = pathOf(networkPreset("lossy-1.5mbit").text);
  deepStrictEqual(down, {
    ...CLEAR_DIRECTION,
    rateBps: 1_500_000,
    queueBytes: 64_000,
    delayMs: 25,
    lossRatio: 0.02,
  });
  deepStrictEqual(up, { ...CLEAR_DIRECTION, delayMs: 25 });
});
