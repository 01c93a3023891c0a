import type { FailingStack } from "../../services/system_tests/failure/failing_stack.ts";
import { parseNetworkProfile } from "../../services/stack/network/network_profile_text.ts";
import { CLEAR_NETWORK } from "../../services/stack/network/network_profile.ts";
import type { PlannedFault } from "./fault_plan.ts";

/** How many meeting controllers, and media handlers, there are to break. */
export const PROCESSES_OF_A_KIND = 2;

/** Has one thing go wrong for as long as planned, and mends it; resolves when it is mended. */
export async function inflict(failing: FailingStack, fault: PlannedFault): Promise<void> {
  const instance = Math.floor(fault.which * PROCESSES_OF_A_KIND);
  const controller = { name: "meeting-controller", instance } as const;
  const wait = () => new Promise((resolve) => setTimeout(resolve, fault.forMs));
  switch (fault.kind) {
    case "meeting controller killed":
      return await killFor(failing, controller, wait);
    case "media handler killed":
      return await killFor(failing, { name: "media-handler", instance }, wait);
    case "global controller killed":
      return await killFor(failing, { name: "global-controller" }, wait);
    case "meeting controller stopped":
      failing.stop(controller);
      await wait();
      return failing.continue(controller);
    case "meeting controller cut off from Redis":
    case "meeting controller cut off from PostgreSQL": {
      const paths = failing.pathsOf(controller);
      const path = fault.kind.endsWith("Redis") ? paths.redis : paths.postgres;
      path.blackhole();
      await wait();
      return path.heal();
    }
    case "Redis restarted empty":
      return await failing.stores.restartRedis();
    case "PostgreSQL crashed":
      return await failing.stores.restartPostgres();
    case "packets to controllers lost":
    case "packets from controllers lost": {
      const { signaling } = failing.stack.network;
      const direction = fault.kind.startsWith("packets to") ? "up" : "down";
      signaling.setProfile(parseNetworkProfile(`${direction} blackout`));
      await wait();
      return signaling.setProfile(CLEAR_NETWORK);
    }
  }
}

async function killFor(
  failing: FailingStack,
  target: Parameters<FailingStack["kill"]>[0],
  wait: () => Promise<unknown>,
): Promise<void> {
  await failing.kill(target);
  await wait();
  await failing.start(target);
}
