import os from "node:os";
import type { Logger } from "./log.ts";

/**
 * Nice value of the regional services: before whatever else the machine does, behind its kernel's own
 * threads. A frame that waits for the processor is late for everyone who watches it, and a meeting
 * controller that waits for it is taken for dead by everyone in its meetings.
 */
const NICE = -10;

/** Asks the system to run this process before others; most let only root do so, which is logged. */
export function raiseProcessPriority(log: Logger): void {
  try {
    os.setPriority(NICE);
  } catch (error) {
    log.info("runs at usual priority", { error });
  }
}
