import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { GlobalControllerService } from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Logger } from "../runtime/log.ts";
import { readMeetingEvent } from "./events/meeting_event_messages.ts";
import { mergeParticipantEvents } from "./events/participant_change.ts";
import type { MeetingStore } from "./meeting/meeting_store.ts";
import {
  readController,
  readHeartbeat,
  readMediaHandler,
  readServerId,
  writeController,
  writeMediaHandler,
} from "./region/registration_messages.ts";
import type { ServerRegistry } from "./region/server_registry.ts";
import type { SilenceWatch } from "./region/silence_watch.ts";

/** Events that one report may hold. */
export const MAX_EVENTS_PER_REPORT = 10_000;

/** What the RPCs of meeting controllers and media handlers work on. */
export interface GlobalControllerServiceOptions {
  readonly registry: ServerRegistry;
  readonly meetings: MeetingStore;
  readonly silence: SilenceWatch;
  /** Public keys of join tokens, as they are now. */
  readonly joinTokenJwks: () => Promise<string>;
  readonly log: Logger;
}

/** The RPCs that regional services call (internal.proto; specification 5). */
export function globalControllerRoutes(options: GlobalControllerServiceOptions) {
  const { registry, meetings, silence, joinTokenJwks, log } = options;
  /** What a meeting controller of the region is told each time. */
  const newsOf = async (region: string) => {
    const [keys, mediaHandlers, controllers] = await Promise.all([
      joinTokenJwks(),
      registry.listHealthyMediaHandlers(region),
      registry.listHealthyControllers(),
    ]);
    return {
      joinTokenJwks: keys,
      mediaHandlers: mediaHandlers.map(writeMediaHandler),
      meetingControllers: controllers.filter((other) => other.region === region)
        .map(writeController),
      time: BigInt(Date.now()),
    };
  };
  return (router: ConnectRouter): void => {
    router.service(GlobalControllerService, {
      registerMeetingController: async (message) => {
        const controller = readController(message);
        const { controllerId, region, endpoint } = controller;
        const replaced = await registry.registerController(controller);
        if (replaced) await meetings.releaseLostParticipants();
        await meetings.restoreParticipants(controllerId);
        log.info("meeting controller registered", { controllerId, region, endpoint, replaced });
        return await newsOf(region);
      },
      registerMediaHandler: async (message) => {
        const handler = readMediaHandler(message);
        const { handlerId, region, endpoint } = handler;
        await registry.registerMediaHandler(handler);
        log.info("media handler registered", { handlerId, region, endpoint });
        return { joinTokenJwks: await joinTokenJwks() };
      },
      sendHeartbeat: async (message) => {
        const sender = await registry.recordHeartbeat(readHeartbeat(message));
        if (sender === undefined) throw new ConnectError("not registered", Code.NotFound);
        await silence.heartbeatStored();
        if (sender.kind === "mediaHandler") return { joinTokenJwks: await joinTokenJwks() };
        return await newsOf(sender.region);
      },
      deregister: async ({ serverId }) => {
        const kind = await registry.deregister(readServerId(serverId));
        if (kind === "controller") await meetings.releaseLostParticipants();
        if (kind !== undefined) log.info("server deregistered", { serverId, kind });
        return {};
      },
      reportMeetingEvents: async ({ controllerId, events: messages }) => {
        if (messages.length > MAX_EVENTS_PER_REPORT) {
          throw new ConnectError("too many events", Code.InvalidArgument);
        }
        const events = messages.map(readMeetingEvent).filter((event) => event !== undefined);
        const dropped = messages.length - events.length;
        // Refusing the report would bring the same events again for ever.
        if (dropped > 0) log.warn("meeting events dropped", { controllerId, dropped });
        await meetings.recordParticipants(
          readServerId(controllerId),
          mergeParticipantEvents(events),
        );
        return {};
      },
    });
  };
}
