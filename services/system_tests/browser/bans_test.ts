import assert from "node:assert/strict";
import { startTemporaryStack } from "../temporary_stack.ts";
import { BrowserParticipant } from "./participant.ts";
import { keepPictures } from "./pictures.ts";

const OWNER = { email: "owner@acme.example", password: "correct horse battery staple" };
/** How long what a moderator does may take until the others see it, on a busy machine. */
const SEEN_WITHIN_MS = 8_000;

Deno.test("who planned a meeting lets somebody back in whom they banned", async (t) => {
  await using running = await startTemporaryStack({
    env: {
      DT_BOOTSTRAP_ADMIN_EMAIL: OWNER.email,
      DT_BOOTSTRAP_ADMIN_PASSWORD: OWNER.password,
      DT_RATE_LIMIT_PER_MINUTE: "1000",
    },
  });
  const { url } = running.stack;
  await using ada = await BrowserParticipant.start("Ada", 0);
  await using bob = await BrowserParticipant.start("Bob", 1);
  await ada.page.goto(`${url}/sign-in?return_to=/meetings`);
  await ada.page.getByLabel("E-mail").fill(OWNER.email);
  await ada.page.getByLabel("Password").fill(OWNER.password);
  await ada.press("Sign in");
  await ada.page.waitForURL(`${url}/meetings`);
  await ada.press("New meeting");
  await ada.page.getByLabel("Name (optional)").fill("Daily");
  await ada.press("Create");
  await ada.page.waitForURL(/\/meetings\/[0-9a-f-]{36}$/);
  const administration = ada.page.url();
  const link = new URL(
    await ada.page.getByRole("link", { name: "Join" }).getAttribute("href") ?? "",
    url,
  ).href;
  const banned = ada.page.getByRole("region", { name: "Banned" });

  await t.step("a meeting from which nobody is banned says nothing of bans", async () => {
    await ada.page.getByText("Nobody was there yet.").waitFor();
    assert.equal(await banned.count(), 0);
  });

  await t.step("the host bans somebody, who is told so, then and when coming back", async () => {
    await ada.join(link);
    await bob.join(link);
    await ada.page.getByRole("button", { name: /^People/ }).first().click();
    await ada.page.getByRole("button", { name: "What to do about Bob" }).click();
    await ada.page.getByRole("menuitem", { name: "Remove and ban…" }).click();
    await ada.page.getByRole("dialog").getByRole("button", { name: "Remove and ban" }).click();
    const told = bob.page.getByText("A host removed you for good: you cannot come back.");
    await told.waitFor({ timeout: SEEN_WITHIN_MS });
    await bob.page.goto(link);
    await told.waitFor({ timeout: SEEN_WITHIN_MS });
  });

  await t.step("the meeting's page names them, and lets them back in", async () => {
    await ada.page.goto(administration);
    await banned.getByText("Bob", { exact: true }).waitFor();
    await keepPictures("banned", [ada]);
    await banned.getByRole("button", { name: "Let Bob back in" }).click();
    await ada.page.getByRole("dialog").getByRole("button", { name: "Let back in" }).click();
    await ada.page.getByText("Bob may join again.").waitFor();
    await banned.waitFor({ state: "detached" });
  });

  await t.step("who was let back in joins", async () => {
    await bob.join(link);
  });

  assert.deepEqual([ada.errors, bob.errors], [[], []]);
});
