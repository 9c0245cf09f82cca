import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { TraceIdSchema } from '../../src/domain/id-schemas.ts';
import { newTraceId, traceIdIn } from '../../src/domain/trace.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

test('a traceparent names its trace, also one of a later version with more behind', () => {
  for (const header of [
    `00-${trace}-${parent}-01`,
    `00-${trace}-${parent}-00`,
    `00-${trace}-${parent}-ff`,
    `01-${trace}-${parent}-01`,
    `cc-${trace}-${parent}-01-what-the-future-will-be-like`,
    `cc-${trace}-${parent}-01-`,
  ]) {
    assert.equal(traceIdIn(header), trace, header);
  }
});

test('a traceparent that the recommendation calls invalid is none', () => {
  for (const header of [
    '',
    trace,
    `00-${trace}-${parent}`,
    `00-${trace}-${parent}-1`,
    `00-${trace}-${parent}-01-`,
    `00-${trace}-${parent}-01-more`,
    `cc-${trace}-${parent}-01.more`,
    `ff-${trace}-${parent}-01`,
    `0-${trace}-${parent}-01`,
    `0G-${trace}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}0-${parent}-01`,
    `00-${trace}-${parent}-0x`,
    ` 00-${trace}-${parent}-01`,
    `00-${trace}-${parent}-01, 00-${trace}-${parent}-01`,
  ]) {
    assert.equal(traceIdIn(header), null, header);
  }
});

test('a trace that is made here is one', () => {
  const made = Array.from({ length: 100 }, newTraceId);

  assert.equal(new Set(made).size, 100);
  for (const id of made) assert(v.is(TraceIdSchema, id), id);
});
