import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { makeFrame } from "../testing/frames.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { MediaRouter, type Membership } from "./media_router.ts";
import { NOTHING_ARRIVED } from "../telemetry/uplink_meter.ts";
import type { ConnectedPeer } from "./participant.ts";
import type { Subscription } from "./subscription.ts";

const seed = Deno.env.get("DT_SEED");
const meetingId = "7f1b0c4e-0d53-4f5e-9a53-0a4c5c3d2e1f";
const PARTICIPANTS = ["a", "b", "c", "d"] as const;
/** Each stream with its publisher. */
const STREAMS = { s: "a", t: "a", u: "b", v: "c" } as const;
type Participant = typeof PARTICIPANTS[number];
type Stream = keyof typeof STREAMS;

type Step =
  | { readonly do: "register" | "remove" | "connect" | "disconnect"; readonly who: Participant }
  | {
    readonly do: "set" | "add" | "remove-destinations";
    readonly stream: Stream;
    readonly to: readonly Participant[];
  }
  | { readonly do: "set and add"; readonly stream: Stream; readonly to: readonly Participant[] }
  | { readonly do: "remove-route"; readonly stream: Stream }
  | { readonly do: "silence"; readonly stream: Stream; readonly silenced: boolean }
  | { readonly do: "keep"; readonly staying: readonly Participant[] };

/** What should be, as plain sets. */
class Model {
  readonly registered = new Set<Participant>();
  readonly connected = new Set<Participant>();
  readonly routes = new Map<Stream, Set<Participant>>();
  readonly silenced = new Set<Stream>();

  apply(step: Step): void {
    switch (step.do) {
      case "register":
        this.registered.add(step.who);
        return;
      case "connect":
        if (this.registered.has(step.who)) this.connected.add(step.who);
        return;
      case "disconnect":
        this.connected.delete(step.who);
        return;
      case "remove":
        this.#remove(step.who);
        return;
      case "keep":
        for (const who of PARTICIPANTS) if (!step.staying.includes(who)) this.#remove(who);
        return;
      case "remove-route":
        this.#end(step.stream);
        return;
      case "silence":
        if (step.silenced && this.routes.has(step.stream)) this.silenced.add(step.stream);
        else this.silenced.delete(step.stream);
        return;
    }
    if (this.registered.size === 0) return;
    const known = this.routes.get(step.stream);
    if (step.do === "set" || step.do === "set and add") {
      this.routes.set(step.stream, new Set(step.to));
    }
    if (step.do === "add") this.routes.set(step.stream, new Set([...known ?? [], ...step.to]));
    if (step.do === "remove-destinations") step.to.forEach((who) => known?.delete(who));
  }

  #remove(who: Participant): void {
    if (!this.registered.delete(who)) return;
    this.connected.delete(who);
    for (const [stream, destinations] of this.routes) {
      destinations.delete(who);
      if (STREAMS[stream] === who || this.registered.size === 0) this.#end(stream);
    }
  }

  #end(stream: Stream): void {
    this.routes.delete(stream);
    this.silenced.delete(stream);
  }

  /** Who has a subscription to `stream`. */
  subscribers(stream: Stream): Participant[] {
    return [...this.routes.get(stream) ?? []]
      .filter((who) => this.connected.has(who) && who !== STREAMS[stream]).sort();
  }

  /** Who receives a frame of `stream`. */
  receivers(stream: Stream): Participant[] {
    return this.silenced.has(stream) ? [] : this.subscribers(stream);
  }
}

/** The router with sessions that only remember what they got. */
class Real {
  readonly #router = new MediaRouter({ maxParticipants: 100 }, new ManualClock());
  readonly #sessions = new Map<Participant, { membership: Membership; peer: ConnectedPeer }>();
  readonly #received: Participant[] = [];
  readonly openSubscriptions = new Set<Subscription>();

