/** How much larger than the picture the backdrop is that moves behind it. */
const BACKDROP_SCALE = 1.25;
const SHAPES = 260;
const DISCS = 6;
/** Time in which the backdrop comes back to where it was, milliseconds. */
const PAN_PERIOD_MS = 14_000;
const DISC_PERIOD_MS = 5_000;

/** Paints a moving, detailed scene, the same for everybody, that gives an encoder real work. */
export class MovingScene {
  readonly #backdrop: OffscreenCanvas;

  /** @throws {Error} when the browser gives no canvas. */
  constructor(width: number, height: number) {
    this.#backdrop = new OffscreenCanvas(width * BACKDROP_SCALE, height * BACKDROP_SCALE);
    const context = this.#backdrop.getContext("2d", { alpha: false });
    if (!context) throw new Error("the browser gives no canvas to paint on");
    paintBackdrop(context);
  }

  /** Paints the scene as it is at this time, over the whole canvas. */
  paint(context: CanvasRenderingContext2D, atMs: number): void {
    const { width, height } = context.canvas;
    const angle = 2 * Math.PI * (atMs % PAN_PERIOD_MS) / PAN_PERIOD_MS;
    const slackX = this.#backdrop.width - width;
    const slackY = this.#backdrop.height - height;
    // Whole pixels: a camera's picture is not resampled either.
    const x = Math.round(slackX * (1 + Math.cos(angle)) / 2);
    const y = Math.round(slackY * (1 + Math.sin(2 * angle)) / 2);
    context.drawImage(this.#backdrop, -x, -y);
    for (let disc = 0; disc < DISCS; disc++) paintDisc(context, disc, atMs);
  }
}

function paintDisc(context: CanvasRenderingContext2D, disc: number, atMs: number): void {
  const { width, height } = context.canvas;
  const angle = 2 * Math.PI * ((atMs % DISC_PERIOD_MS) / DISC_PERIOD_MS + disc / DISCS);
  context.fillStyle = `hsl(${disc * 360 / DISCS} 70% 55%)`;
  context.beginPath();
  context.arc(
    width * (0.5 + 0.38 * Math.cos(angle)),
    height * (0.68 + 0.2 * Math.sin(angle)),
    height * 0.06,
    0,
    2 * Math.PI,
  );
  context.fill();
}

function paintBackdrop(context: OffscreenCanvasRenderingContext2D): void {
  const { width, height } = context.canvas;
  const sky = context.createLinearGradient(0, 0, width, height);
  sky.addColorStop(0, "#2b3a67");
  sky.addColorStop(1, "#b98b5e");
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  const random = repeatableRandom(1);
  for (let shape = 0; shape < SHAPES; shape++) {
    const size = height * (0.01 + 0.07 * random());
    context.save();
    context.translate(width * random(), height * random());
    context.rotate(Math.PI * random());
    context.fillStyle = `hsl(${360 * random()} ${20 + 50 * random()}% ${25 + 50 * random()}%)`;
    context.fillRect(-size / 2, -size / 2, size, size * (0.3 + random()));
    context.restore();
  }
}

/** Numbers from 0 to 1, the same for the same seed (Numerical Recipes' linear congruence). */
function repeatableRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
