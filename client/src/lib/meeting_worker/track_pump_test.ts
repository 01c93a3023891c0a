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
  pump.start(new ReadableStream({ start: (controller) => void (first = controller) }));
  first?.enqueue(new Piece(1));
  await turns();
  pump.start(source(new Piece(2)));
  const late = [new Piece(3), new Piece(4)];
  for (const piece of late) first?.enqueue(piece);
  await turns();
  assert.deepEqual(taken, [1, 2]);
  assert.ok(late.every(({ closed }) => closed));
});

Deno.test("what is captured while a track is held is closed, and taken from the start on", async () => {
  const taken: number[] = [];
  const pump = new TrackPump<Piece>((piece) => taken.push(piece.number));
  let captured: ReadableStreamDefaultController<Piece> | undefined;
  const track = new ReadableStream<Piece>({ start: (controller) => void (captured = controller) });
  pump.hold(track);
  const early = new Piece(1);
  captured?.enqueue(early);
  await turns();
  pump.start(track);
  captured?.enqueue(new Piece(2));
  await turns();
  assert.ok(early.closed);
  assert.deepEqual(taken, [2]);
});

Deno.test("what a track captures after the pump was stopped is closed until it ends", async () => {
  const pump = new TrackPump<Piece>(() => assert.fail("taken"));
  let captured: ReadableStreamDefaultController<Piece> | undefined;
  pump.start(new ReadableStream({ start: (controller) => void (captured = controller) }));
  pump.stop();
  const late = [new Piece(1), new Piece(2)];
  for (const piece of late) captured?.enqueue(piece);
  await turns();
  assert.ok(late.every(({ closed }) => closed));
  assert.ok(!pump.running);
});

Deno.test("a track that breaks off ends the pump without an error", async () => {
  const pump = new TrackPump<Piece>(() => undefined);
  pump.start(new ReadableStream({ start: (controller) => controller.error(new Error("gone")) }));
  await turns();
  assert.ok(!pump.running);
});
