import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { startTestReceiver } from "../../global-controller/testing/test_receiver.ts";
import { launchChromium } from "../chromium.ts";
import { eventually } from "../eventually.ts";
import { startTemporaryStack } from "../temporary_stack.ts";

const OWNER = { email: "owner@acme.example", password: "correct horse battery staple" };
const MEMBER = { email: "member@acme.example", password: "another battery staple" };
/** A revoked credential is refused within five seconds, on a busy machine a little later. */
const REFUSED_WITHIN_MS = 10_000;

/** A person in a window of their own, with what went wrong in its pages. */
async function openWindow(browser: Browser, errors: string[]): Promise<Page> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 390, height: 800 },
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) errors.push(message.text());
  });
  return page;
}

async function signIn(page: Page, origin: string, { email, password }: typeof OWNER) {
  await page.goto(`${origin}/sign-in?return_to=/organisation`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(`${origin}/organisation`);
}

/** Follows a link of the organisation's navigation. */
async function open(page: Page, name: string): Promise<void> {
  const navigation = page.getByRole("navigation", { name: "Organisation", exact: true });
  await navigation.getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

Deno.test("an owner administers the organisation in its pages", async (t) => {
  await using running = await startTemporaryStack({
    env: {
      DT_BOOTSTRAP_ADMIN_EMAIL: OWNER.email,
      DT_BOOTSTRAP_ADMIN_PASSWORD: OWNER.password,
      DT_RATE_LIMIT_PER_MINUTE: "10000",
    },
  });
  const { url } = running.stack;
  await using receiver = startTestReceiver();
  const browser = await launchChromium();
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => browser.close());
  const errors: string[] = [];
  const page = await openWindow(browser, errors);
  await signIn(page, url, OWNER);

  await t.step(
    "a name is changed, and one that is no short name is refused beside it",
    async () => {
      await page.getByLabel("Short name").fill("Not a slug");
      await press(page, "Save");
      await page.getByText("single hyphens").waitFor();
      assert.ok(
        await page.getByLabel("Short name").evaluate((field) =>
          field === field.ownerDocument.activeElement
        ),
      );
      await page.getByLabel("Short name").fill("acme");
      await page.getByLabel("Name", { exact: true }).fill("Acme Corporation");
      await press(page, "Save");
      await page.getByText("Saved", { exact: true }).waitFor();
      await page.reload();
      // The closed menu of the person says it too.
      await page.getByRole("navigation", { name: "Organisation", exact: true })
        .getByText("Acme Corporation").waitFor();
      const meter = page.getByRole("meter", { name: "Members and open invitations" });
      assert.equal(await meter.getAttribute("aria-valuenow"), "1");
    },
  );

  await t.step("who is invited accepts by the link, and sees what a member may", async () => {
    await open(page, "Members");
    await press(page, "Invite");
    await page.getByLabel("E-mail").fill(MEMBER.email);
    await press(page, "Create link");
    const link = await page.getByLabel("Invitation link").inputValue();
    await press(page, "Done");
    const member = await openWindow(browser, errors);
    await member.goto(link);
    await member.getByLabel("Your name").fill("Mia Member");
    await member.getByLabel("Password").fill(MEMBER.password);
    await press(member, "Accept");
    await member.waitForURL((shown) => shown.pathname !== "/invitation");
    await member.goto(`${url}/organisation/webhooks`);
    await member.getByText("This page is not for you").waitFor();
    const shown = member.getByRole("navigation", { name: "Organisation", exact: true });
    assert.deepEqual(
      (await shown.getByRole("link").allInnerTexts()).map((name) => name.trim()),
      ["Overview", "Members", "Recordings"],
    );
    await member.context().close();
  });

  await t.step("a member gets another role and is removed", async () => {
    await page.reload();
    await press(page, "Change role of Mia Member");
    await page.getByLabel("Role", { exact: true }).selectOption("admin");
    await press(page, "Save");
    await page.getByText("Mia Member: Administrator").waitFor();
    await press(page, "Remove Mia Member");
    await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByText("Mia Member was removed.").waitFor();
    assert.equal(await page.getByText(MEMBER.email).count(), 1, "her invitation alone is left");
  });

  await t.step("an API key works until it is revoked", async () => {
    await open(page, "API access");
    await press(page, "New API key");
    await page.getByLabel("Name", { exact: true }).fill("Reports");
    await press(page, "Create key");
    const key = await page.getByLabel("API key", { exact: true }).inputValue();
    const curl = await page.getByLabel("Try it in a terminal").inputValue();
    assert.equal(curl, `curl -H 'Authorization: Bearer ${key}' '${url}/api/v1/meetings'`);
    const statusWithKey = async () => {
      const headers = { authorization: `Bearer ${key}` };
      const response = await fetch(`${url}/api/v1/meetings`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await statusWithKey(), 200);
    await press(page, "Done");
    await press(page, "Revoke Reports");
    await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("Reports was revoked.").waitFor();
    await eventually(
      "the key is refused",
      REFUSED_WITHIN_MS,
      async () => await statusWithKey() === 401,
    );
  });

  await t.step("an API client gets a new secret", async () => {
    await press(page, "New API client");
    await page.getByLabel("Name", { exact: true }).fill("Calendar");
    await press(page, "Create client");
    const first = await page.getByLabel("Client secret").inputValue();
    await press(page, "Done");
    await press(page, "New secret for Calendar");
    await page.getByRole("dialog").getByRole("button", { name: "New secret", exact: true }).click();
    const client_id = await page.getByLabel("Client id").inputValue();
    const second = await page.getByLabel("Client secret").inputValue();
    await press(page, "Done");
    const statusOf = async (client_secret: string) => {
      const response = await fetch(`${url}/api/v1/auth/token`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ grant_type: "client_credentials", client_id, client_secret }),
      });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await statusOf(second), 200);
    await eventually(
      "the secret before is refused",
      REFUSED_WITHIN_MS,
      async () => await statusOf(first) === 401,
    );
  });

  await t.step("an endpoint gets a test, and what was sent is sent again", async () => {
    await open(page, "Webhooks");
    await press(page, "New endpoint");
    await page.getByLabel("URL").fill(receiver.url);
    await press(page, "Create endpoint");
    assert.match(await page.getByLabel("Signing secret").inputValue(), /^whsec_/);
    await press(page, "Done");
    await page.getByRole("link", { name: receiver.url }).click();
    await press(page, "Send a test");
    await page.getByText("The test arrived.").waitFor();
    await receiver.received(1);
    await press(page, "Send webhook.test again");
    await receiver.received(2);
    const [first, second] = receiver.requests;
    assert.equal(second!.headers.get("webhook-id"), first!.headers.get("webhook-id"));
    await press(page, "Disable");
    await page.getByText("The endpoint is disabled.").waitFor();
    await press(page, "Delete");
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("No endpoints").waitFor();
    await page.getByRole("link", { name: "Events", exact: true }).click();
    await page.getByText("member.removed").last().waitFor();
  });

  await t.step("the log of all this is whole, narrowed and taken home", async () => {
    await open(page, "Audit log");
    await press(page, "Verify");
    await page.getByText("The log is as it was written").waitFor();
    const download = page.waitForEvent("download");
    await press(page, "Export");
    const lines = (await Deno.readTextFile(await (await download).path())).trimEnd().split("\n");
    const actions = lines.map((line) => JSON.parse(line).action);
    assert.ok(actions.includes("api_key.revoked"), actions.join(" "));
    await page.getByLabel("Action").fill("member.removed");
    await press(page, "Filter");
    const rows = page.getByRole("list", { name: "Audit log" }).getByRole("listitem");
    await eventually("one row is left", REFUSED_WITHIN_MS, async () => await rows.count() === 1);
    assert.match(await rows.first().innerText(), /member\.removed/);
  });

  await t.step("no page met an error", () => {
    assert.deepEqual(errors, []);
  });
});
