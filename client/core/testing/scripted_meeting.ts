import { Meeting, type MeetingOptions, type MeetingState } from "../meeting/meeting.ts";
import type { LocalStreamDescription } from "../send/local_stream.ts";
import { ScriptedServers } from "./scripted_servers.ts";
import { SimulatedTime } from "./simulated_time.ts";

/** A camera to join with. */
export const CAMERA: LocalStreamDescription = {
  streamId: "22222222-2222-4222-8222-222222222222",
  type: "camera",
  codec: "vp8",
};

/** A meeting of a client with scripted servers, in simulated time. */
export class ScriptedMeeting implements AsyncDisposable {
  readonly time = new SimulatedTime();
  readonly states: MeetingState[] = [];
  /** What the application was told besides the state, in order. */
  readonly notices: unknown[] = [];
  readonly meeting: Meeting;

  constructor(readonly servers: ScriptedServers, options: Partial<MeetingOptions> = {}) {
    this.meeting = new Meeting({
      connect: servers.connect,
      fetchGrant: servers.fetchGrant,
      now: this.time.now,
      scheduler: this.time,
      random: () => 0,
      events: {
        onState: (state) => this.states.push(state),
        onFrame: () => undefined,
        onKeyFrameNeeded: () => undefined,
        onReaction: (reaction) => this.notices.push({ reaction }),
        onUnmuteAsked: (unmuteAsked) => this.notices.push({ unmuteAsked }),
        onStreamStopped: (stopped) => this.notices.push({ stopped }),
      },
      ...options,
    });
  }

  /** A client that has joined with {@link CAMERA}, at controllers where it can resume. */
  static async joined(
    script: (servers: ScriptedServers) => void = () => {},
    options: Partial<MeetingOptions> = {},
  ): Promise<ScriptedMeeting> {
    const servers = new ScriptedServers();
    servers.resumable = true;
    script(servers);
    const scripted = new ScriptedMeeting(servers, options);
    await scripted.settle(scripted.meeting.join({ name: "Ada", streams: [CAMERA] }));
    return scripted;
  }

  get state(): MeetingState {
    return this.meeting.state;
  }

  /** The phases since `from` states ago, each once. */
  phases(from = 0): string[] {
    return this.states.slice(from).map(({ phase }) => phase)
      .filter((phase, index, all) => phase !== all[index - 1]);
  }

  /** What was asked at controllers, by host, pings left out; the oldest first. */
  asked(): string[] {
    return this.servers.connections.filter(({ url }) => url.includes("controller"))
      .flatMap(({ url, requests }) =>
        requests.filter((request) => request.case !== "ping").map((request) =>
          `${new URL(url).hostname} ${request.case}`
        )
      );
  }

  /** The outcome of what needs no time. */
  async settle<T>(outcome: Promise<T>): Promise<T> {
    const [result] = await Promise.all([outcome, this.time.advance(0)]);
    await this.time.advance(0);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.meeting[Symbol.asyncDispose](), this.time.advance(2_000)]);
  }
}
