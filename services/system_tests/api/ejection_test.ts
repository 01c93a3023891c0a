import assert from "node:assert/strict";
import { type JoinGrant, parseJoinGrant } from "../../../client/core/meeting/grant.ts";
import { MeetingError } from "../../../client/core/meeting/meeting_state.ts";
import { SignalingError } from "../../../client/core/signaling/signaling_error.ts";
import { CloseCode } from "../../../client/core/transport/webtransport_session.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { openWebTransport } from "../../runtime/webtransport/client.ts";
import type { Stack } from "../../stack/stack.ts";
import { Attacker, closeCodeOf } from "../bad_input/attacker.ts";
import { eventually } from "../eventually.ts";
import { camera, HeadlessClient, microphone } from "../headless_client.ts";
import { startTemporaryStack } from "../temporary_stack.ts";

/** How long somebody who is put out may still be there, milliseconds. */
const EJECTION_LIMIT_MS = 2_000;
/** How long reports may take to the record of who was there, milliseconds. */
const REPORT_LIMIT_MS = 5_000;

/** A backend that admits its own users to one meeting of its own. */
class Backend {
  private constructor(
    readonly url: string,
    private readonly accessToken: string,
    readonly code: string,
  ) {}

  static async withMeeting({ url, secrets }: Stack): Promise<Backend> {
    const post = async (path: string, body: unknown, headers: HeadersInit = {}) => {
      const response = await fetch(`${url}/api/v1${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      assert.ok(response.ok, text);
      return JSON.parse(text);
    };
    const { access_token: token } = await post("/auth/token", {
      grant_type: "client_credentials",
      client_id: secrets.clientId,
      client_secret: secrets.clientSecret,
    });
    const headers = { authorization: `Bearer ${token}` };
    const { meeting_code: code } = await post("/meetings", { display_name: "Weekly" }, headers);
    return new Backend(url, token, code);
  }

  async call(method: string, path: string, body?: unknown) {
    const response = await fetch(`${this.url}/api/v1/meetings/${this.code}/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.accessToken}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text && JSON.parse(text) };
  }

  /** The right of one person to join once. */
  async admit(
    wishes: { grants?: string[]; participant_name?: string; user_reference?: string } = {},
  ): Promise<{ grant: JoinGrant; tokenId: string; participantId: string }> {
    const { status, body } = await this.call("POST", "tokens", wishes);
    assert.equal(status, 201);
    return {
      grant: parseJoinGrant(body),
      tokenId: body.token_id,
      participantId: body.participant_id,
    };
  }
}

/** A client that has this one right to join and never gets another. */
function clientWith(grant: JoinGrant): HeadlessClient {
  return new HeadlessClient({
    connect: openWebTransport,
    fetchGrant: () => Promise.resolve(grant),
  });
}

async function isRefused(grant: JoinGrant): Promise<void> {
  await using client = clientWith(grant);
  await assert.rejects(
    client.meeting.join({ name: "Again", streams: [] }),
    (error) => error instanceof MeetingError && error.reason === "not-allowed",
  );
}

