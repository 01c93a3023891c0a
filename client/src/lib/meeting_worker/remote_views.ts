import type { StreamView } from "../../../core/meeting/stream_view.ts";

/** A canvas of the page and what it shows. */
export interface ShownCanvas {
  readonly streamId: string;
  /** Device pixels that are on the screen, 0 by 0 when none are; absent until it is measured. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** What the page says about the order of its tiles. */
export interface ViewOrder {
  /** Most important first; streams that it does not name come last. */
  readonly streamIds: readonly string[];
  /** The one that the person looks at. */
  readonly focused?: string;
}

/** Everything that says how streams are looked at. */
export interface Scene {
  /** Video streams of the others. */
  readonly streamIds: readonly string[];
  /** Streams so new that their canvas may be on its way: received at full size meanwhile. */
  readonly awaited: ReadonlySet<string>;
  readonly canvases: readonly ShownCanvas[];
  readonly order: ViewOrder;
  /** False while the page is hidden. */
  readonly onScreen: boolean;
  /** How often width and height are halved because this machine is too slow. */
  readonly relief: number;
}

/** Sizes are rounded up to this, so that a window that is dragged does not change them each time. */
const SIZE_STEP = 16;

/**
 * How each stream is looked at, in the order of importance: as large as its largest canvas. A
 * stream whose size is not known yet is left out and so received at its full size.
 */
export function viewsOf(scene: Scene): StreamView[] {
  const rank = new Map(scene.order.streamIds.map((streamId, index) => [streamId, index]));
  const rankOf = (streamId: string) => rank.get(streamId) ?? rank.size;
  return scene.streamIds
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .flatMap((streamId) => viewOf(streamId, scene) ?? []);
}

function viewOf(streamId: string, scene: Scene): StreamView | undefined {
  const canvases = scene.canvases.filter((canvas) => canvas.streamId === streamId);
  if (!scene.onScreen) return { streamId, width: 0, height: 0 };
  if (canvases.length === 0) {
    return scene.awaited.has(streamId) ? undefined : { streamId, width: 0, height: 0 };
  }
  if (canvases.some(({ size }) => size === undefined)) return undefined;
  const focused = scene.order.focused === streamId;
  // Who is looked at stays clear for longest.
  const halvings = Math.max(0, scene.relief - (focused ? 1 : 0));
  const largest = (side: "width" | "height") =>
    rounded(Math.max(...canvases.map(({ size }) => size?.[side] ?? 0)) / 2 ** halvings);
  const view = { streamId, width: largest("width"), height: largest("height") };
  return focused ? { ...view, focused } : view;
}

function rounded(pixels: number): number {
  return Math.ceil(pixels / SIZE_STEP) * SIZE_STEP;
}

/** Whether a request may not wait: a stream is shown that was not, or larger, or is looked at. */
export function asksForMore(before: readonly StreamView[], after: readonly StreamView[]): boolean {
  const known = new Map(before.map((view) => [view.streamId, view]));
  return after.some(({ streamId, width, height, focused }) => {
    const old = known.get(streamId);
    if (width === 0 || !old) return false;
    return width > old.width || height > old.height || (focused === true && !old.focused);
  });
}
