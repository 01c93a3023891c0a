import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fetchJoinGrant,
  GrantFormatError,
  parseJoinGrant,
  parseMeetingEndpoints,
} from "./grant.ts";
import { MeetingError } from "./meeting_state.ts";

const HASH = new Uint8Array(32).fill(7);
const ANSWER = {
  meeting_id: "11111111-1111-4111-8111-111111111111",
  meeting_code: "abc-defg-hij",
  display_name: "Weekly",
  participant_id: "22222222-2222-4222-8222-222222222222",
  join_token: "token",
  expires_at: "2026-01-01T00:00:00Z",
  meeting_controller_url: "https://127.0.0.1:4433",
  media_handler_url: "https://127.0.0.1:4434",
  certificate_hashes: [HASH.toBase64()],
  e2e_encryption: true,
  max_participants: 10,
  grants: ["microphone", "chat"],
};

Deno.test("a grant is read as the join call answers it", () => {
  assert.deepEqual(parseJoinGrant(ANSWER), {
    meetingId: ANSWER.meeting_id,
    participantId: ANSWER.participant_id,
    joinToken: "token",
    meetingControllerUrl: "https://127.0.0.1:4433",
    mediaHandlerUrl: "https://127.0.0.1:4434",
    certificateHashes: [HASH],
    e2eEncryption: true,
    meetingCode: "abc-defg-hij",
    displayName: "Weekly",
    grants: ["microphone", "chat"],
  });
});

Deno.test("a media handler may not be known yet, and public certificates need no hashes", () => {
  const { media_handler_url: _, certificate_hashes: __, ...answer } = ANSWER;
  const grant = parseJoinGrant(answer);
  assert.equal(grant.mediaHandlerUrl, undefined);
  assert.deepEqual(grant.certificateHashes, []);
  assert.equal(
    parseMeetingEndpoints({ ...answer, media_handler_url: null }).mediaHandlerUrl,
    undefined,
  );
});

Deno.test("an answer that is no grant is refused", () => {
  const wrong: unknown[] = [
    undefined,
    null,
    [],
    "text",
    {},
    { ...ANSWER, meeting_id: "abc-defg-hij" },
    { ...ANSWER, participant_id: 7 },
    { ...ANSWER, join_token: "" },
    { ...ANSWER, e2e_encryption: "true" },
    { ...ANSWER, e2e_encryption: undefined },
    { ...ANSWER, meeting_controller_url: "http://127.0.0.1:4433" },
    { ...ANSWER, meeting_controller_url: "nowhere" },
    { ...ANSWER, media_handler_url: "javascript:alert(1)" },
    { ...ANSWER, grants: "camera" },
    { ...ANSWER, grants: [7] },
    { ...ANSWER, grants: new Array(33).fill("camera") },
    { ...ANSWER, certificate_hashes: "none" },
    { ...ANSWER, certificate_hashes: ["%%%"] },
    { ...ANSWER, certificate_hashes: [new Uint8Array(31).toBase64()] },
    { ...ANSWER, certificate_hashes: new Array(17).fill(HASH.toBase64()) },
  ];
  for (const json of wrong) assert.throws(() => parseJoinGrant(json), GrantFormatError);
});

Deno.test("any JSON is either a grant or refused with a GrantFormatError", () => {
  const seed = Number(Deno.env.get("DT_SEED")) || undefined;
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record(
      Object.fromEntries(
        Object.entries(ANSWER).map(([name, value]) => [
          name,
          fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>(value) }, fc.jsonValue()),
        ]),
      ),
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(anything, (json) => {
      try {
        parseJoinGrant(json);
      } catch (error) {
        assert.ok(error instanceof GrantFormatError);
      }
    }),
    { numRuns: 2_000, ...(seed === undefined ? {} : { seed }) },
  );
});

async function withServer(
  respond: (request: Request) => Response | Promise<Response>,
  use: (origin: string) => Promise<void>,
): Promise<void> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    respond,
  );
  await use(`http://127.0.0.1:${server.addr.port}`);
}

