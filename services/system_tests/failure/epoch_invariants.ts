import { entriesOf, type Evidence } from "./evidence.ts";

/** An epoch that a client saw after a higher one. */
export function fallenEpochs({ journals }: Evidence): string[] {
  return journals.flatMap((journal) => {
    const highest = new Map<string, bigint>();
    return entriesOf(journal, "epoch").flatMap(({ meetingId, epoch }) => {
      const before = highest.get(meetingId) ?? 0n;
      if (epoch < before) return [`${journal.person} saw epoch ${epoch} after ${before}`];
      highest.set(meetingId, epoch);
      return [];
    });
  });
}

/** An epoch under which two processes said that they own the meeting. */
export function sharedEpochs({ events }: Evidence): string[] {
  const owners = new Map<string, string>();
  return events.flatMap(({ message, meetingId, metadata, process }) => {
    if (message !== "meeting owned") return [];
    const key = `${meetingId} ${metadata.epoch}`;
    const owner = owners.get(key) ?? process;
    owners.set(key, owner);
    if (owner === process) return [];
    return [`epoch ${metadata.epoch} of ${meetingId} is ${owner}'s and ${process}'s`];
  });
}
