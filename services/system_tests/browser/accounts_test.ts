import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { eventually } from "../eventually.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { fill, open, PATIENCE_MS, press, visitor } from "./visitor.ts";

const PASSWORD = "correct horse battery";
const PASSCODE = "open sesame";

async function changeRule(page: Page, label: string, wanted: boolean): Promise<void> {
  await press(page, "Edit");
  await page.getByRole("dialog").getByLabel(label).setChecked(wanted);
  await press(page, "Save");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
}

Deno.test("a person with an account sets up, plans a meeting and decides who gets in", async (t) => {
  await using running = await startTemporaryStack();
  const { stack, lines } = running;
  const browser = await launchChromium({
    args: ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
  });
  try {
    const ada = await visitor(browser);
    const bob = await visitor(browser);
    let details = "";
    let link = "";
    let guestLink = "";

    await t.step("whoever reads the log becomes the first administrator", async () => {
      const setup = await eventually(
        "the log shows the setup link",
        PATIENCE_MS,
        () => lines.map((line) => /"url":"([^"]*\/setup#[^"]+)"/.exec(line)?.[1]).find(Boolean),
      );
      await ada.page.goto(setup);
      await press(ada.page, "Set up");
      const wrong = ada.page.getByLabel("Name of your organisation");
      assert.equal(await wrong.evaluate((field) => field.matches(":focus")), true);
      await fill(ada.page, {
        "Name of your organisation": "Acme",
        "Your name": "Ada",
        "E-mail": "ada@example.org",
        "Password": PASSWORD,
      });
      await press(ada.page, "Set up");
      await ada.page.waitForURL("**/organisation");
      await ada.page.goto(`${stack.url}/setup`);
      await ada.page.getByText("set up already").waitFor();
    });

    await t.step("signing out and in leads back to where it was asked for", async () => {
      await press(ada.page, "Ada: menu");
      await press(ada.page, "Sign out");
      await ada.page.goto(`${stack.url}/rooms`);
      await ada.page.waitForURL(/\/sign-in\?return_to=%2Frooms$/);
      await fill(ada.page, { "E-mail": "ada@example.org", "Password": "another password" });
      await press(ada.page, "Sign in");
      await ada.page.getByText("Address or password is wrong.").waitFor();
      await fill(ada.page, { "Password": PASSWORD });
      await press(ada.page, "Sign in");
      await ada.page.getByRole("heading", { name: "Rooms" }).waitFor();
    });

    await t.step(
      "a room's link waits for whoever may open it, and leads into the meeting",
      async () => {
        await press(ada.page, "New room");
        await ada.page.getByLabel("Name", { exact: true }).fill("Stand-up");
        await press(ada.page, "Create");
        await ada.page.getByRole("button", { name: "Enter Stand-up" }).waitFor();
        const room = await ada.page.getByText(/\/r\/[^/]+\/stand-up$/).textContent();
        await bob.page.goto(room!.trim());
        await bob.page.getByText("Nobody has opened Stand-up yet").waitFor();
        await press(ada.page, "Enter Stand-up");
        await bob.page.waitForURL(/\/m\//);
      },
    );

    await t.step("a meeting is planned in the person's time zone", async () => {
      await ada.page.goto(`${stack.url}/meetings`);
      await press(ada.page, "New meeting");
      const dialog = ada.page.getByRole("dialog");
      await dialog.getByLabel("Name (optional)").fill("Planning");
      await dialog.getByLabel("Passcode").fill(PASSCODE);
      await dialog.getByLabel("Plan it for a time").check();
      await press(ada.page, "Create");
      await dialog.getByText("Please choose when it starts.").waitFor();
      await dialog.getByLabel("Start").fill("2099-03-02T10:00");
      await press(ada.page, "Create");
      await ada.page.waitForURL(/\/meetings\/[0-9a-f-]{36}$/);
      details = ada.page.url();
      link = stack.url +
        await ada.page.getByRole("link", { name: "Join" }).getAttribute("href");
      await ada.page.getByText("2 Mar 2099, 10:00").waitFor();
      await ada.page.goto(`${stack.url}/meetings?tab=upcoming`);
      await ada.page.getByRole("link", { name: "Planning", exact: true }).waitFor();
    });

    await t.step("a guest gets in by the passcode, and is told that another is wrong", async () => {
      await bob.page.goto(link);
      await bob.page.getByText("Starts Mon, 2 Mar 2099").waitFor();
      await fill(bob.page, { "Your name": "Bob", "Passcode": "something else" });
      await press(bob.page, "Join now");
      await bob.page.getByText("This is not the meeting's passcode.").waitFor();
      await fill(bob.page, { "Passcode": PASSCODE });
      await press(bob.page, "Join now");
      await bob.page.getByRole("button", { name: "Leave" }).waitFor();
    });

    await t.step("who is removed is told so and has no way back from there", async () => {
      await ada.page.goto(details);
      await press(ada.page, "Remove Bob");
      await press(ada.page, "Remove");
      await bob.page.getByText("You were removed from the meeting").waitFor();
      assert.equal(await bob.page.getByRole("button", { name: "Rejoin" }).count(), 0);
    });

    await t.step("a guest link needs no passcode, and gives what it says", async () => {
      await ada.page.goto(details);
      await press(ada.page, "New guest link");
      const dialog = ada.page.getByRole("dialog");
      await dialog.getByLabel("Camera").uncheck();
      await press(ada.page, "Create");
      guestLink = await dialog.getByLabel("Link for guests").inputValue();
      await press(ada.page, "Done");
      await open(bob.page, guestLink);
      await press(bob.page, "Join now");
      await bob.page.getByRole("button", { name: "Leave" }).waitFor();
      const camera = bob.page.getByRole("button", { name: "Turn camera on" });
      await camera.and(bob.page.locator("[aria-disabled=true]")).waitFor();
      const title = await camera.getAttribute("title");
      assert.equal(title, "In this meeting you may not show a camera.");
      const microphone = bob.page.getByRole("button", { name: /microphone/ });
      assert.equal(await microphone.getAttribute("aria-disabled"), null);
    });

    await t.step("a host is known by name and needs no passcode", async () => {
      await ada.page.goto(link);
      await eventually(
        "the profile's name is there",
        PATIENCE_MS,
        async () => await ada.page.getByLabel("Your name").inputValue() === "Ada",
      );
      assert.equal(await ada.page.getByLabel("Passcode").count(), 0);
      await press(ada.page, "Join now");
      await ada.page.getByRole("group", { name: "Bob", exact: true }).waitFor();
      await press(ada.page, "Leave");
    });

    await t.step("a locked meeting says so", async () => {
      await ada.page.goto(details);
      await changeRule(ada.page, "Locked", true);
      await open(bob.page, guestLink);
      await bob.page.getByText("This meeting is locked").waitFor();
      await changeRule(ada.page, "Locked", false);
      await press(bob.page, "Try again");
      await bob.page.getByRole("button", { name: "Join now" }).waitFor();
    });

    await t.step("a meeting for people with an account leads to signing in and back", async () => {
      await changeRule(ada.page, "Only people with an account", true);
      await open(bob.page, link);
      await bob.page.getByText("This meeting is for people with an account").waitFor();
      await bob.page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
      await bob.page.waitForURL(/\/sign-in\?return_to=%2Fm%2F/);
    });

    await t.step("a change that somebody else made meanwhile is not overwritten", async () => {
      const other = await ada.page.context().newPage();
      await other.goto(details);
      await other.getByRole("button", { name: "Edit" }).waitFor();
      await changeRule(ada.page, "Lobby", true);
      await press(other, "Edit");
      await press(other, "Save");
      await other.getByText("Somebody changed this meanwhile.").waitFor();
      await other.close();
    });

    await t.step("the meeting is ended for everyone and keeps its history", async () => {
      await press(ada.page, "End for everyone");
      await ada.page.getByRole("dialog").getByRole("button", { name: "End for everyone" }).click();
      await ada.page.getByText("The meeting has ended.").waitFor();
      await ada.page.getByText("Who was there").first().click();
      await ada.page.getByRole("listitem").filter({ hasText: "Bob" }).first().waitFor();
      await open(bob.page, link);
      await bob.page.getByText("This meeting has ended").waitFor();
    });

    assert.deepEqual([ada.errors, bob.errors], [[], []]);
  } finally {
    await browser.close();
  }
});
