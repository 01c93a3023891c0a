import assert from "node:assert/strict";
import { MeetingActionError } from "../../../core/meeting/meeting_actions.ts";
import { MeetingError } from "../../../core/meeting/meeting_state.ts";
import { receivedError, transferredError, WorkerRequestError } from "./transferred_error.ts";

/** As the browser passes it between worker and page. */
const crossed = (thrown: unknown) => receivedError(structuredClone(transferredError(thrown)));

Deno.test("the errors of a meeting keep their kind and reason", () => {
  const failed = crossed(new MeetingError("banned", "not again"));
  assert.ok(failed instanceof MeetingError);
  assert.equal(failed.reason, "banned");
  const refused = crossed(new MeetingActionError("not-allowed", "hosts only"));
  assert.ok(refused instanceof MeetingActionError);
  assert.equal(refused.reason, "not-allowed");
});

Deno.test("any other error keeps its name and words", () => {
  const error = crossed(new RangeError("too many cameras"));
  assert.ok(error instanceof WorkerRequestError);
  assert.deepEqual([error.name, error.message], ["RangeError", "too many cameras"]);
});
