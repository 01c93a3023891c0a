import assert from "node:assert/strict";
import { DecodeLoad, LATE_MS, MAXIMUM_RELIEF, WINDOW_MS } from "./decode_load.ts";

class Machine {
  readonly load = new DecodeLoad();
  #nowMs = 0;

  constructor() {
    this.load.update(0);
  }

  /** Decodes thirty pictures a second, every `lateEvery`-th of them late. */
  run(seconds: number, lateEvery = Infinity): void {
    for (let second = 0; second < seconds; second++) {
      for (let picture = 1; picture <= 30; picture++) {
        this.load.observe(picture % lateEvery === 0 ? LATE_MS + 1 : 5);
      }
      this.#nowMs += WINDOW_MS;
      this.load.update(this.#nowMs);
    }
  }
}

Deno.test("a machine that keeps up is left alone, whatever is late now and then", () => {
  const machine = new Machine();
  machine.run(60, 10);
  assert.equal(machine.load.relief, 0);
});

Deno.test("one that does not gets smaller pictures within a second, then smaller ones still", () => {
  const machine = new Machine();
  machine.run(1, 2);
  assert.equal(machine.load.relief, 1);
  machine.run(2, 2);
  assert.equal(machine.load.relief, MAXIMUM_RELIEF);
  machine.run(20, 2);
  assert.equal(machine.load.relief, MAXIMUM_RELIEF);
});

Deno.test("the effect of a change is waited for", () => {
  const machine = new Machine();
  machine.run(2, 2);
  assert.equal(machine.load.relief, 1);
});

Deno.test("calm for ten seconds it tries larger ones, and takes longer the next time if in vain", () => {
  const machine = new Machine();
  machine.run(1, 2);
  machine.run(10);
  assert.equal(machine.load.relief, 1);
  machine.run(1);
  assert.equal(machine.load.relief, 0);
  machine.run(2, 2);
  assert.equal(machine.load.relief, 1);
  machine.run(20);
  assert.equal(machine.load.relief, 1);
  machine.run(1);
  assert.equal(machine.load.relief, 0);
});
