import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, frame } from '../../../simulator/wire/frames.ts';
import { PROLOGUE } from '../../../simulator/wire/noise.ts';

const [hello, world] = [Buffer.from('hello'), Buffer.from('world')];

test('frames are found however the bytes are split', () => {
  const stream = Buffer.concat([PROLOGUE, frame(hello), frame(world)]);
  for (let size = 1; size <= stream.length; size += 1) {
    const reader = new FrameReader();
    const frames: string[] = [];
    for (let start = 0; start < stream.length; start += size) {
      frames.push(...reader.push(stream.subarray(start, start + size)).map(String));
    }
    assert.deepEqual(frames, ['hello', 'world']);
  }
});

test('routing information before the intro is skipped', () => {
  const routing = Buffer.concat([Buffer.from([0x45, 0x44, 0, 1]), frame(Buffer.from('fra1'))]);
  assert.deepEqual(new FrameReader().push(Buffer.concat([routing, PROLOGUE, frame(hello)])), [hello]);
});

test('a client that speaks another protocol, and an oversized frame, are refused', () => {
  assert.throws(() => new FrameReader().push(Buffer.from('GET / HTTP/1.1')), /is not that of WhatsApp/);
  const huge = Buffer.concat([PROLOGUE, Buffer.from([0xff, 0xff, 0xff])]);
  assert.throws(() => new FrameReader().push(huge), /frame of 16777215 bytes/);
});
