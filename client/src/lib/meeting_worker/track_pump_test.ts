import assert from "node:assert/strict";
import { TrackPump } from "./track_pump.ts";

class Piece {
  closed = false;
  constructor(readonly number: number) {}
  close(): void {
    this.closed = true;
  }
}

function source(...pieces: Piece[]): ReadableStream<Piece> {
  return ReadableStream.from(pieces);
}

async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

Deno.test("what a track captures arrives in order, and the pump stops with it", async () => {
  const taken: number[] = [];
  const pump = new TrackPump<Piece>((piece) => taken.push(piece.number));
  pump.start(source(new Piece(1), new Piece(2)));
  assert.ok(pump.running);
  await turns();
  assert.deepEqual(taken, [1, 2]);
  assert.ok(!pump.running);
});

Deno.test("another track replaces the one before", async () => {
  const taken: number[] = [];
  const pump = new TrackPump<Piece>((piece) => taken.push(piece.number));
  let first: ReadableStreamDefaultController<Piece> | undefined;
  let cancelled = false;
  pump.start(
    new ReadableStream({
      start: (controller) => void (first = controller),
      cancel: () => void (cancelled = true),
    }),
  );
  first?.enqueue(new Piece(1));
  await turns();
  pump.start(source(new Piece(2)));
  const late = new Piece(3);
  first?.enqueue(late);
  await turns();
  assert.deepEqual(taken, [1, 2]);
  assert.ok(late.closed);
  assert.ok(cancelled);
});

Deno.test("a track that breaks off ends the pump without an error", async () => {
  const pump = new TrackPump<Piece>(() => undefined);
  pump.start(new ReadableStream({ start: (controller) => controller.error(new Error("gone")) }));
  await turns();
  assert.ok(!pump.running);
});
