import assert from "node:assert/strict";
import {
  newRoomValues,
  readRoomValues,
  roomProblems,
  slugOf,
  writeRoomValues,
} from "./room_form.ts";

const WORDS = {
  nameMissing: "name",
  slugInvalid: "slug",
  passcodeShort: "short",
  participantsInvalid: "invalid",
};

Deno.test("a name in the link is made of the room's name", () => {
  assert.equal(slugOf("Team Stand-up"), "team-stand-up");
  assert.equal(slugOf("  Größe & Café! "), "gro-e-cafe");
  assert.equal(slugOf("会議"), "");
  assert.equal(slugOf(`${"a".repeat(62)} b`), "a".repeat(62));
});

Deno.test("name and link are required", () => {
  const problems = roomProblems(newRoomValues(), WORDS);
  assert.deepEqual([problems.display_name, problems.slug], ["name", "slug"]);
  for (const slug of ["-a", "a--b", "A", "a b"]) {
    assert.equal(roomProblems({ ...newRoomValues(), slug }, WORDS).slug, "slug", slug);
  }
});

Deno.test("a room survives the way from the API and back", () => {
  const configuration = {
    description: "Daily",
    max_participants: 12,
    settings: {
      enable_e2e_encryption: true,
      require_auth: false,
      recording_enabled: false,
      lobby_enabled: true,
      default_grants: ["microphone"],
    },
    has_passcode: true,
    guests_may_open: true,
  } as const;
  const values = readRoomValues({
    room_id: "r",
    slug: "standup",
    display_name: "Stand-up",
    owner_user_id: null,
    configuration,
    created_at: "",
    updated_at: "",
  });
  assert.deepEqual(writeRoomValues(values), {
    display_name: "Stand-up",
    slug: "standup",
    configuration: {
      description: "Daily",
      guests_may_open: true,
      max_participants: 12,
      settings: {
        enable_e2e_encryption: true,
        require_auth: false,
        lobby_enabled: true,
        default_grants: ["microphone"],
      },
    },
  });
});
