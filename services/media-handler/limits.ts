/** How long a session may take to authenticate, milliseconds. */
export const MEDIA_AUTHENTICATION_DEADLINE_MS = 15_000;
/** How long an incoming unidirectional stream may take to deliver its stream header. */
export const STREAM_HEADER_DEADLINE_MS = 5_000;
/** How long a published stream waits for the meeting controller to announce it. */
export const UNKNOWN_STREAM_WAIT_MS = 1_000;

/**
 * How long a participant without a session is remembered. A meeting controller that died cannot
 * remove it any more; longer than any session is prepared, so that nobody is forgotten too early.
 */
export const DISCONNECTED_PARTICIPANT_TTL_MS = 15 * 60 * 1_000;
/** How often participants without a session are looked for. */
export const PARTICIPANT_SWEEP_INTERVAL_MS = 60 * 1_000;

/** Media streams that one participant may publish. */
export const MAX_PUBLICATIONS_PER_PARTICIPANT = 16;
/** Simulcast layers of one video stream. */
export const MAX_SPATIAL_LAYERS = 4;
/** Incoming unidirectional streams of one session that are open at the same time. */
export const MAX_OPEN_PUBLISH_STREAMS = 48;
/** Participants of one meeting, connected or announced by a route. */
export const MAX_PARTICIPANTS_PER_MEETING = 1_000;
/** Media streams of one meeting. */
export const MAX_PUBLICATIONS_PER_MEETING = 4_000;
/** Video streams that one subscriber receives at the same time (browsers allow 100 streams). */
export const MAX_VIDEO_DELIVERIES_PER_SUBSCRIBER = 96;
/** Deliveries that ended and whose last bytes nobody acknowledged yet, per subscriber. */
export const MAX_ENDED_DELIVERIES = 256;

/** Refused control messages after which a session is closed. */
export const MAX_CONTROL_VIOLATIONS = 3;
/** Refused streams after which a session is closed. */
export const MAX_STREAM_ERRORS = 16;
/** Malformed datagrams and impossible entries of reports after which a session is closed. */
export const MAX_DATAGRAM_VIOLATIONS = 8;
/** New audio frames of one stream in one second, more than twice the usual 50; more are dropped. */
export const MAX_AUDIO_FRAMES_PER_SECOND = 120;
/** New audio frames of one stream at once: what the usual 50 pile up before QUIC gives up a path. */
export const MAX_AUDIO_FRAME_BURST = 200;
/** How often sound above its rate counts as a refused stream, however much of it comes. */
export const AUDIO_RATE_VIOLATION_INTERVAL_MS = 1_000;
/** Control messages that a client may send in one second. */
export const MAX_CONTROL_MESSAGES_PER_SECOND = 100;
/** Control messages waiting for a client that does not read them. */
export const MAX_QUEUED_CONTROL_MESSAGES = 64;

/** Bytes of the group of pictures that is kept for new subscribers, per layer. */
export const MAX_CACHED_GROUP_BYTES = 1024 * 1024;
/** Frames of the group of pictures that is kept for new subscribers, per layer. */
export const MAX_CACHED_GROUP_FRAMES = 300;
/** Shortest time between two key-frame requests to the publisher of a layer. */
export const KEY_FRAME_REQUEST_INTERVAL_MS = 250;
/** How long a subscriber that got no cached group waits before a key frame is asked for. */
export const KEY_FRAME_PATIENCE_MS = 300;
/** How long a key-frame request may stay unanswered before a waiting subscriber repeats it. */
export const KEY_FRAME_RETRY_MS = 1_000;
/**
 * How much older than its first route a participant's presence may be. Its key may reach the
 * publishers, and their new key frame us, a little before the route does.
 */
export const ROUTE_DELAY_ALLOWANCE_MS = 250;

