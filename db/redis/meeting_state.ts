/**
 * What meeting controllers remember of running meetings: one hash for each meeting, written by
 * scripts that are fenced by the owner's epoch. Each script touches one key, so that they run in a
 * Redis Cluster too.
 *
 * The hash has the fields `epoch` (of the owner who opened it last), `turn` (of the owner's latest
 * command), and those that controllers name. An owner numbers its commands; one that arrives after
 * a later one, because it was stuck in a connection that had been given up, is late and does
 * nothing. Epochs and turns are compared as Lua numbers, which are exact up to 2^53: at a thousand
 * a second that is 285,000 years.
 *
 * All scripts begin with KEYS[1] the meeting; ARGV[1] the epoch; ARGV[2] the turn; ARGV[3] how long
 * the meeting lives from now on, milliseconds. They answer with one of {@link ScriptAnswer}.
 */

/** What the scripts answer, as numbers; `open` answers `done` with what it read. */
export const ScriptAnswer = {
  done: 1,
  /** There is no meeting, or one of a lower epoch: nothing was written. */
  forgotten: 0,
  /** A higher epoch has the meeting: nothing was written. */
  stale: -1,
  /** A later command of the same owner came first: nothing was written. */
  late: -2,
  /** The meeting would have too many fields: nothing was written. */
  full: -3,
} as const;

/** Channel on which `open` announces `<meeting id> <epoch>`. */
export const OWNERS_CHANNEL = "dt:mc:owners";

/** Names of fields that controllers may not use. */
export const RESERVED_FIELDS: readonly string[] = ["epoch", "turn"];

/** Where a meeting is remembered. */
export function meetingStateKey(meetingId: string): string {
  return `dt:mc:{${meetingId}}`;
}

/** What a controller leaves in Redis to notice that it was emptied; it expires by itself. */
export function aliveKey(controllerId: string): string {
  return `dt:mc:alive:{${controllerId}}`;
}

const READ_HEADER = `
local known = redis.call('HMGET', KEYS[1], 'epoch', 'turn')
local epoch, turn = tonumber(ARGV[1]), tonumber(ARGV[2])
local known_epoch, known_turn = tonumber(known[1] or 0) or 0, tonumber(known[2] or 0) or 0
if known_epoch > epoch then return ${ScriptAnswer.stale} end
if known_epoch == epoch and known_turn >= turn then return ${ScriptAnswer.late} end
`;

const WRITE_HEADER = `
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'turn', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
`;

/**
 * Takes the meeting, announces it, and reads it.
 *
 * ARGV[4] the meeting's id; ARGV[5] the channel.
 * Returns {done, seconds and microseconds of Redis's clock, {name, bytes, …}}.
 */
export const OPEN_SCRIPT = `${READ_HEADER}${WRITE_HEADER}
redis.call('PUBLISH', ARGV[5], ARGV[4] .. ' ' .. ARGV[1])
return {${ScriptAnswer.done}, redis.call('TIME'), redis.call('HGETALL', KEYS[1])}
`;

/**
 * Changes fields of a meeting that is there; without any, it lives on.
 *
 * ARGV[4] most fields of a meeting; ARGV[5] how many fields are set; then names and bytes by turns;
 * then names of fields to remove.
 */
export const WRITE_SCRIPT = `${READ_HEADER}
if known_epoch < epoch then return ${ScriptAnswer.forgotten} end
local first_removed = 6 + 2 * tonumber(ARGV[5])
local most = tonumber(ARGV[4])
local count = redis.call('HLEN', KEYS[1]) - ${RESERVED_FIELDS.length}
if count + tonumber(ARGV[5]) > most then
  for i = 6, first_removed - 1, 2 do
    if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then count = count + 1 end
  end
  for i = first_removed, #ARGV do
    if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 then count = count - 1 end
  end
  if count > most then return ${ScriptAnswer.full} end
end
${WRITE_HEADER}
for i = 6, first_removed - 1, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
for i = first_removed, #ARGV do
  redis.call('HDEL', KEYS[1], ARGV[i])
end
return ${ScriptAnswer.done}
`;

/**
 * Writes all fields of a meeting, whatever was there; with none, only the epoch is remembered.
 *
 * From ARGV[4] on names and bytes by turns.
 */
export const REPLACE_SCRIPT = `${READ_HEADER}
redis.call('DEL', KEYS[1])
for i = 4, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
${WRITE_HEADER}
return ${ScriptAnswer.done}
`;
