import type { Random } from '../../faults/harness/random.ts';

/**
 * The fields of an object as JSON text, in order: so a name may come twice, and one such as `__proto__` is nothing
 * special.
 */
export type Fields = readonly (readonly [name: string, json: string])[];

export function fieldsOf(body: object): Fields {
  return Object.entries(body).map(([name, value]) => [name, JSON.stringify(value)] as const);
}

export function toJson(fields: Fields): string {
  return `{${fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`;
}

/** What must not end up in a prototype. */
const polluting = '{"polluted":true}';

/** Names that mean something to a language, a library or a parser. */
const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'toJSON',
  'then',
  'length',
  'kind',
  'type',
  '',
  '0',
  '\u0000',
  '\ud800',
  'é',
  'a.b',
  '$where',
  'n'.repeat(5_000),
] as const;

/** Values that something may stumble over, as JSON text. */
const values = [
  'null',
  'true',
  '[]',
  '{}',
  '[[]]',
  '""',
  '-0',
  '1e999',
  '-1e999',
  '5e-324',
  '1e-999',
  '9007199254740993',
  '0.1',
  '"__proto__"',
  '"constructor"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u202e\\u2066\\ufeff"',
  '"e\\u0301\\u0327\\u0338"',
  '"👩‍👩‍👧‍👦"',
  '"\\r\\nX-Injected: 1"',
  `"' OR 1=1 --"`,
  '"{{7*7}}"',
  '"../../etc/passwd"',
  '"NaN"',
  polluting,
  `{"__proto__":${polluting}}`,
  `{"constructor":{"prototype":${polluting}}}`,
  '{"toString":1,"valueOf":1,"toJSON":1,"then":1}',
  '{"length":4294967296}',
] as const;

/** One of those, or one that is long or deep; a list now and then as long as a body has room for. */
export function hostileValue(random: Random): string {
  const size = 2 ** random.between(0, 12);
  switch (random.between(0, 12)) {
    case 0:
      return `${'['.repeat(size)}${']'.repeat(size)}`;
    case 1:
      return `${'{"a":'.repeat(size)}1${'}'.repeat(size)}`;
    case 2:
      return '9'.repeat(size);
    case 3:
      return `"${random.pick(['x', '\\n', '\\ud83d', 'é', ' '])}${'x'.repeat(size)}"`;
    case 4:
      return `[${Array.from({ length: size }, () => random.pick(values)).join()}]`;
    case 5:
      return toJson(Array.from({ length: size }, (_, at) => [`k${at}`, '1']));
    case 6:
      return `[${'1,'.repeat(2 ** random.between(0, 18))}1]`;
    default:
      return random.pick(values);
  }
}

export function hostileName(random: Random): string {
  return random.pick(names);
}
