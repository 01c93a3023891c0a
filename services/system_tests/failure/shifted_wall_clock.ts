/**
 * Sets the wall clock of the process that loads this first (`--preload`) wrong, by DT_CLOCK_SHIFT_MS.
 *
 * Why this is enough of a wrong clock: all that the services themselves know of the time of day they
 * have from `Date`. Timers and `performance.now` are monotonic, and stay right on a machine whose
 * clock is wrong, too. What is shifted here and not there is nothing; what is shifted there and not
 * here is the time by which the runtime checks TLS certificates, which no server does of its own.
 * Setting the clock of the whole machine would shift PostgreSQL, Redis and the test with it.
 */
const shiftMs = Number(Deno.env.get("DT_CLOCK_SHIFT_MS") ?? 0);
const RealDate = Date;

/** `Date` as on a machine whose clock is wrong: whoever names no time gets the wrong one. */
class ShiftedDate extends RealDate {
  static override now(): number {
    return RealDate.now() + shiftMs;
  }

  constructor(...time: unknown[]) {
    super(...(time.length === 0 ? [ShiftedDate.now()] : time) as [number]);
  }
}

/** `Date()` without `new` is a text of the time, which a class does not allow. */
globalThis.Date = new Proxy(ShiftedDate, {
  apply: () => new ShiftedDate().toString(),
}) as unknown as DateConstructor;
