import assert from "node:assert/strict";
import { createTestCertificate } from "../testing/test_certificate.ts";
import { startTestReceiver } from "../testing/test_receiver.ts";
import { postSafely, type SafeFetchOptions } from "./safe_fetch.ts";

const LOOPBACK = "127.0.0.1";
const PUBLIC = "93.184.215.14";
const message = { headers: { "content-type": "application/json" }, body: '{"a":"ä"}' };

/** A server that answers with bytes of its own, so that it can be rude. */
function startRudeReceiver(talk: (connection: Deno.TcpConn) => Promise<void>) {
  const listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const talks: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      talks.push(
        talk(connection).catch(() => {}).finally(() => {
          try {
            connection.close();
          } catch { /* it is closed already */ }
        }),
      );
    }
  })();
  return {
    url: `http://${LOOPBACK}:${(listener.addr as Deno.NetAddr).port}/`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(talks);
    },
  };
}

const privately: SafeFetchOptions = { allowPrivate: true };
const publicly: SafeFetchOptions = {
  allowPrivate: false,
  resolve: () => Promise.reject(new Error("no name is looked up here")),
};

Deno.test("a message reaches its receiver", async () => {
  await using receiver = startTestReceiver();
  const outcome = await postSafely(`${receiver.url}?q=1`, message, privately);
  assert.deepEqual({ ...outcome, durationMs: 0 }, {
    durationMs: 0,
    responseStatus: 200,
    failure: null,
  });
  const [request, ...others] = receiver.requests;
  assert.deepEqual(others, []);
  assert.equal(request!.url, `${receiver.url}?q=1`);
  assert.equal(request!.headers.get("host"), `${LOOPBACK}:${receiver.port}`);
  assert.equal(request!.body, '{"a":"ä"}');
});

Deno.test("a name is resolved once and its certificate checked for that name", async () => {
  const certificate = await createTestCertificate("hooks.example");
  await using receiver = startTestReceiver(undefined, certificate);
  const asked: string[] = [];
  const options: SafeFetchOptions = {
    allowPrivate: true,
    trustedCertificates: certificate.cert,
    resolve: (name) => {
      asked.push(name);
      return Promise.resolve([LOOPBACK]);
    },
  };
  const good = await postSafely(`https://hooks.example:${receiver.port}/`, message, options);
  assert.deepEqual([good.responseStatus, good.failure], [200, null]);
  assert.deepEqual(asked, ["hooks.example"]);
  assert.equal(receiver.requests[0]!.headers.get("host"), `hooks.example:${receiver.port}`);
  const other = await postSafely(`https://other.example:${receiver.port}/`, message, options);
  assert.equal(other.failure, "tls_failed");
  const untrusted = { ...options, trustedCertificates: undefined };
  const unknown = await postSafely(`https://hooks.example:${receiver.port}/`, message, untrusted);
  assert.equal(unknown.failure, "tls_failed");
  assert.equal(receiver.requests.length, 1);
});

Deno.test("private addresses in a URL are refused without a connection", async () => {
  await using receiver = startTestReceiver();
  const hosts = [
    LOOPBACK,
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "[64:ff9b::a9fe:a9fe]",
  ];
  for (const host of hosts) {
    const outcome = await postSafely(`https://${host}:${receiver.port}/`, message, publicly);
    assert.deepEqual([outcome.responseStatus, outcome.failure], [null, "address_refused"], host);
  }
  assert.equal((await postSafely(receiver.url, message, publicly)).failure, "address_refused");
  assert.equal(receiver.requests.length, 0);
});

Deno.test("a name with any address that is not public is refused", async () => {
  await using receiver = startTestReceiver();
  const answers = [
    [LOOPBACK],
    ["169.254.169.254"],
    ["::ffff:10.0.0.1"],
    [PUBLIC, LOOPBACK],
    [PUBLIC, "fd00::1"],
    ["no address"],
    Array<string>(1_000).fill(PUBLIC),
  ];
  for (const answer of answers) {
    const options = { ...publicly, resolve: () => Promise.resolve(answer) };
    const outcome = await postSafely(`https://h.example:${receiver.port}/`, message, options);
    assert.equal(outcome.failure, "address_refused", String(answer.slice(0, 2)));
  }
  assert.equal(receiver.requests.length, 0);
});

