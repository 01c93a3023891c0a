// What the tests look at from inside a page. Plain JavaScript, since these functions are sent to the
// browser as they are and use its DOM, which the rest of the tests does not have.

/** Runs before the page's own scripts: listens to whatever goes to the speakers. */
export function tapSpeakers() {
  const outputs = [];
  globalThis.speakerOutputs = outputs;
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (...args) {
    if (args[0] instanceof AudioDestinationNode) {
      const analyser = this.context.createAnalyser();
      analyser.fftSize = 16384;
      analyser.smoothingTimeConstant = 0;
      connect.call(this, analyser);
      outputs.push(analyser);
    }
    return connect.apply(this, args);
  };
}

/**
 * How far the tone stands out of the sound around it in what the speakers play, in decibels.
 *
 * @param {number} toneHz
 * @returns {number}
 */
export function readTone(toneHz) {
  let best = 0;
  for (const analyser of globalThis.speakerOutputs) {
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const hertzPerBin = analyser.context.sampleRate / analyser.fftSize;
    const center = Math.round(toneHz / hertzPerBin);
    const peak = Math.max(...bins.subarray(center - 2, center + 3));
    const around = [
      ...bins.subarray(center - 24, center - 8),
      ...bins.subarray(center + 9, center + 25),
    ]
      .sort((a, b) => a - b);
    const floor = Math.max(around[around.length >> 1], -110);
    best = Math.max(best, peak - floor);
  }
  return best;
}

/**
 * How many different pictures a participant's tile shows within a while.
 *
 * @param {Element} tile
 * @param {number} durationMs
 * @returns {Promise<number>}
 */
export async function countPictures(tile, durationMs) {
  const small = new OffscreenCanvas(64, 36);
  const context = small.getContext("2d", { willReadFrequently: true });
  const endMs = performance.now() + durationMs;
  let pictures = 0;
  let before = "";
  while (performance.now() < endMs) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const shown = tile.querySelector("canvas, video");
    if (shown === null) continue;
    context.drawImage(shown, 0, 0, small.width, small.height);
    const now = context.getImageData(0, 0, small.width, small.height).data.join();
    if (now !== before) pictures++;
    before = now;
  }
  return pictures;
}

/**
 * What a participant's tile shows.
 *
 * @param {Element} tile
 * @returns {{ rgb: [number, number, number], bar: number | undefined } | undefined}
 */
export function readPicture(tile) {
  const shown = [...tile.querySelectorAll("canvas, video")].find((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  });
  if (shown === undefined) return undefined;
  const width = 160;
  const height = 90;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.drawImage(shown, 0, 0, width, height);
  const { data } = context.getImageData(0, height / 2 - 4, width, 8);
  const sum = [0, 0, 0];
  let background = 0;
  let barSum = 0;
  let barCount = 0;
  for (let index = 0; index < data.length; index += 4) {
    const [red, green, blue, alpha] = data.subarray(index, index + 4);
    if (alpha === 0) return undefined;
    if (Math.min(red, green, blue) > 200) {
      barSum += (index / 4) % width;
      barCount++;
    } else {
      sum[0] += red;
      sum[1] += green;
      sum[2] += blue;
      background++;
    }
  }
  if (background === 0) return undefined;
  return {
    rgb: sum.map((value) => value / background),
    bar: barCount > 16 ? barSum / barCount / width : undefined,
  };
}

/** Script that runs before the page's own: what {@link readPeople} calls. */
export const readersScript =
  `globalThis.readTone = ${readTone}; globalThis.readPicture = ${readPicture};`;

/**
 * What the tiles of several people show and how far their tones stand out, in one go.
 *
 * @param {{ name: string, toneHz: number }[]} people
 */
export function readPeople(people) {
  return people.map(({ name, toneHz }) => {
    const tile = document.querySelector(`[role="group"][aria-label="${name}"]`);
    return {
      picture: tile === null ? undefined : globalThis.readPicture(tile),
      toneDb: globalThis.readTone(toneHz),
    };
  });
}
