import type { Evidence } from "./evidence.ts";

/** By how much memory, descriptors and keys may differ after a recovery. */
export const RESOURCE_TOLERANCE = 0.1;

/** Actions that are not in the audit log once, and a chain that is broken. */
export function wrongAudit({ audit }: Evidence): string[] {
  if (audit === undefined) return [];
  const wrong = audit.actions.filter(({ entries }) => entries !== 1)
    .map(({ actionId, entries }) => `${actionId} is in the audit log ${entries} times`);
  return audit.chainFault === undefined ? wrong : [...wrong, audit.chainFault];
}

/** What is used more than before the faults. */
export function grownResources({ resources }: Evidence): string[] {
  if (resources === undefined) return [];
  const kinds = ["memoryBytes", "descriptors", "redisKeys"] as const;
  return resources.after.flatMap((after) => {
    const before = resources.before.find((one) => one.of === after.of);
    if (before === undefined) return [`${after.of} was not measured before`];
    return kinds.flatMap((kind) =>
      after[kind] <= before[kind] * (1 + RESOURCE_TOLERANCE)
        ? []
        : [`${after.of}: ${kind} were ${before[kind]}, and are ${after[kind]}`]
    );
  });
}