  apply(step: Step): void {
    switch (step.do) {
      case "register":
        this.#router.register({ meetingId, participantId: step.who, e2eEncryption: false });
        return;
      case "remove":
        this.#router.remove(meetingId, step.who);
        this.#sessions.delete(step.who);
        return;
      case "connect":
        this.#connect(step.who);
        return;
      case "disconnect":
        this.#disconnect(step.who);
        return;
    }
    if (this.#router.meetings.size === 0) return;
    if (step.do === "keep") {
      this.#router.keep(meetingId, step.staying);
      for (const who of PARTICIPANTS) if (!step.staying.includes(who)) this.#sessions.delete(who);
      return;
    }
    const { stream: streamId } = step;
    const route = { streamId, publisherId: STREAMS[streamId], type: StreamType.AUDIO };
    if (step.do === "set and add") {
      // As an owner tells a whole route of which some have choices.
      const add = { change: "add", ...route, destinations: step.to } as const;
      this.#router.route(meetingId, [{ ...add, change: "set", destinations: [] }, add]);
      return;
    }
    const command = step.do === "remove-route"
      ? { change: step.do, streamId } as const
      : step.do === "silence"
      ? { change: step.do, streamId, silenced: step.silenced } as const
      : step.do === "remove-destinations"
      ? { change: "remove", streamId, destinations: step.to } as const
      : { change: step.do, ...route, destinations: step.to } as const;
    this.#router.route(meetingId, [command]);
  }

  /** Who receives a frame that is published on `stream` now. */
  receivers(stream: Stream): Participant[] {
    this.#received.length = 0;
    const publication = this.#router.meetings.get(meetingId)?.publication(stream);
    const sketch = { streamId: meetingId, sequence: 0, type: FrameType.audio };
    publication?.openLayer(0, () => {}).receive(makeFrame(sketch), 0);
    return [...this.#received].sort();
  }

  #connect(who: Participant): void {
    const token = this.#router.meetings.has(meetingId) &&
        this.#router.meetings.get(meetingId)!.participants.has(who)
      ? this.#router.register({ meetingId, participantId: who, e2eEncryption: false })
      : "unknown";
    const membership = this.#router.authenticate(token);
    if (membership === undefined) return;
    const peer: ConnectedPeer = {
      subscribe: () => {
        const subscription: Subscription = {
          offer: () => void this.#received.push(who),
          layersChanged: () => {},
          setOptions: () => {},
          wish: undefined,
          end: () => void this.openSubscriptions.delete(subscription),
          rttMs: undefined,
        };
        this.openSubscriptions.add(subscription);
        return subscription;
      },
      requestKeyFrame: () => {},
      sendLayerDemand: () => {},
      sendActiveSpeakers: () => {},
      soundAnnounced: () => {},
      uplinkFigures: NOTHING_ARRIVED,
      downlinkLoss: 0,
      close: () => {},
    };
    this.#router.connect(membership, peer);
    this.#sessions.set(who, { membership, peer });
  }

  #disconnect(who: Participant): void {
    const session = this.#sessions.get(who);
    if (session !== undefined) this.#router.disconnect(session.membership, session.peer);
    this.#sessions.delete(who);
  }
}

const who = fc.constantFrom(...PARTICIPANTS);
const stream = fc.constantFrom(...Object.keys(STREAMS) as Stream[]);
const to = fc.uniqueArray(who);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("register", "connect"), who }),
  fc.record({ do: fc.constantFrom("register", "connect", "remove", "disconnect"), who }),
  fc.record({
    do: fc.constantFrom("set", "add", "remove-destinations", "set and add"),
    stream,
    to,
  }),
  fc.record({ do: fc.constant("silence"), stream, silenced: fc.boolean() }),
  fc.record({ do: fc.constant("keep"), staying: fc.subarray([...PARTICIPANTS], { minLength: 2 }) }),
  fc.record({ do: fc.constant("remove-route"), stream }),
);

Deno.test("after any changes of routes and sessions each frame reaches exactly whom it should", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new Model();
      const real = new Real();
      for (const step of steps) {
        model.apply(step);
        real.apply(step);
        let open = 0;
        for (const stream of Object.keys(STREAMS) as Stream[]) {
          deepStrictEqual(real.receivers(stream), model.receivers(stream));
          open += model.subscribers(stream).length;
        }
        deepStrictEqual(real.openSubscriptions.size, open);
      }
    }),
    { numRuns: 500, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
});
