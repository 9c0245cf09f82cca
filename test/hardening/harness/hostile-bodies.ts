import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { Random } from '../../faults/harness/random.ts';
import { type Fields, fieldsOf, hostileName, hostileValue, toJson } from './json-text.ts';

/** A body as it is sent, with what its headers claim that it is. */
export interface HostileBody {
  readonly bytes: Buffer;
  readonly type: string;
  readonly encoding: string | null;
}

/** At its best Brotli takes seconds for a long list, in which the generator does nothing else. */
const quickly = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

const packers = [
  { name: 'gzip', pack: (text: string): Buffer => gzipSync(text) },
  { name: 'deflate', pack: (text: string): Buffer => deflateSync(text) },
  { name: 'br', pack: (text: string): Buffer => brotliCompressSync(text, quickly) },
] as const;

/**
 * A body that a route may stumble over. `valid` is one that the route takes: most bodies are that one with something
 * wrong in it, because what is wrong from the start is refused at the door.
 */
export function hostileBody(valid: object, random: Random): HostileBody {
  const text = random.next() < 0.15 ? hostileValue(random) : toJson(mutated(fieldsOf(valid), random));
  const chance = random.next();
  if (chance < 0.75) return sent(Buffer.from(text));
  if (chance < 0.88) return sent(Buffer.from(misspelt(text, random)));
  if (chance < 0.94) return sent(misencoded(text, random));
  return packed(text, random);
}

function sent(bytes: Buffer, encoding: string | null = null): HostileBody {
  return { bytes, type: 'application/json', encoding };
}

/** One to three changes to the fields. */
function mutated(fields: Fields, random: Random): Fields {
  let changed: Fields = fields.length > 0 ? fields : [[hostileName(random), hostileValue(random)]];
  for (let changes = random.between(1, 3); changes > 0; changes -= 1) {
    const at = random.between(0, Math.max(0, changed.length - 1));
    const name = changed[at]?.[0] ?? 'a';
    switch (random.between(0, 5)) {
      case 0:
        changed = changed.toSpliced(at, 1);
        break;
      case 1:
        changed = [...changed, [hostileName(random), hostileValue(random)]];
        break;
      case 2:
        // The same name again, before or behind the other.
        changed = changed.toSpliced(random.between(0, changed.length), 0, [name, hostileValue(random)]);
        break;
      default:
        changed = changed.with(at, [name, hostileValue(random)]);
    }
    if (changed.length === 0) changed = [[hostileName(random), hostileValue(random)]];
  }
  return changed;
}

/** No JSON any more, or only just. */
function misspelt(text: string, random: Random): string {
  const at = random.between(0, text.length);
  switch (random.between(0, 5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return `${text.slice(0, at)}${random.pick(['"', '\\', '{', ']', ',', ':', '\u0000', '//', '\n'])}${text.slice(at)}`;
    case 2:
      return `${text}${random.pick([text, 'null', '}', ' ', '\u0000'])}`;
    case 3:
      return `\ufeff${text}`;
    case 4:
      return text.replaceAll('"', "'");
    default:
      return random.pick(['', ' ', 'NaN', 'undefined', '{a:1}', '[1,]', '{"a":01}', '{"a":1,}', '+1', 'tru']);
  }
}

/** Not UTF-8, though it says so. */
function misencoded(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  const at = random.between(0, Math.max(0, bytes.length - 1));
  switch (random.between(0, 3)) {
    case 0:
      return Buffer.from(text, 'utf16le');
    case 1:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from([0xc0, 0x80, 0xed, 0xa0, 0x80, 0xff]),
        bytes.subarray(at),
      ]);
    case 2:
      return Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ (1 << random.between(0, 7)) : byte)));
    default:
      return Buffer.from(Array.from({ length: random.between(0, 300) }, () => random.between(0, 255)));
  }
}

/** Packed, packed and then damaged, or said to be what it is not. */
function packed(text: string, random: Random): HostileBody {
  const { name, pack } = random.pick<(typeof packers)[number]>(packers);
  const bytes = pack(text);
  switch (random.between(0, 4)) {
    case 0:
      return sent(bytes.subarray(0, random.between(0, bytes.length)), name);
    case 1:
      return sent(Buffer.from(text), name);
    case 2:
      return sent(bytes, random.pick(['identity', 'compress', 'gzip, br', 'x']));
    case 3:
      return { ...sent(Buffer.from(text)), type: random.pick(['text/plain', 'application/json; charset=utf-16', 'x']) };
    default:
      return sent(bytes, name);
  }
}
