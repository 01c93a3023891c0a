import type { Locator } from "playwright-core";
import { startTemporaryStack } from "../temporary_stack.ts";
import { BrowserParticipant } from "./participant.ts";
import { keepPictures } from "./pictures.ts";

/** How long an action may take until the others see it, on a machine that is busy with video. */
const SEEN_WITHIN_MS = 8_000;
const SMALL_WINDOW = { width: 960, height: 640 };

const appears = (place: Locator) => place.first().waitFor({ timeout: SEEN_WITHIN_MS });
const disappears = (place: Locator) =>
  place.first().waitFor({ state: "detached", timeout: SEEN_WITHIN_MS });

/** Opens the panel of this name, if it is not open. */
async function openPanel({ page }: BrowserParticipant, name: "People" | "Chat" | "Polls") {
  const panel = page.getByRole("complementary", { name });
  if (await panel.count() === 0) {
    if (name === "Polls") {
      await page.getByRole("button", { name: "More", exact: true }).click();
      await page.getByRole("menuitem", { name: /Polls/ }).click();
    } else {
      await page.getByRole("button", { name: new RegExp(`^${name}`) }).first().click();
    }
  }
  await appears(panel);
  return panel;
}

/** Does to somebody what their menu offers. */
async function moderate(moderator: BrowserParticipant, name: string, action: string) {
  const panel = await openPanel(moderator, "People");
  await panel.getByRole("button", { name: `What to do about ${name}` }).click();
  await moderator.page.getByRole("menuitem", { name: action, exact: true }).click();
}

/** Does what the menu "More" offers. */
async function choose({ page }: BrowserParticipant, item: string) {
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole(/lock|lobby/i.test(item) ? "menuitemcheckbox" : "menuitem", { name: item })
    .click();
}

const tileOf = ({ page }: BrowserParticipant, name: string) =>
  page.getByRole("group", { name, exact: true });

