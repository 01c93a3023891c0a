import type { FromWorker, ToWorker } from "./protocol.ts";
import { transferredError } from "./transferred_error.ts";
import { WorkerSession } from "./worker_session.ts";

/** The part of DedicatedWorkerGlobalScope that is used; the DOM library types `self` as a window. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  addEventListener(type: "message", listener: (event: MessageEvent<ToWorker>) => void): void;
  addEventListener(
    type: "unhandledrejection",
    listener: (event: PromiseRejectionEvent) => void,
  ): void;
}

const scope: WorkerScope = globalThis as unknown as WorkerScope;
const post = (message: FromWorker) => scope.postMessage(message);
let session: WorkerSession | undefined;

scope.addEventListener("message", ({ data }) => {
  if (data.type === "configure") session = new WorkerSession(data, post);
  else if (data.type === "request") void session?.answer(data);
  else session?.command(data);
});

// An error thrown in the worker reaches the page by itself; a rejection does not.
scope.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  post({ type: "failed", error: transferredError(event.reason) });
});
