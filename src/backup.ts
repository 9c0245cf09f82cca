import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { commandLog } from './logger.ts';
import { type BackedUp, type BackUpOptions, backUp } from './store/backup/back-up.ts';

const usage = `usage:
  npm run --silent backup -- --to FOLDER [--with-key]

Copies the embedded store into a new folder, while the gateway runs. The copy is sealed like the store, and nothing in it
can be read without the master key. --with-key puts that into the folder, too: then keep it like the key itself.
`;

function readArguments(): Pick<BackUpOptions, 'to' | 'key'> {
  const { values } = parseArgs({
    options: { to: { type: 'string' }, 'with-key': { type: 'boolean', default: false } },
  });
  if (values.to === undefined || values.to === '') throw new Error('--to says which folder the backup becomes');
  return { to: values.to, key: values['with-key'] ? 'included' : 'apart' };
}

function sentenceFor({ bytes, takenAt, masterKey, key }: BackedUp, given: Pick<BackUpOptions, 'to' | 'key'>): string {
  const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const tried = key === 'tried' ? '' : ' It was not at hand, so whether you have the right one was not checked.';
  const kept =
    given.key === 'included'
      ? 'Its master key is in it: whoever has the folder can read everything.'
      : `It can be restored only with the master key that has the id ${masterKey}; keep that somewhere else.${tried}`;
  return `Backed up to ${given.to}: ${size}, as of ${new Date(takenAt).toISOString()}. ${kept}`;
}

try {
  const given = readArguments();
  const backedUp = await backUp(readConfig(process.env), { ...given, now: Date.now });
  commandLog().info({ file: given.to, bytes: backedUp.bytes, takenAt: backedUp.takenAt }, 'backup made');
  process.stdout.write(`${sentenceFor(backedUp, given)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}
