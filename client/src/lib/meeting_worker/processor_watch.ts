import { LOOK_INTERVAL_MS, type Pace, PicturePace } from "./picture_pace.ts";

/** Looks how late timers fire here and tells the pace of pictures that follows, until it is ended. */
export function watchProcessor(onPace: (pace: Pace) => void): Disposable {
  const pictures = new PicturePace();
  let dueAtMs = performance.now() + LOOK_INTERVAL_MS;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (pictures.look(Math.max(0, nowMs - dueAtMs))) onPace(pictures.pace);
    dueAtMs = nowMs + LOOK_INTERVAL_MS;
  }, LOOK_INTERVAL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
