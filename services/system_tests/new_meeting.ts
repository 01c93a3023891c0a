import assert from "node:assert/strict";
import { equalBytes } from "./client_core/plaintext_search.ts";
import { eventually } from "./eventually.ts";
import { createMeeting, Guest } from "./guest.ts";
import { camera } from "./headless_client.ts";

/** Pictures that have to arrive before a meeting counts as working. */
const PICTURES = 5;

/**
 * Holds a new meeting of two: created over REST, joined by both, pictures sent by one and decrypted
 * by the other. Creating and joining are tried again while they fail, as people do.
 *
 * @param url origin of the global controller.
 * @param withinMs all of it has to be done in so many milliseconds.
 * @returns how long it took, milliseconds.
 */
export async function holdNewMeeting(url: string, withinMs: number): Promise<number> {
  const startedAtMs = performance.now();
  const code = await eventually("a meeting is created", withinMs, () => createMeeting(url));
  await using ada = new Guest(url, code);
  await using bob = new Guest(url, code);
  const adaCamera = camera();
  await Promise.all([ada.join("Ada", [adaCamera], withinMs), bob.join("Bob", [], withinMs)]);
  assert.equal(bob.state.e2eEncryption, true);
  // Whoever had to join twice publishes under another id.
  const received = () => {
    const streamId = bob.participant("Ada")?.streams[0]?.streamId;
    return streamId === undefined ? [] : bob.framesOf(streamId);
  };
  const sent: Uint8Array[] = [];
  await ada.until("Bob sees Ada", async () => {
    const data = crypto.getRandomValues(new Uint8Array(1_000));
    sent.push(data);
    await ada.send(adaCamera.streamId, { data });
    return received().length >= PICTURES;
  }, withinMs);
  const tookMs = performance.now() - startedAtMs;
  for (const { data } of received()) assert.ok(sent.some((picture) => equalBytes(picture, data)));
  assert.ok(tookMs <= withinMs, `a new meeting took ${Math.round(tookMs)} ms`);
  return tookMs;
}
