import type { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { LayerDescription, SubscriptionOptions } from "./subscription.ts";

/** A change of who receives a stream, checked for form. */
export type RouteCommand =
  | {
    /** The destinations become exactly these, or these are added; creates the route. */
    readonly change: "set" | "add";
    readonly streamId: string;
    readonly publisherId: string;
    readonly type: StreamType;
    readonly destinations: readonly string[];
    /** What all of these destinations asked for; undefined: everything as it comes. */
    readonly options?: SubscriptionOptions | undefined;
    /** Whether nothing of it is forwarded from now on; undefined: as before. */
    readonly silenced?: boolean | undefined;
    /** The layers that the publisher can encode, if the command tells. */
    readonly ladder?: readonly LayerDescription[] | undefined;
  }
  | {
    readonly change: "remove";
    readonly streamId: string;
    readonly destinations: readonly string[];
    readonly silenced?: boolean | undefined;
  }
  | { readonly change: "silence"; readonly streamId: string; readonly silenced: boolean }
  | { readonly change: "remove-route"; readonly streamId: string };
