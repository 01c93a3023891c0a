import type { WorkerRequest } from "./protocol.ts";

/** Lets what the page asks for be done in its order, one at a time, but for what cannot wait. */
export class RequestOrder {
  readonly #inLobby: () => boolean;
  #last: Promise<unknown> = Promise.resolve();

  /** `inLobby` tells whether the join that is under way waits for somebody to admit the person. */
  constructor(inLobby: () => boolean) {
    this.#inLobby = inLobby;
  }

  /** Performs a request once it is its turn. */
  async run<Result>(name: WorkerRequest["name"], perform: () => Promise<Result>): Promise<Result> {
    const outcome = this.#before(name).then(perform);
    if (name !== "prepare" && name !== "action") this.#last = outcome.catch(() => undefined);
    return await outcome;
  }

  /** What has to be over first: all that was asked before, with these exceptions. */
  #before(name: WorkerRequest["name"]): Promise<unknown> {
    switch (name) {
      case "join":
        // Need not wait for a preparation that hangs: the core knows how to continue one.
      case "leave":
        // Ends a join that is still on its way, be it in the lobby.
      case "action":
        // The core keeps them in order, and what waits for the controller holds up no device.
        return Promise.resolve();
      default:
        // A join that waits in the lobby may take long, and devices are switched meanwhile.
        return this.#inLobby() ? Promise.resolve() : this.#last;
    }
  }
}
