import { writeFileSync } from 'node:fs';

/**
 * Preloaded into a gateway: asked over the channel to its parent, it writes to the file PROTOTYPES what has become of the
 * prototypes that every object shares: the names of properties that were not there at the start, or are gone.
 */
const path = process.env['PROTOTYPES'];
if (path === undefined) throw new Error('PROTOTYPES names no file');

const shared = {
  Object: Object.prototype,
  Array: Array.prototype,
  Function: Function.prototype,
  String: String.prototype,
};

function names(): Set<string> {
  const all = Object.entries(shared).flatMap(([owner, prototype]) =>
    Reflect.ownKeys(prototype).map((key) => `${owner}.prototype.${String(key)}`),
  );
  return new Set(all);
}

const atTheStart = names();

process.on('message', () => {
  const now = names();
  const changed = [...atTheStart, ...now].filter((name) => !(atTheStart.has(name) && now.has(name)));
  writeFileSync(path, JSON.stringify(changed));
  process.send?.('written');
});
// Whoever waits for nothing but its parent is to end.
process.channel?.unref();
