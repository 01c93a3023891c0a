import { Crowd } from "./crowd.ts";
import { readJsonLines } from "./json_lines.ts";
import type { Order, Results } from "./load.ts";

// A process of its own, so that the load neither waits for the bench nor counts as the server's.
// Each line of standard input is an Order, and is answered by a line with its result.
const crowd = await Crowd.gather();
let done: Promise<void> = Promise.resolve();
for await (const order of readJsonLines<Order>(Deno.stdin.readable)) {
  done = done.then(async () => console.log(JSON.stringify(await carryOut(order))));
}
// Whoever gave the orders is gone: nobody waits for what is not done yet.
Deno.exit(0);

function carryOut(order: Order): Promise<Results[keyof Results]> {
  switch (order.order) {
    case "join":
      return crowd.join(order);
    case "act":
      return crowd.act(order);
    case "resume":
      return crowd.resume(order);
    case "recover":
      return crowd.recover(order);
  }
}
