import type { Clock } from "../clock.ts";
import type { LayerTarget } from "../demand/layer_assignment.ts";
import { LayerDemand } from "../demand/layer_demand.ts";
import type { RouteCommand } from "./route_command.ts";
import { Publication } from "./publication.ts";
import type { LayerDescription, LayerWish, SubscriptionOptions } from "./subscription.ts";

/** What a route needs of its meeting. */
export interface RouteOptions {
  readonly command: RouteCommand & { change: "set" | "add" };
  readonly clock: Clock;
  /** Asks the publisher for a key frame of a layer. */
  readonly requestKeyFrame: (spatialLayer: number) => void;
  /** Called when the demand of the stream may be another one: call `demand.changed()`. */
  readonly onDemandChanged: (route: Route) => void;
  /** Tells the publisher what is wanted of its layers. */
  readonly sendDemand: (targets: readonly LayerTarget[]) => void;
}

/** A published stream, who is to receive it, and what is therefore demanded of its publisher. */
export class Route {
  readonly publication: Publication;
  /**
   * What each receiver asked for. May name participants that are not registered yet: the two calls
   * may cross.
   */
  readonly destinations = new Map<string, SubscriptionOptions>();
  /** Undefined for sound, which has one layer that is never stopped. */
  readonly demand: LayerDemand | undefined;
  readonly #onDemandChanged: () => void;

  constructor(options: RouteOptions) {
    const { command, clock, requestKeyFrame, sendDemand } = options;
    this.#onDemandChanged = () => options.onDemandChanged(this);
    this.publication = new Publication({
      streamId: command.streamId,
      publisherId: command.publisherId,
      type: command.type,
      clock,
      requestKeyFrame,
      onWishesChanged: this.#onDemandChanged,
    });
    this.demand = this.publication.isAudio ? undefined : new LayerDemand({
      clock,
      ladder: () => this.publication.ladder,
      wishes: () => wishesOf(this.publication),
      send: sendDemand,
    });
  }

  /** The publisher told what layers it can encode. */
  describe(ladder: readonly LayerDescription[]): void {
    if (this.publication.isAudio || this.publication.hasLadder(ladder)) return;
    this.publication.ladder = ladder;
    this.#onDemandChanged();
  }

  /** The stream is unpublished. */
  end(): void {
    this.demand?.end();
    this.publication.end();
  }
}

function wishesOf({ subscriptions }: Publication): LayerWish[] {
  return subscriptions.flatMap(({ wish }) => wish ?? []);
}
