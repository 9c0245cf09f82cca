import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { before, test } from 'node:test';
import * as v from 'valibot';
import { ContentSchema } from '../../../src/domain/message.ts';
import { codecSchemas } from '../../../src/store/records/codec.ts';

const source = resolve(import.meta.dirname, '../../../src');

/** Every module of the gateway but the commands, which run when they are loaded, and what runs in a browser. */
const modules = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && path.includes('/') && !path.startsWith('http/console/page/'),
);

before(async () => {
  for (const path of modules) await import(join(source, path));
});

/** Schemas refuse what they do not know by their type. */
const refusing: ReadonlySet<unknown> = new Set(['strict_object', 'strict_tuple']);

/** Where below a schema one is found that refuses a field it does not know. */
function refusalsIn(schema: unknown, path: string, seen: Set<unknown> = new Set()): string[] {
  if (typeof schema !== 'object' || schema === null || seen.has(schema) || schema === ContentSchema) return [];
  seen.add(schema);
  const found = 'type' in schema && 'kind' in schema && refusing.has(schema.type) ? [path] : [];
  const getter = 'getter' in schema && typeof schema.getter === 'function' ? [['lazy', schema.getter(undefined)]] : [];
  const parts = [...Object.entries(schema), ...getter];
  return [...found, ...parts.flatMap(([name, part]) => refusalsIn(part, `${path}.${name}`, seen))];
}

test('no schema of what is stored or written to another node refuses a field of a newer release, at any depth', () => {
  const refusals = [...codecSchemas].flatMap(([what, schema]) => refusalsIn(schema, what));

  assert.deepEqual(refusals, []);
});

test('every codec of the gateway is looked at', () => {
  const calls = modules.flatMap(
    (path) => readFileSync(join(source, path), 'utf8').match(/(?<!function )jsonCodec\(/g) ?? [],
  );

  assert.equal(codecSchemas.size, calls.length);
  assert.ok(codecSchemas.has('session') && codecSchemas.has('letter') && codecSchemas.has('backup manifest'));
});

test('a message is read whole or not at all: what a newer release added to it is never left out on its way', () => {
  const text = { type: 'text', text: 'hello', mentions: [], quoted: null };

  assert.ok(v.is(ContentSchema, text));
  assert.ok(!v.is(ContentSchema, { ...text, inventedLater: true }));
});