Deno.test("three people talk, raise hands, vote, knock and are moderated", async (t) => {
  await using running = await startTemporaryStack({ env: { DT_RATE_LIMIT_PER_MINUTE: "1000" } });
  await using ada = await BrowserParticipant.start("Ada", 0, { viewport: SMALL_WINDOW });
  await using bob = await BrowserParticipant.start("Bob", 1, { viewport: SMALL_WINDOW });
  await using cyd = await BrowserParticipant.start("Cyd", 2, { viewport: SMALL_WINDOW });
  const everyone = [ada, bob, cyd];
  await ada.page.goto(running.stack.url);
  await ada.press("New meeting");
  await ada.page.waitForURL(/\/m\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
  const link = ada.page.url();
  for (const person of everyone) await person.join(link);

  const step = (name: string, run: () => Promise<void>) =>
    t.step(name, async () => {
      try {
        await run();
      } finally {
        await keepPictures(name, everyone);
      }
    });

  await step("who created the meeting is its host, and the roster says so", async () => {
    const panel = await openPanel(bob, "People");
    await appears(panel.getByRole("listitem").filter({ hasText: "Ada" }).getByText("Host"));
  });

  await step("a message reaches everyone, a private one only whom it is for", async () => {
    const chat = await openPanel(ada, "Chat");
    await chat.getByLabel("Message", { exact: true }).fill("Good morning");
    await chat.getByRole("button", { name: "Send" }).click();
    for (const person of [bob, cyd]) {
      await appears((await openPanel(person, "Chat")).getByText("Good morning"));
    }
    await chat.getByLabel("To", { exact: true }).selectOption({ label: "Bob" });
    await chat.getByLabel("Message", { exact: true }).fill("Only for Bob");
    await chat.getByRole("button", { name: "Send" }).click();
    await appears((await openPanel(bob, "Chat")).getByText("Only for Bob"));
    await chat.getByLabel("To", { exact: true }).selectOption({ label: "Everyone" });
    await chat.getByLabel("Message", { exact: true }).fill("And all again");
    await chat.getByRole("button", { name: "Send" }).click();
    const seenByCyd = await openPanel(cyd, "Chat");
    await appears(seenByCyd.getByText("And all again"));
    if (await seenByCyd.getByText("Only for Bob").count() > 0) throw new Error("Cyd reads it, too");
  });

  await step("a reaction shows on the tile of whoever sent it", async () => {
    await bob.press("React");
    await bob.press("Applause");
    await appears(tileOf(ada, "Bob").getByText("👏"));
  });

  await step("hands are in order, and the host lowers one", async () => {
    await cyd.press("Raise hand");
    await appears(tileOf(ada, "Cyd").getByLabel("Hand raised, number 1"));
    await bob.press("Raise hand");
    await appears(tileOf(ada, "Bob").getByLabel("Hand raised, number 2"));
    const panel = await openPanel(ada, "People");
    await panel.getByRole("button", { name: "Lower the hand of Cyd" }).click();
    await appears(
      tileOf(bob, "Bob").or(tileOf(bob, "Bob (you)")).getByLabel(
        "Hand raised, number 1",
      ),
    );
    await bob.press("Lower hand");
    await disappears(tileOf(ada, "Bob").getByLabel(/Hand raised/));
  });

  await step("a poll is asked, voted on and closed", async () => {
    const polls = await openPanel(ada, "Polls");
    await polls.getByRole("button", { name: "New poll" }).click();
    await polls.getByLabel("Question").fill("Lunch?");
    await polls.getByLabel("Option 1").fill("Soup");
    await polls.getByLabel("Option 2").fill("Salad");
    await polls.getByRole("button", { name: "Start poll" }).click();
    for (const person of [bob, cyd]) {
      await (await openPanel(person, "Polls")).getByRole("radio").first().check();
    }
    await appears(polls.getByText("2 votes", { exact: true }));
    await polls.getByRole("button", { name: "Close poll" }).click();
    await appears((await openPanel(bob, "Polls")).getByText(/Closed/));
  });

  await step("the host mutes one, who is silent and may unmute", async () => {
    await ada.hears(bob);
    await moderate(ada, "Bob", "Mute microphone");
    await appears(bob.page.getByText("A moderator muted you. You can unmute yourself."));
    await ada.hears(bob, false);
    await bob.press("Unmute microphone");
    await ada.hears(bob);
  });

  await step("the host mutes everyone, and asks one to unmute", async () => {
    await choose(ada, "Mute everyone");
    await ada.page.getByRole("dialog").getByRole("button", { name: "Mute everyone" }).click();
    for (const person of [bob, cyd]) {
      await appears(person.page.getByRole("button", { name: "Unmute microphone" }));
    }
    await moderate(ada, "Cyd", "Ask to unmute");
    await appears(cyd.page.getByText("Please unmute"));
    await keepPictures("asked to unmute", [cyd]);
    await cyd.page.getByRole("dialog").getByRole("button", { name: "Unmute" }).click();
    await ada.hears(cyd);
  });

  await step("the host stops a shared screen", async () => {
    await bob.press("Share screen");
    await appears(tileOf(ada, "Bob's screen").or(ada.page.getByLabel(/Bob.*screen/i)));
    await moderate(ada, "Bob", "Stop screen share");
    await appears(bob.page.getByText("A moderator stopped your screen share."));
    await appears(bob.page.getByRole("button", { name: "Share screen" }));
  });

  await step("a co-host moderates and a participant does not", async () => {
    await moderate(ada, "Bob", "Make co-host");
    await appears(bob.page.getByText("You are a co-host now."));
    await moderate(bob, "Cyd", "Mute microphone");
    await appears(cyd.page.getByRole("button", { name: "Unmute microphone" }));
    const menus = (await openPanel(cyd, "People")).getByRole("button", {
      name: /^What to do about Ada/,
    });
    await menus.click();
    if (await cyd.page.getByRole("menuitem", { name: "Mute microphone" }).isVisible()) {
      throw new Error("a participant is offered moderation");
    }
    await cyd.page.keyboard.press("Escape");
  });

  await step("who is removed may come back, and is kept out while it is locked", async () => {
    await moderate(ada, "Cyd", "Remove…");
    await ada.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await appears(cyd.page.getByText(/removed/i));
    await disappears(tileOf(ada, "Cyd"));
    await choose(ada, "Lock meeting");
    await appears(bob.page.getByTitle("Nobody but hosts gets in"));
    await cyd.page.goto(link);
    await appears(cyd.page.getByText("This meeting is locked"));
    await choose(ada, "Lock meeting");
  });

  await step("in a lobby one knocks, is denied, knocks again and is admitted", async () => {
    await choose(ada, "Let people wait in a lobby");
    await appears(ada.page.getByTitle(/waits until somebody admits/));
    const knock = async () => {
      await cyd.page.goto(link);
      await cyd.page.getByLabel("Your name").fill("Cyd");
      await cyd.press("Join now");
      await appears(cyd.page.getByText("Waiting to be let in"));
    };
    await knock();
    await keepPictures("knocking", everyone);
    await (await openPanel(ada, "People")).getByRole("button", { name: "Deny Cyd" }).click();
    await appears(cyd.page.getByText(/not (let in|admitted)|did not let you in/i));
    await knock();
    await (await openPanel(bob, "People")).getByRole("button", { name: "Admit Cyd" }).click();
    await appears(cyd.page.getByRole("button", { name: "Leave" }));
    await choose(ada, "Let people wait in a lobby");
    await ada.sees(cyd);
  });

  await step("who is banned does not come back by reloading", async () => {
    await moderate(ada, "Cyd", "Remove and ban…");
    await ada.page.getByRole("dialog").getByRole("button", { name: "Remove and ban" }).click();
    await disappears(tileOf(ada, "Cyd"));
    await cyd.page.goto(link);
    await appears(cyd.page.getByText("A host removed you for good: you cannot come back."));
    for (const name of ["Join now", "Rejoin", "Leave"]) {
      if (await cyd.page.getByRole("button", { name }).count() > 0) throw new Error(`"${name}"`);
    }
  });

  await step("the host ends the meeting for everyone", async () => {
    await ada.press("More ways to end");
    await ada.page.getByRole("menuitem", { name: "End meeting for all…" }).click();
    await ada.page.getByRole("dialog").getByRole("button", { name: "End meeting" }).click();
    await appears(bob.page.getByText(/ended/i));
    await appears(ada.page.getByText(/ended/i));
  });

  for (const { name, errors } of everyone) {
    if (errors.length > 0) throw new Error(`${name}: ${errors.join("\n")}`);
  }
});
