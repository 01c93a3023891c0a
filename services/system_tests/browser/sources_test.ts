import assert from "node:assert/strict";
import { eventually } from "../eventually.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { countPictures } from "./page_probes.js";
import { BrowserParticipant } from "./participant.ts";

const PATIENCE_MS = 20_000;
/** A share for reading has at most 15 pictures a second; the count may catch a few more. */
const HIGHEST_TEXT_RATE = 18;
const COUNTED_MS = 2_000;
/** Of Chromium's own test cameras the first has colours, the second only depth, the third colours. */
const TEST_CAMERAS = 3;
const SECOND_CAMERA = "fake_device_2";
const FILM_TITLE = "Film";
/** A tab in which something moves sixty times a second. */
const FILM = `<title>${FILM_TITLE}</title><body style="margin:0;background:#236">
<div id="bar" style="position:absolute;width:12vw;height:100vh;background:#fff"></div>
<script>
  const move = (ms) => {
    bar.style.left = (ms / 20 % 88) + "vw";
    requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
</script>`;

async function newMeeting(participant: BrowserParticipant, url: string): Promise<string> {
  await participant.page.goto(url);
  await participant.press("New meeting");
  await participant.page.waitForURL(/\/m\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
  return participant.page.url();
}

Deno.test("two cameras of one person are seen by another, each in a tile of its own", async (t) => {
  await using running = await startTemporaryStack();
  await using ada = await BrowserParticipant.start("Ada", 0, { cameras: TEST_CAMERAS });
  await using bob = await BrowserParticipant.start("Bob", 1);
  const link = await newMeeting(ada, running.stack.url);
  await ada.join(link);
  await bob.join(link);

  await t.step("a camera is added by keyboard alone", async () => {
    await ada.page.getByRole("button", { name: "Settings" }).focus();
    await ada.page.keyboard.press("Enter");
    await ada.page.getByLabel("Camera to add").selectOption(SECOND_CAMERA);
    await ada.page.getByRole("button", { name: "Add another camera" }).focus();
    await ada.page.keyboard.press("Enter");
  });

  await t.step("both cameras have a picture at the other's", async () => {
    await eventually("the first camera", PATIENCE_MS, () => bob.picture("Ada"));
    await eventually("the second camera", PATIENCE_MS, () => bob.picture(`Ada: ${SECOND_CAMERA}`));
  });

  await t.step("a camera that is removed is gone, and the first one stays", async () => {
    await ada.page.getByRole("button", { name: `Remove ${SECOND_CAMERA}` }).press("Enter");
    await eventually(
      "the second camera is gone",
      PATIENCE_MS,
      async () => !(await bob.tiles()).includes(`Ada: ${SECOND_CAMERA}`),
    );
    assert.notEqual(await bob.picture("Ada"), undefined);
  });

  assert.deepEqual([ada.errors, bob.errors], [[], []]);
});

Deno.test("a share goes from text to motion while it lasts, and a second one joins it", async (t) => {
  await using running = await startTemporaryStack();
  await using ada = await BrowserParticipant.start("Ada", 0, { sharedTab: FILM_TITLE });
  await using bob = await BrowserParticipant.start("Bob", 1);
  const film = await ada.context.newPage();
  await film.setContent(FILM);
  const link = await newMeeting(ada, running.stack.url);
  await ada.join(link);
  await bob.join(link);
  await ada.press("Share screen");
  const shown = bob.page.getByRole("group", { name: "Ada's screen", exact: true });
  const ratePerSecond = async () =>
    await shown.first().evaluate(countPictures, COUNTED_MS) * 1_000 / COUNTED_MS;

  await t.step("a new share is for reading: few pictures a second", async () => {
    await eventually("the share has a picture", PATIENCE_MS, () => bob.picture("Ada's screen"));
    assert.ok(await ada.page.getByRole("radio", { name: /^Text/ }).isChecked());
    const rate = await ratePerSecond();
    assert.ok(rate > 0 && rate <= HIGHEST_TEXT_RATE, `${rate} pictures a second`);
  });

  await t.step("switched to motion by keyboard it has more pictures a second", async () => {
    await ada.page.getByRole("radio", { name: /^Text/ }).press("ArrowRight");
    assert.ok(await ada.page.getByRole("radio", { name: /^Motion/ }).isChecked());
    await eventually(
      `more than ${HIGHEST_TEXT_RATE} pictures a second`,
      PATIENCE_MS,
      async () => await ratePerSecond() > HIGHEST_TEXT_RATE,
    );
  });

  await t.step("a second share is seen beside the first, and ends alone", async () => {
    await ada.press("Share another screen");
    await eventually("two shares", PATIENCE_MS, async () => await shown.count() === 2);
    await ada.page.getByRole("button", { name: "Stop this share" }).last().press("Enter");
    await eventually("one share", PATIENCE_MS, async () => await shown.count() === 1);
  });

  assert.deepEqual([ada.errors, bob.errors], [[], []]);
});
