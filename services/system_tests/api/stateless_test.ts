import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../stack/stack.ts";
import { TextLineStream } from "../../stack/text_line_stream.ts";
import { Guest } from "../guest.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { RoundRobin } from "./round_robin.ts";

const LISTENING = /Listening on http:\/\/127\.0\.0\.1:(\d+)/;
/** What the process may do: no file is written, and no program run. */
const PERMISSIONS = ["--allow-net", "--allow-env", "--allow-sys", `--allow-read=${ROOT}`];
const LIMIT = 40;

/** The global controller as a platform runs it that owns the socket. */
class ServedController implements AsyncDisposable {
  private constructor(
    readonly port: number,
    readonly lines: readonly string[],
    readonly child: Deno.ChildProcess,
    readonly output: Promise<void>,
  ) {}

  /** @param settings all that it is told. */
  static async start(settings: Record<string, string>): Promise<ServedController> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["serve", "--no-check", "--no-prompt", ...PERMISSIONS],
        ...["--host", "127.0.0.1", "--port", "0"],
        join(ROOT, "services/global-controller/deploy.ts"),
      ],
      cwd: ROOT,
      clearEnv: true,
      env: { ...processEnvironment(), ...settings },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const lines: string[] = [];
    const port = Promise.withResolvers<number>();
    const read = async (stream: ReadableStream<Uint8Array>) => {
      const text = stream.pipeThrough(
        new TextDecoderStream() as TransformStream<Uint8Array, string>,
      );
      for await (const line of text.pipeThrough(new TextLineStream())) {
        lines.push(line);
        const found = LISTENING.exec(line)?.[1];
        if (found !== undefined) port.resolve(Number(found));
      }
    };
    const output = Promise.all([read(child.stdout), read(child.stderr)]).then(() => {
      port.reject(new Error(`it ended:\n${lines.join("\n")}`));
    });
    return new ServedController(await port.promise, lines, child, output);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // As a platform ends one, without a word.
    this.child.kill("SIGKILL");
    await Promise.all([this.child.status, this.output]);
  }
}

/** What Deno itself needs to start. */
function processEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "TMPDIR"];
  return Object.fromEntries(
    names.map((name) => [name, Deno.env.get(name) ?? ""]).filter(([, value]) => value !== ""),
  );
}

Deno.test("two controllers without any state of their own are one to their callers", async (t) => {
  await using running = await startTemporaryStack({
    env: { DT_RATE_LIMIT_PER_MINUTE: String(LIMIT) },
  });
  const { stack } = running;
  const settings = {
    ...stack.environment("global-controller"),
    DT_PUBLIC_URL: "https://meet.example",
    DT_TRUSTED_PROXIES: "127.0.0.1",
  };
  await using first = await ServedController.start(settings);
  await using second = await ServedController.start(settings);
  await using balancer = new RoundRobin([first.port, second.port]);
  // A connection for each request, so that each goes to the other instance.
  using http = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const url = `http://127.0.0.1:${balancer.port}`;
  let visitors = 0;
  const newVisitor = () => `203.0.113.${++visitors}`;
  const call = async (
    method: string,
    path: string,
    options: { body?: unknown; token?: string; visitor?: string } = {},
  ) => {
    const response = await fetch(`${url}${path}`, {
      method,
      client: http,
      headers: {
        "x-forwarded-for": options.visitor ?? newVisitor(),
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  await t.step("each is well, from environment variables alone", async () => {
    for (let instance = 0; instance < 2; instance++) {
      const { status, text } = await call("GET", "/api/v1/health");
      assert.equal(status, 200, text);
    }
    assert.deepEqual(balancer.connections, [1, 1]);
  });

  await t.step("both log as services do", () => {
    for (const { lines } of [first, second]) {
      const events = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
      assert.ok(events.length > 0, lines.join("\n"));
      assert.ok(events.every(({ component }) => component === "global-controller"));
    }
  });

  await t.step(
    "what one creates, the other has joined, and its page is shown by both",
    async () => {
      const created = await call("POST", "/api/v1/meetings", { body: {} });
      assert.equal(created.status, 201, created.text);
      const { meeting_code: code, meeting_url: meetingUrl } = JSON.parse(created.text);
      assert.equal(meetingUrl, `https://meet.example/m/${code}`);
      const before = [...balancer.connections];
      await using ada = new Guest(url, code);
      await using bob = new Guest(url, code);
      await ada.join("Ada");
      await bob.join("Bob");
      await ada.until("Ada sees Bob", () => ada.participant("Bob") !== undefined);
      for (let instance = 0; instance < 2; instance++) {
        const page = await call("GET", `/m/${code}`);
        assert.equal(page.status, 200);
        assert.match(page.text, /Join now/);
      }
      assert.ok(balancer.connections.every((count, index) => count > before[index]!));
    },
  );

  await t.step("an access token of one opens the other", async () => {
    const { clientId, clientSecret } = stack.secrets;
    const granted = await call("POST", "/api/v1/auth/token", {
      body: { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret },
    });
    assert.equal(granted.status, 200, granted.text);
    const token = JSON.parse(granted.text).access_token;
    for (let instance = 0; instance < 2; instance++) {
      assert.equal((await call("GET", "/api/v1/meetings", { token })).status, 200);
    }
  });

  await t.step("a caller's requests count once over both, whatever it claims", async () => {
    const before = [...balancer.connections];
    const visitor = newVisitor();
    const answers = await Promise.all(
      Array.from({ length: 2 * LIMIT }, (_, index) =>
        // The nearest hop is the proxy's word; what stands before it the caller wrote itself.
        call("GET", "/api/v1/regions", { visitor: `198.51.100.${index}, ${visitor}` })),
    );
    const allowed = answers.filter(({ status }) => status === 200);
    assert.equal(allowed.length, LIMIT, answers.map(({ status }) => status).join(" "));
    assert.ok(
      answers.filter(({ status }) => status === 429).every(({ headers }) => {
        const seconds = Number(headers.get("retry-after"));
        return seconds >= 1 && seconds <= 60 && headers.get("x-ratelimit-remaining") === "0";
      }),
    );
    assert.equal(
      new Set(allowed.map(({ headers }) => headers.get("x-ratelimit-remaining"))).size,
      LIMIT,
    );
    assert.deepEqual(balancer.connections.map((count, index) => count - before[index]!), [
      LIMIT,
      LIMIT,
    ]);
  });
});
