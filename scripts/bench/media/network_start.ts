import type { NetworkProfile } from "../../../services/stack/network/network_profile.ts";
import type { StackNetwork } from "../../../services/stack/network/stack_network.ts";
import { postponed } from "./phases.ts";
import { pause } from "./pause.ts";

/**
 * How long a receiver may take to come and settle before the network's schedule begins, milliseconds:
 * newcomers' links count from when their profile was set, not from when they come.
 */
export const START_ALLOWANCE_MS = 25_000;

/**
 * Lets a network strike everyone who comes from now on to media and signaling; pages stay as they are,
 * since nobody measures how they load.
 *
 * @returns waits for the beginning of the network's schedule, at least until `settleMs` after its call,
 * and tells its wall clock, milliseconds since the epoch; throws an Error when it came too late.
 */
export function startNetwork(
  { media, signaling }: Pick<StackNetwork, "media" | "signaling">,
  profile: NetworkProfile,
): (settleMs: number) => Promise<number> {
  const delayed = postponed(profile, START_ALLOWANCE_MS);
  const beginsAtMs = Date.now() + START_ALLOWANCE_MS;
  media.setProfile(delayed, "newcomers");
  signaling.setProfile(delayed, "newcomers");
  return async (settleMs) => {
    await pause(settleMs);
    if (profile.changes.length === 1) return Date.now();
    const waitMs = beginsAtMs - Date.now();
    if (waitMs < 0) throw new Error(`the receiver came ${-waitMs} ms too late for the network`);
    await pause(waitMs);
    return beginsAtMs;
  };
}
