import assert from "node:assert/strict";
import { ROOT } from "../../stack/stack.ts";
import { TextLineStream } from "../../stack/text_line_stream.ts";
import { BrowserParticipant } from "../browser/participant.ts";
import { eventually } from "../eventually.ts";
import { makeTemporaryDirectory } from "../../../db/temporary_directory.ts";

const READY = /^Dark Tower is ready: (http:\/\/localhost:\d+)$/;
const START_WITHIN_MS = 120_000;
const END_WITHIN_MS = 10_000;

/** `deno task dev` as a person would start it, but on free ports and with data of its own. */
class DevCommand implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #dataDirectory: string;

  constructor(dataDirectory: string, flags: readonly string[]) {
    this.#dataDirectory = dataDirectory;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "dev", "--data", dataDirectory, ...flags],
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const streams = [
      collect(this.#child.stdout, this.lines),
      collect(this.#child.stderr, this.errors),
    ];
    this.status = this.#child.status.then(async (status) => {
      await Promise.all(streams);
      return status;
    });
  }

  async url(): Promise<string> {
    return await eventually("dev is ready", START_WITHIN_MS, () => {
      if (this.errors.length > 0) throw new Error(this.errors.join("\n"));
      return this.lines.map((line) => READY.exec(line)?.[1]).find((url) => url !== undefined);
    });
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended.
    }
    await this.status;
    await Deno.remove(this.#dataDirectory, { recursive: true });
  }
}

async function collect(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const text = stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>);
  for await (const line of text.pipeThrough(new TextLineStream())) lines.push(line);
}

async function startDev(...flags: string[]): Promise<DevCommand> {
  return new DevCommand(await makeTemporaryDirectory(), flags);
}

/** Processes whose parent is `pid`, and theirs. */
async function descendants(pid: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    try {
      const stat = await Deno.readTextFile(`/proc/${entry.name}/stat`);
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      children.set(parent, [...children.get(parent) ?? [], Number(entry.name)]);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // It ended meanwhile.
    }
  }
  const below = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

async function isRunning(pid: number): Promise<boolean> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    return !stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}

const FREE_PORTS = ["--port", "0", "--meeting-controller-port", "0", "--media-handler-port", "0"];

Deno.test("deno task dev serves pages and API, and its end ends every process it started", async (t) => {
  await using dev = await startDev(...FREE_PORTS);
  const url = await dev.url();

  await t.step("the home page is rendered on the server", async () => {
    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /New meeting/);
  });

  await t.step("the API creates a meeting that has a page", async () => {
    const created = await fetch(`${url}/api/v1/meetings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ display_name: "Dev" }),
    });
    assert.equal(created.status, 201);
    const { meeting_code: code } = await created.json();
    const page = await fetch(`${url}/m/${code}`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /Join now/);
  });

  await t.step("a browser meets there, on pages that the development server compiles", async () => {
    await using ada = await BrowserParticipant.start("Ada", 0);
    await ada.page.goto(url);
    await ada.press("New meeting");
    await ada.page.waitForURL(/\/m\/[a-z-]+$/);
    await ada.join(ada.page.url());
    await using bob = await BrowserParticipant.start("Bob", 1);
    await bob.join(ada.page.url());
    await Promise.all([bob.sees(ada), bob.hears(ada), ada.sees(bob), ada.hears(bob)]);
    assert.deepEqual([ada.errors, bob.errors], [[], []]);
  });

  await t.step("pages reload as they are edited: the reload socket is forwarded", async () => {
    const client = await (await fetch(`${url}/@vite/client`)).text();
    const token = /wsToken = "([^"]+)"/.exec(client)?.[1];
    const socket = new WebSocket(`${url.replace("http", "ws")}/?token=${token}`, "vite-hmr");
    const first = await new Promise<string>((resolve, reject) => {
      socket.onmessage = ({ data }) => resolve(String(data));
      socket.onerror = () => reject(new Error("the reload socket failed"));
    });
    assert.equal(JSON.parse(first).type, "connected");
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  });

  await t.step("SIGINT ends it and all that it started", async () => {
    const own = await descendants(Deno.pid);
    assert.ok(own.length >= 5, `only ${own.length} processes`);
    dev.kill("SIGINT");
    const status = await dev.status;
    assert.equal(status.signal, null);
    assert.equal(status.code, 0);
    await eventually("all processes have ended", END_WITHIN_MS, async () => {
      const running = await Promise.all(own.map(isRunning));
      return running.every((is) => !is);
    });
  });
});

Deno.test("without Redis the log says once that in-process stores serve", async () => {
  await using dev = await startDev(...FREE_PORTS, "--no-redis", "--pages", "build");
  await dev.url();
  const mentions = dev.lines.filter((line) => /in-process stores serve/.test(line));
  for (const service of ["global-controller", "meeting-controller"]) {
    assert.equal(mentions.filter((line) => line.includes(service)).length, 1, service);
  }
});

Deno.test("several regions run side by side, and the last lines say which is where", async () => {
  const regions = ["us-west-1", "eu-west-1"];
  await using dev = await startDev(...FREE_PORTS, "--regions", regions.join(), "--pages", "build");
  const url = await dev.url();
  for (const region of regions) {
    const line = dev.lines.find((text) => text.startsWith(`Region ${region}: `));
    const [, signaling] = /signaling (https:\S+), media https:/.exec(line ?? "") ?? [];
    const created = await fetch(`${url}/api/v1/meetings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ region }),
    });
    assert.equal(created.status, 201);
    assert.equal((await created.json()).meeting_controller_url, signaling);
  }
});

Deno.test("a taken port is a one-line reason and an end", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using dev = await startDev("--port", String(taken.addr.port));
  const status = await dev.status;
  assert.equal(status.code, 1);
  assert.deepEqual(dev.errors, [
    `port ${taken.addr.port} (TCP) is taken; choose another with --port PORT`,
  ]);
});
