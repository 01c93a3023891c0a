import assert from "node:assert/strict";
import type { Stack } from "../../stack/stack.ts";
import { eventually } from "../eventually.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { BrowserParticipant, MOVED } from "./participant.ts";

/** A second for the others to see it, and the time that looking takes on a busy machine. */
const SEEN_WITHIN_MS = 1_000;
const GONE_WITHIN_MS = 3_000;
/** Six browsers that paint, encode and decode share the cores of one machine. */
const SMALL_WINDOW = { width: 640, height: 400 };
const SIX_MEET_WITHIN_MS = 60_000;

async function newMeeting(participant: BrowserParticipant, stack: Stack): Promise<string> {
  await participant.page.goto(stack.url);
  await participant.press("New meeting");
  await participant.page.waitForURL(/\/m\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
  return participant.page.url();
}

/** Everyone sees and hears everyone else, moving picture and own tone. */
async function allMeet(people: readonly BrowserParticipant[]): Promise<void> {
  for (const person of people) {
    await Promise.all(
      people.filter((other) => other !== person)
        .flatMap((other) => [person.sees(other), person.hears(other)]),
    );
  }
}

/**
 * The same on a machine that is busy with the meeting itself: each look at everything takes seconds
 * there, and takes the processor from what is looked at.
 */
async function allMeetOnBusyMachine(
  people: readonly BrowserParticipant[],
  withinMs: number,
): Promise<void> {
  for (const person of people) {
    const others = people.filter((other) => other !== person);
    const firstBars: (number | undefined)[] = [];
    const missing = new Set(
      others.flatMap(({ name }) => [`hears ${name}`, `sees ${name} move`]),
    );
    const look = async () => {
      for (const [index, { bar, isHeard }] of (await person.looksAt(others)).entries()) {
        const { name } = others[index]!;
        if (isHeard) missing.delete(`hears ${name}`);
        if (bar === undefined) continue;
        const movedBy = Math.abs(bar - (firstBars[index] ??= bar));
        if (movedBy > MOVED) missing.delete(`sees ${name} move`);
      }
      return missing.size === 0;
    };
    await eventually("everyone is seen and heard", withinMs, look).catch((cause) => {
      throw new Error(`missing: ${person.name} ${[...missing].join(", ")}`, { cause });
    });
  }
}

Deno.test("two people who open a link see and hear each other, and each change at once", async (t) => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  await using ada = await BrowserParticipant.start("Ada", 0);
  await using bob = await BrowserParticipant.start("Bob", 1);
  const link = await newMeeting(ada, stack);
  await ada.join(link);
  await bob.join(link);

  await t.step(
    "each sees the other's picture move and hears the other's tone",
    () => allMeet([ada, bob]),
  );

  await t.step("a muted microphone is shown within a second, and is silent", async () => {
    await ada.press("Mute microphone");
    await bob.page.getByRole("group", { name: "Ada", exact: true })
      .getByLabel(/muted/i).waitFor({ timeout: SEEN_WITHIN_MS });
    await bob.hears(ada, false, GONE_WITHIN_MS);
    await ada.press("Unmute microphone");
    await bob.hears(ada);
  });

  await t.step("a camera turned off is gone within a second, and comes back", async () => {
    await ada.press("Turn camera off");
    await eventually(
      "Ada's picture is gone",
      SEEN_WITHIN_MS,
      async () => await bob.picture("Ada") === undefined,
    );
    await ada.press("Turn camera on");
    await bob.sees(ada);
  });

  await t.step("a shared screen appears within a second and goes within a second", async () => {
    await ada.press("Share screen");
    const share = bob.page.getByRole("group", { name: "Ada's screen", exact: true });
    await ada.page.getByRole("button", { name: "Stop sharing" }).waitFor();
    await share.waitFor({ timeout: SEEN_WITHIN_MS });
    await eventually("the share has a picture", 10_000, () => bob.picture("Ada's screen"));
    await ada.press("Stop sharing");
    await share.waitFor({ state: "detached", timeout: SEEN_WITHIN_MS });
  });

  await t.step("someone who joins late sees a picture at once", async () => {
    await using cleo = await BrowserParticipant.start("Cleo", 2);
    await cleo.join(link);
    const click = await cleo.mark("dt.join.click");
    const firstFrame = await cleo.mark("dt.join.first-frame");
    assert.ok(firstFrame > click);
    assert.ok(await cleo.mark("dt.join.signaling") >= click);
    assert.ok(await cleo.mark("dt.join.media") > 0);
    await allMeet([ada, bob, cleo]);
    await cleo.page.close();
    await eventually(
      "the closed tab's tile is gone",
      GONE_WITHIN_MS,
      async () => !(await ada.tiles()).includes("Cleo") && !(await bob.tiles()).includes("Cleo"),
    );
  });

  await t.step("someone who leaves is gone within a second", async () => {
    await bob.press("Leave");
    await eventually(
      "Bob's tile is gone",
      SEEN_WITHIN_MS,
      async () => !(await ada.tiles()).includes("Bob"),
    );
  });

  await t.step("no page met an error", () => {
    assert.deepEqual([ada.errors, bob.errors], [[], []]);
  });
});

Deno.test("six people see and hear each other", async () => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  await using people = new AsyncDisposableStack();
  const everyone: BrowserParticipant[] = [];
  for (const [index, name] of ["Ada", "Bob", "Cleo", "Dan", "Eve", "Finn"].entries()) {
    everyone.push(
      people.use(await BrowserParticipant.start(name, index, { viewport: SMALL_WINDOW })),
    );
  }
  const link = await newMeeting(everyone[0]!, stack);
  for (const person of everyone) await person.join(link);
  await allMeetOnBusyMachine(everyone, SIX_MEET_WITHIN_MS);
});

Deno.test("someone without camera and microphone sees and hears the others, and is seen to be there", async () => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  await using ada = await BrowserParticipant.start("Ada", 0);
  await using zoe = await BrowserParticipant.start("Zoe", 1, { devices: false });
  const link = await newMeeting(ada, stack);
  await ada.join(link);
  await zoe.join(link);
  await Promise.all([zoe.sees(ada), zoe.hears(ada)]);
  assert.deepEqual((await ada.tiles()).sort(), ["Ada", "Zoe"]);
  assert.equal(await ada.picture("Zoe"), undefined);
});

Deno.test("a link to no meeting says so, and a typed code finds its meeting", async () => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  await using ada = await BrowserParticipant.start("Ada", 0);
  const missing = await ada.page.goto(`${stack.url}/m/aaa-bbbb-ccc`);
  assert.equal(missing?.status(), 404);
  const link = await newMeeting(ada, stack);
  await ada.page.goto(stack.url);
  await ada.page.getByLabel("Meeting code or link").fill(link.split("/").at(-1)!.toUpperCase());
  await ada.page.keyboard.press("Enter");
  await ada.page.getByRole("button", { name: "Join now" }).waitFor();
  assert.equal(ada.page.url(), link);
});