/** Bytes of one video stream on the way to one subscriber; holds a whole cached group. */
export const MAX_VIDEO_BYTES_IN_FLIGHT = 1_536 * 1024;
/** Bytes of audio streams on the way to one subscriber. */
export const MAX_AUDIO_BYTES_IN_FLIGHT = 64 * 1024;
/** Bytes of all streams on the way to one subscriber. */
export const MAX_SUBSCRIBER_BYTES_IN_FLIGHT = 4 * 1024 * 1024;
/**
 * Age of the oldest unreported frame, above the interval of reports, from which on reports are read
 * as they come: one is usually there by then.
 */
export const REPORTS_WANTED_AFTER_MS = 50;
/** The same down to which they are read then: more is not there yet. */
export const REPORTS_READ_UNTIL_MS = 30;
/** How long arrival reports are left unread at most, half of it at least. */
export const REPORT_REST_MS = 1_000;
/** How long reports must have been wanted before their absence means anything. */
export const LATENESS_CONFIRMATION_MS = 50;

/** How often a path's estimate is brought up to date while it is full or blocked. */
export const PATH_UPDATE_INTERVAL_MS = 20;
/** The same while everyone gets all that it can use; it is looked at when a frame is sent. */
export const CALM_PATH_UPDATE_INTERVAL_MS = 40;
/** How often bits are divided anew, unless there are fewer of them. */
export const ALLOCATION_INTERVAL_MS = 100;
/** Change of the estimate, in either direction, that makes bits be divided anew. */
export const ALLOCATION_THRESHOLD = 0.05;
/** Part of the estimate that media may fill: encoders are never exact. */
export const USABLE_ESTIMATE = 0.92;
/** How often a subscriber is told how its streams fare. */
export const DOWNLINK_REPORT_INTERVAL_MS = 1_000;
/** What waits in the pacer for longer than this is not joined by higher temporal layers. */
export const MAX_PACED_TEMPORAL_MS = 80;
/** What waits in the pacer for longer than this stops a stream until a key frame. */
export const MAX_PACED_MS = 400;
/** How long frames are held for a path that is blocked before their stream stops. */
export const MAX_HELD_MS = 300;
/** A stream on which nothing moved for so long may send one key frame on a blocked path. */
export const BLOCKED_PROBE_INTERVAL_MS = 1_000;
/** A cached group is sent if its budget carries it in this time. */
export const MAX_STARTING_GROUP_MS = 500;
/** A cached group of so few bytes is always sent. */
export const SMALL_GROUP_BYTES = 64 * 1024;
/** A layer that had no frame for so long, while another one had, is not sent any more. */
export const LAYER_STALL_MS = 1_500;
/** How often sound is sent on a path that has been blocked for longer than a second. */
export const BLOCKED_SOUND_INTERVAL_MS = 100;

/** Longest time that audio waits for the audio of other speakers. */
export const AUDIO_BATCH_DELAY_MS = 10;
/** Speakers from which on audio frames are written together. */
export const AUDIO_BATCH_SPEAKERS = 3;
/** Usual length of an audio frame: each speaker sends one in this time. */
export const AUDIO_FRAME_DURATION_MS = 20;

/** Buffer of a reader of published video, bytes. */
export const VIDEO_READ_BUFFER_BYTES = 64 * 1024;
/** Buffer of a reader of published audio, bytes. */
export const AUDIO_READ_BUFFER_BYTES = 8 * 1024;

/**
 * How long the epoch of a meeting's owner is remembered after its last command, milliseconds; longer
 * than anything that the owner before it could still send.
 */
export const EPOCH_MEMORY_MS = 15 * 60 * 1_000;
/** Meetings whose epochs are remembered, running or over. */
export const MAX_REMEMBERED_EPOCHS = 100_000;

/** How long a connection that came or went waits for others to be reported with, milliseconds. */
export const PRESENCE_DELAY_MS = 100;
/** How often telemetry is reported to a meeting controller. */
export const TELEMETRY_INTERVAL_MS = 2_000;

/** Shortest time between two demands to the publisher of one stream. */
export const LAYER_DEMAND_INTERVAL_MS = 100;
/** Streams that one view request may name. */
export const MAX_VIEWS = 256;
/** Streams of a publisher whose audio datagrams came before their route, remembered at a time. */
export const MAX_UNANNOUNCED_AUDIO_STREAMS = 16;