Deno.test("a name that changes after its check changes nothing: it is not asked again", async () => {
  await using receiver = startTestReceiver();
  const answers = [[LOOPBACK], ["127.0.0.2"], ["127.0.0.2"]];
  let asked = 0;
  const rebinding = { ...privately, resolve: () => Promise.resolve(answers[asked++] ?? []) };
  const url = `http://rebind.example:${receiver.port}/`;
  assert.equal((await postSafely(url, message, rebinding)).failure, null);
  assert.equal(asked, 1);
  assert.equal(receiver.requests.length, 1);
});

Deno.test("a redirect is not followed", async () => {
  await using inner = startTestReceiver();
  await using receiver = startTestReceiver(() => Response.redirect(inner.url, 307));
  const outcome = await postSafely(receiver.url, message, privately);
  assert.deepEqual([outcome.responseStatus, outcome.failure], [307, "redirect"]);
  assert.equal(inner.requests.length, 0);
});

Deno.test("any status but 2xx is a failure", async () => {
  for (
    const [status, failure] of [[204, null], [400, "unsuccessful_status"], [
      503,
      "unsuccessful_status",
    ]] as const
  ) {
    await using receiver = startTestReceiver(() => new Response(null, { status }));
    const outcome = await postSafely(receiver.url, message, privately);
    assert.deepEqual([outcome.responseStatus, outcome.failure], [status, failure]);
  }
});

Deno.test("a receiver that is not there, and a name that is not, are told apart", async () => {
  const url = await (async () => {
    await using receiver = startTestReceiver();
    return receiver.url;
  })();
  assert.equal((await postSafely(url, message, privately)).failure, "connection_failed");
  const nowhere = { ...privately, resolve: () => Promise.reject(new Error("ENOTFOUND")) };
  const outcome = await postSafely("https://nowhere.example/", message, nowhere);
  assert.equal(outcome.failure, "name_not_found");
});

Deno.test("whoever does not answer in time is given up", async () => {
  const hurried = { ...privately, deadlineMs: 100 };
  await using silent = startRudeReceiver(async (connection) => {
    while (await connection.read(new Uint8Array(1_024)) !== null);
  });
  const outcome = await postSafely(silent.url, message, hurried);
  assert.deepEqual([outcome.responseStatus, outcome.failure], [null, "timeout"]);
  assert.ok(outcome.durationMs < 2_000);
  const unresolved = { ...hurried, resolve: () => new Promise<never>(() => {}) };
  assert.equal((await postSafely("https://slow.example/", message, unresolved)).failure, "timeout");
});

Deno.test("an endless answer is cut off, and endless headers are too", async () => {
  const endless = (start: string, piece: string) => async (connection: Deno.TcpConn) => {
    const encoder = new TextEncoder();
    await connection.write(encoder.encode(start));
    for (;;) await connection.write(encoder.encode(piece));
  };
  await using body = startRudeReceiver(
    endless("HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n", "x".repeat(1_024)),
  );
  const read = await postSafely(body.url, message, { ...privately, deadlineMs: 2_000 });
  assert.deepEqual([read.responseStatus, read.failure], [200, null]);
  assert.ok(read.durationMs < 1_500);
  await using headers = startRudeReceiver(endless("HTTP/1.1 200 OK\r\n", "x: y\r\n".repeat(100)));
  const cut = await postSafely(headers.url, message, { ...privately, deadlineMs: 500 });
  assert.equal(cut.responseStatus, null);
});

Deno.test("what is no HTTP is a failed connection", async () => {
  await using receiver = startRudeReceiver(async (connection) => {
    await connection.write(new TextEncoder().encode("SSH-2.0-OpenSSH_9.6\r\n"));
    await connection.read(new Uint8Array(1_024));
  });
  const outcome = await postSafely(receiver.url, message, { ...privately, deadlineMs: 1_000 });
  assert.deepEqual([outcome.responseStatus, outcome.failure], [null, "connection_failed"]);
});

Deno.test("an aborted request rejects", async () => {
  await using silent = startRudeReceiver(async (connection) => {
    while (await connection.read(new Uint8Array(1_024)) !== null);
  });
  const stop = new AbortController();
  const posting = postSafely(silent.url, message, privately, stop.signal);
  stop.abort();
  await assert.rejects(posting, { name: "AbortError" });
});