Deno.test("the join call posts the name and reads the grant", async () => {
  let asked: unknown;
  await withServer(async (request) => {
    asked = [request.method, new URL(request.url).pathname, await request.json()];
    return Response.json(ANSWER);
  }, async (origin) => {
    const grant = await fetchJoinGrant(origin, "abc-defg-hij", { name: "Ada" });
    assert.equal(grant.joinToken, "token");
    assert.deepEqual(asked, [
      "POST",
      "/api/v1/meetings/abc-defg-hij/join",
      { participant_name: "Ada" },
    ]);
  });
});

Deno.test("the join call shows token, passcode and guest link", async () => {
  let asked: unknown;
  await withServer(async (request) => {
    asked = [request.headers.get("authorization"), await request.json()];
    return Response.json(ANSWER);
  }, async (origin) => {
    const shown = { accessToken: "t0ken", passcode: "1234", guestSecret: "s3cret" };
    await fetchJoinGrant(origin, "abc-defg-hij", shown);
    assert.deepEqual(asked, ["Bearer t0ken", { passcode: "1234", guest_link: "s3cret" }]);
  });
});

Deno.test("after too many wrong passcodes it is told how long to wait", async () => {
  const headers = { "Retry-After": "30" };
  const error = { code: "RATE_LIMITED", message: "too many" };
  await withServer(() => Response.json({ error }, { status: 429, headers }), async (origin) => {
    const joining = fetchJoinGrant(origin, "abc-defg-hij", { passcode: "1234" });
    await assert.rejects(joining, (thrown) => {
      assert.ok(thrown instanceof MeetingError);
      assert.deepEqual([thrown.reason, thrown.retryAfterMs], ["too-many-tries", 30_000]);
      return true;
    });
  });
});

Deno.test("a token that is refused is no reason to sign in", async () => {
  const error = { code: "UNAUTHORIZED", message: "expired" };
  await withServer(() => Response.json({ error }, { status: 401 }), async (origin) => {
    const joining = fetchJoinGrant(origin, "abc-defg-hij", { accessToken: "old" });
    await assert.rejects(joining, { reason: "not-allowed" });
  });
});

Deno.test("a refused join call says why in the meeting's words", async () => {
  const cases: [number, string, string | undefined][] = [
    [404, "MEETING_NOT_FOUND", "meeting-not-found"],
    [410, "MEETING_ENDED", "meeting-ended"],
    [401, "UNAUTHORIZED", "sign-in-required"],
    [403, "FORBIDDEN", "not-allowed"],
    [403, "PASSCODE_REQUIRED", "passcode-required"],
    [403, "PASSCODE_WRONG", "passcode-wrong"],
    [403, "MEETING_LOCKED", "meeting-locked"],
    [403, "BANNED", "banned"],
    [403, "GUEST_LINK_INVALID", "guest-link-invalid"],
    [429, "RATE_LIMITED", undefined],
    [400, "INVALID_REQUEST", "protocol"],
    [503, "SERVICE_UNAVAILABLE", undefined],
  ];
  for (const [status, code, reason] of cases) {
    await withServer(
      () => Response.json({ error: { code, message: "because" } }, { status }),
      async (origin) => {
        await assert.rejects(fetchJoinGrant(origin, "abc-defg-hij"), (error) => {
          assert.ok(error instanceof Error);
          assert.equal(error.message, "because");
          return (error instanceof MeetingError ? error.reason : undefined) === reason;
        });
      },
    );
  }
});

Deno.test("a join call answered with garbage is no grant", async () => {
  await withServer(() => new Response("<html>"), async (origin) => {
    await assert.rejects(fetchJoinGrant(origin, "abc-defg-hij"), GrantFormatError);
  });
  await withServer(() => new Response("<html>", { status: 502 }), async (origin) => {
    await assert.rejects(fetchJoinGrant(origin, "abc-defg-hij"), /502/);
  });
});
