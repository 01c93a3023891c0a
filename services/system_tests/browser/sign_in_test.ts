import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startTestOidcProvider } from "../../global-controller/testing/oidc_provider.ts";
import { findFreePort } from "../../stack/ports.ts";
import { ROOT } from "../../stack/stack.ts";
import { launchChromium } from "../chromium.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { fill, open, press, type Visitor, visitor } from "./visitor.ts";

const OWNER = { email: "ada@example.org", password: "correct horse battery" };
const CAROL = { email: "carol@example.org", password: "another battery staple" };
const NEW_PASSWORD = "a third battery staple";

async function signIn(page: Page, url: string, { email, password }: typeof OWNER): Promise<void> {
  await page.goto(`${url}/sign-in?return_to=/account`);
  await fill(page, { "E-mail": email, "Password": password });
  await press(page, "Sign in");
  await page.waitForURL(`${url}/account`);
}

/** Makes an invitation, and passes its link on. */
async function invite(page: Page, url: string, email: string): Promise<string> {
  await page.goto(`${url}/organisation/members`);
  await press(page, "Invite");
  await fill(page, { "E-mail": email });
  await press(page, "Create link");
  const link = await page.getByLabel("Invitation link").inputValue();
  await press(page, "Done");
  return link;
}

/** Makes another organisation as whoever operates the service does. @returns its owner's link. */
async function createOrganisation(env: Record<string, string>, owner: string): Promise<string> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet", "services/global-controller/administer.ts"],
      ...["organisation", "create", "labs", "Carol's Labs", "--owner-email", owner],
    ],
    cwd: ROOT,
    env,
  }).output();
  const text = new TextDecoder().decode(output.stdout);
  const link = /http\S+\/invitation#\S+/.exec(text)?.[0];
  assert.ok(link, new TextDecoder().decode(output.stderr));
  return link;
}

