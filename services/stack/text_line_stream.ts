/** Longest line that is kept whole, characters; a longer one is cut. */
export const MAX_LINE_LENGTH = 64 * 1024;

/** Cuts text into lines, without their line feeds; the last one may lack its line feed. */
export class TextLineStream extends TransformStream<string, string> {
  constructor() {
    let rest = "";
    super({
      transform(chunk, controller) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop()!.slice(0, MAX_LINE_LENGTH);
        for (const line of lines) controller.enqueue(line.replace(/\r$/, ""));
      },
      flush(controller) {
        if (rest !== "") controller.enqueue(rest);
      },
    });
  }
}
