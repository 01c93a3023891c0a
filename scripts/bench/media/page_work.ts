import type { CDPSession, Page } from "playwright-core";

/** What a page's main thread has done, milliseconds. */
export interface MainThreadWork {
  /** In tasks of every kind: scripts, layout, painting. */
  readonly taskMs: number;
  /** In scripts alone. */
  readonly scriptMs: number;
}

/** Counts what the main thread of a page does (Chrome DevTools Protocol, `Performance`). */
export class PageWork {
  readonly #session: CDPSession;
  readonly #before: MainThreadWork;

  private constructor(session: CDPSession, before: MainThreadWork) {
    this.#session = session;
    this.#before = before;
  }

  /** Begins to count. */
  static async watch(page: Page): Promise<PageWork> {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    return new PageWork(session, await readWork(session));
  }

  /** What has been done since the count began. */
  async done(): Promise<MainThreadWork> {
    const { taskMs, scriptMs } = await readWork(this.#session);
    return { taskMs: taskMs - this.#before.taskMs, scriptMs: scriptMs - this.#before.scriptMs };
  }
}

async function readWork(session: CDPSession): Promise<MainThreadWork> {
  const { metrics } = await session.send("Performance.getMetrics");
  const seconds = (name: string) =>
    metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { taskMs: seconds("TaskDuration") * 1_000, scriptMs: seconds("ScriptDuration") * 1_000 };
}