Deno.test("a backend lets people in with what they may send, and puts them out", async (t) => {
  await using running = await startTemporaryStack();
  const { stack } = running;
  const backend = await Backend.withMeeting(stack);
  const ada = await backend.admit({ participant_name: "Dr. Ada", user_reference: "crm-17" });
  await using host = clientWith(ada.grant);
  const adaCamera = camera();
  await host.join("somebody", [adaCamera]);

  await t.step("who may not send a camera cannot, alone learns of it, and stays", async () => {
    const { grant } = await backend.admit({ grants: ["microphone"] });
    await using bob = clientWith(grant);
    const bobMicrophone = microphone();
    await bob.join("Bob", [bobMicrophone]);
    assert.deepEqual(bob.state.participants.map(({ name }) => name), ["Dr. Ada"]);
    await assert.rejects(
      bob.meeting.publish(camera()),
      (error) => error instanceof SignalingError && error.code === ErrorCode.FORBIDDEN,
    );
    await bob.sendUntil(
      bobMicrophone.streamId,
      "Ada hears Bob",
      () => host.framesOf(bobMicrophone.streamId).length > 3,
    );
    assert.equal(host.participant("Bob")?.streams.length, 1);
  });

  await t.step("a revoked token ejects who came in with it, and the others stay", async () => {
    const { grant, tokenId } = await backend.admit();
    await using bob = clientWith(grant);
    await bob.join("Robert");
    await host.sendUntil(
      adaCamera.streamId,
      "Robert sees Ada",
      () => bob.framesOf(adaCamera.streamId).length > 3,
    );
    assert.equal((await backend.call("DELETE", `tokens/${tokenId}`)).status, 204);
    await bob.until("Robert is out", () => bob.state.phase === "failed", EJECTION_LIMIT_MS);
    assert.equal(bob.state.error?.reason, "removed");
    await host.until(
      "Ada sees him gone",
      () => host.participant("Robert") === undefined,
      EJECTION_LIMIT_MS,
    );
    assert.equal(host.state.phase, "joined");
    await isRefused(grant);
  });

  await t.step("a revoked token that was not used lets nobody in", async () => {
    const { grant, tokenId } = await backend.admit();
    assert.equal((await backend.call("DELETE", `tokens/${tokenId}`)).status, 204);
    await isRefused(grant);
  });

  await t.step("an ejected participant does not come back with the same token", async () => {
    const { grant, participantId } = await backend.admit();
    await using cleo = clientWith(grant);
    await cleo.join("Cleo");
    assert.equal((await backend.call("DELETE", `participants/${participantId}`)).status, 204);
    await cleo.until("Cleo is out", () => cleo.state.phase === "failed", EJECTION_LIMIT_MS);
    assert.equal(cleo.state.error?.reason, "removed");
    await isRefused(grant);
    assert.equal(host.state.phase, "joined");
  });

  await t.step("attendance tells who was there, and why they left", async () => {
    await eventually("all departures are reported", REPORT_LIMIT_MS, async () => {
      const { body } = await backend.call("GET", "participants?present=false");
      return body.participants.length === 3;
    });
    const { body: { sessions } } = await backend.call("GET", "sessions");
    assert.deepEqual([sessions.length, sessions[0].ended_at, sessions[0].peak_participants], [
      1,
      null,
      2,
    ]);
    const { body: { attendance } } = await backend.call(
      "GET",
      `sessions/${sessions[0].session_id}`,
    );
    const shown = attendance.map((one: Record<string, unknown>) => [
      one.name,
      one.user_reference,
      one.leave_reason,
    ]);
    assert.deepEqual(shown, [
      ["Cleo", null, "kicked"],
      ["Robert", null, "kicked"],
      ["Bob", null, "voluntary"],
      ["Dr. Ada", "crm-17", null],
    ]);
  });

  await t.step("one join token used a hundred times at once lets in one", async () => {
    using attacker = new Attacker(stack.url, backend.code);
    const { grant } = await backend.admit();
    const attempts = await Promise.allSettled(Array.from({ length: 100 }, async () => {
      const client = await attacker.signaling(grant);
      const answer = client.ask(await attacker.joinRequest(grant));
      // A connection beyond what one address may have is closed without an answer.
      const closed = client.closed.then(() => ({ case: "closed" as const }));
      return (await Promise.race([answer, closed])).case;
    }));
    const joined = attempts.filter((one) =>
      one.status === "fulfilled" && one.value === "joinResponse"
    );
    assert.equal(joined.length, 1);
  });

  await t.step("neither kind of token passes for the other", async () => {
    using attacker = new Attacker(stack.url, backend.code);
    const { grant } = await backend.admit();
    const media = await attacker.media(grant);
    await media.send({
      case: "authenticate",
      value: { connectionToken: grant.joinToken },
    });
    assert.equal(await closeCodeOf(media.session), CloseCode.unauthorized);
    const { connectionToken } = await attacker.intrude();
    const signaling = await attacker.signaling(grant);
    const swapped = { ...grant, joinToken: connectionToken };
    const refused = await signaling.refused(await attacker.joinRequest(swapped));
    assert.equal(refused, ErrorCode.UNAUTHORIZED);
  });
});
