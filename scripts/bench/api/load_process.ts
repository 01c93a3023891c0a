import { TextLineStream } from "../../../services/stack/text_line_stream.ts";
import { HttpConnection } from "./http_connection.ts";
import type { Load } from "./load.ts";
import { runLoad } from "./load_run.ts";

// A process of its own, so that the load neither waits for the bench nor counts as the server's.
// Each line of standard input is a Load, and is answered by a line with its LoadResult.
const lines = Deno.stdin.readable
  .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
  .pipeThrough(new TextLineStream());
for await (const line of lines) {
  const load: Load = JSON.parse(line);
  console.log(
    JSON.stringify(await runLoad(load, () => HttpConnection.open("127.0.0.1", load.port))),
  );
}