Deno.test("people come to their account by each way, and mind who else is in it", async (t) => {
  const port = findFreePort("127.0.0.1");
  const redirectUri = `http://localhost:${port}/api/v1/auth/oidc/callback`;
  await using provider = await startTestOidcProvider(redirectUri, { asks: true });
  provider.person = {
    sub: "bob",
    email: "bob@example.org",
    email_verified: true,
    name: "Bob",
  };
  await using running = await startTemporaryStack({
    ports: { "global-controller": port },
    env: {
      DT_BOOTSTRAP_ADMIN_EMAIL: OWNER.email,
      DT_BOOTSTRAP_ADMIN_PASSWORD: OWNER.password,
      DT_OIDC_ISSUER: provider.issuer,
      DT_OIDC_CLIENT_ID: provider.clientId,
      DT_OIDC_CLIENT_SECRET: provider.clientSecret,
      DT_OIDC_NAME: "Our provider",
      DT_RATE_LIMIT_PER_MINUTE: "10000",
    },
  });
  const { stack } = running;
  const { url } = stack;
  const browser = await launchChromium();
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => browser.close());
  const visitors: Visitor[] = [];
  const newPage = async () => {
    const someone = await visitor(browser);
    visitors.push(someone);
    return someone.page;
  };
  const [ada, bob, carol, elsewhere] = [
    await newPage(),
    await newPage(),
    await newPage(),
    await newPage(),
  ];
  await signIn(ada, url, OWNER);

  await t.step("who turns back at the provider is told so, and may try again", async () => {
    await bob.goto(`${url}/sign-in?return_to=/rooms`);
    await press(bob, "Sign in with Our provider");
    await bob.getByRole("link", { name: "Cancel" }).click();
    await bob.getByText("The sign-in service did not let you in.").waitFor();
  });

  await t.step("whom the provider knows and nobody invited is told so", async () => {
    await press(bob, "Sign in with Our provider");
    await bob.getByPlaceholder("Enter any login").fill("bob");
    await bob.getByPlaceholder("and password").fill("anything");
    await press(bob, "Sign-in");
    await bob.getByText("Nobody here knows your address yet.").waitFor();
  });

  await t.step("an invitation is accepted through the provider", async () => {
    await open(bob, await invite(ada, url, "bob@example.org"));
    await bob.getByRole("heading", { name: /^Join / }).waitFor();
    await press(bob, "Accept with Our provider");
    await bob.waitForURL(`${url}/meetings`);
    await bob.getByRole("button", { name: "Bob: menu" }).waitFor();
  });

  await t.step("the provider's sign-in leads back to where it was asked for", async () => {
    await press(bob, "Bob: menu");
    await press(bob, "Sign out");
    await bob.getByRole("link", { name: "Sign in" }).waitFor();
    await bob.goto(`${url}/rooms`);
    await press(bob, "Sign in with Our provider");
    await bob.getByRole("heading", { name: "Rooms" }).waitFor();
  });

  await t.step("an invitation is accepted with a name and a password", async () => {
    await carol.goto(await invite(ada, url, CAROL.email));
    await fill(carol, { "Your name": "Carol", "Password": "too short" });
    await press(carol, "Accept");
    await carol.getByText("A password has at least 12 characters.").waitFor();
    await fill(carol, { "Password": CAROL.password });
    await press(carol, "Accept");
    await carol.waitForURL(`${url}/meetings`);
  });

  await t.step("an administrator sees everyone's meetings when asked to", async () => {
    await press(carol, "New meeting");
    await carol.getByRole("dialog").getByLabel("Name (optional)").fill("Carol's meeting");
    await press(carol, "Create");
    await carol.getByRole("heading", { name: "Carol's meeting" }).waitFor();
    assert.equal(await carol.getByLabel("Whose meetings").count(), 0);
    await ada.goto(`${url}/meetings`);
    await ada.getByText("No meeting is open.").waitFor();
    await ada.getByLabel("Whose meetings").selectOption("all");
    await ada.getByRole("link", { name: "Carol's meeting", exact: true }).waitFor();
  });

  await t.step("who forgot the password chooses another by an administrator's link", async () => {
    await ada.goto(`${url}/organisation/members`);
    await press(ada, "Password link for Carol");
    await press(ada, "Create link");
    const link = await ada.getByLabel("Password link", { exact: true }).inputValue();
    await press(ada, "Done");
    await elsewhere.goto(`${url}/sign-in`);
    await elsewhere.getByText("Forgotten?").waitFor();
    await elsewhere.goto(`${url}/reset-password`);
    await elsewhere.getByText("The link is incomplete").waitFor();
    await open(elsewhere, link);
    await fill(elsewhere, { "New password": NEW_PASSWORD });
    await press(elsewhere, "Set password");
    await elsewhere.waitForURL(`${url}/meetings`);
    await open(elsewhere, link);
    await fill(elsewhere, { "New password": NEW_PASSWORD });
    await press(elsewhere, "Set password");
    await elsewhere.getByText("This link is good no more").waitFor();
    await carol.reload();
    await carol.waitForURL(/\/sign-in\?/);
    await signIn(carol, url, { ...CAROL, password: NEW_PASSWORD });
  });

  await t.step("who is signed in accepts at once, and acts in either organisation", async () => {
    const env = stack.environment("global-controller");
    await carol.goto(await createOrganisation(env, CAROL.email));
    await carol.getByText(`You are signed in as ${CAROL.email}.`).waitFor();
    await press(carol, "Accept");
    await carol.waitForURL(`${url}/meetings`);
    await carol.getByText("No meeting is open.").waitFor();
    await carol.goto(`${url}/account`);
    const current = carol.getByRole("listitem").filter({ hasText: "Active" });
    await current.filter({ hasText: "Carol's Labs" }).waitFor();
    await carol.getByRole("button", { name: /^Switch to / }).click();
    await carol.getByText(/^You act in .* now\.$/).waitFor();
    await carol.reload();
    await carol.getByRole("button", { name: "Switch to Carol's Labs" }).waitFor();
    await press(carol, "Carol: menu");
    await carol.getByRole("link", { name: "My meetings" }).click();
    await carol.getByRole("link", { name: "Carol's meeting", exact: true }).waitFor();
  });

  await t.step("no administrator sets the password of somebody who is elsewhere too", async () => {
    await ada.reload();
    await press(ada, "Password link for Carol");
    await press(ada, "Create link");
    await ada.getByRole("alert").filter({ hasText: "other organisations" }).waitFor();
  });

  await t.step("another password ends the sessions in all other browsers", async () => {
    await carol.goto(`${url}/account`);
    await fill(carol, { "Current password": "not the password", "New password": CAROL.password });
    await press(carol, "Change password");
    await carol.getByText("That is not your current password.").waitFor();
    await fill(carol, { "Current password": NEW_PASSWORD });
    await press(carol, "Change password");
    await carol.getByText("Changed. You are signed out everywhere else.").waitFor();
    await elsewhere.goto(`${url}/account`);
    await elsewhere.waitForURL(/\/sign-in\?return_to=%2Faccount$/);
  });

  await t.step("a forgotten browser is signed out from another one", async () => {
    await signIn(elsewhere, url, CAROL);
    await carol.reload();
    const sessions = carol.getByRole("list", { name: "Browsers" });
    await sessions.getByText("This browser").waitFor();
    await sessions.getByRole("button", { name: /^Sign out of / }).click();
    await carol.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await carol.getByText("Signed out there.").waitFor();
    await elsewhere.reload();
    await elsewhere.waitForURL(/\/sign-in\?return_to=%2Faccount$/);
  });

  await t.step("no page met an error", () => {
    assert.deepEqual(visitors.flatMap(({ errors }) => errors), []);
  });
});
