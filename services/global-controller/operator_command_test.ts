import assert from "node:assert/strict";
import { OperatorUsageError, parseOperatorCommand } from "./operator_command.ts";

Deno.test("each command is read with what belongs to it", () => {
  const read = (text: string) => parseOperatorCommand(text.split(" "));
  assert.deepEqual(read("organisation create acme Acme --owner-email ada@mail.example"), {
    kind: "organisation create",
    slug: "acme",
    name: "Acme",
    ownerEmail: "ada@mail.example",
  });
  assert.deepEqual(read("organisation invite acme ada@mail.example --role=member"), {
    kind: "organisation invite",
    slug: "acme",
    email: "ada@mail.example",
    role: "member",
  });
  assert.deepEqual(read("organisation quota acme --members 7 --participants default"), {
    kind: "organisation quota",
    slug: "acme",
    quotas: { maxMembers: 7, maxOpenMeetings: undefined, maxParticipants: null },
  });
  assert.deepEqual(read("organisation list"), { kind: "organisation list" });
  assert.deepEqual(read("user disable ada@mail.example"), {
    kind: "user disable",
    email: "ada@mail.example",
  });
  assert.deepEqual(read("user password-link ada@mail.example"), {
    kind: "user password-link",
    email: "ada@mail.example",
  });
  assert.deepEqual(read("client create acme Bot --scopes meetings:read,audit:read"), {
    kind: "client create",
    slug: "acme",
    name: "Bot",
    scopes: ["meetings:read", "audit:read"],
  });
});

Deno.test("whoever is invited by the operator becomes an owner unless told otherwise", () => {
  const command = parseOperatorCommand(["organisation", "invite", "acme", "ada@mail.example"]);
  assert.equal(command.kind === "organisation invite" && command.role, "owner");
});

Deno.test("what is no command is refused with what is wrong about it", () => {
  const wrong: Record<string, RegExp> = {
    "": /which command/,
    "organisation": /no command "organisation"/,
    "organisation rename acme": /no command/,
    "organisation create acme Acme": /--owner-email: missing/,
    "organisation create Acme! Acme --owner-email ada@mail.example": /the slug/,
    "organisation create acme": /see --help/,
    "organisation list acme": /see --help/,
    "organisation list --members 7": /takes no --members/,
    "organisation quota acme": /which one/,
    "organisation quota acme --members 0": /--members/,
    "organisation quota acme --members 1000001": /--members/,
    "organisation quota acme --members 1e3": /--members/,
    "organisation invite acme ada@mail.example --role root": /--role/,
    "user disable ada": /the address/,
    "client create acme Bot": /--scopes: missing/,
    "client create acme Bot --scopes everything": /--scopes/,
    "client create acme Bot --secret x": /--secret/,
  };
  for (const [text, reason] of Object.entries(wrong)) {
    assert.throws(
      () => parseOperatorCommand(text === "" ? [] : text.split(" ")),
      (error) => error instanceof OperatorUsageError && reason.test(error.message),
      text,
    );
  }
});
