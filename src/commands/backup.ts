import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { commandLog } from '../logger.ts';
import { type BackedUp, type BackUpOptions, backUp } from '../store/backup/back-up.ts';
import { type Command, UsageError } from './command.ts';

const usage = `usage:
  troupe backup --to FOLDER [--with-key]

Copies the embedded store into a new folder while the gateway runs. The copy is encrypted like the store and is
unreadable without the master key. --with-key adds the key to the folder: then keep the folder as safe as the key itself.
`;

function readArguments(args: readonly string[]): Pick<BackUpOptions, 'to' | 'key'> {
  const { values } = parseArgs({
    args: [...args],
    options: { to: { type: 'string' }, 'with-key': { type: 'boolean', default: false } },
  });
  if (values.to === undefined || values.to === '') throw new UsageError('--to FOLDER is required');
  return { to: values.to, key: values['with-key'] ? 'included' : 'apart' };
}

function sentenceFor({ bytes, takenAt, masterKey, key }: BackedUp, given: Pick<BackUpOptions, 'to' | 'key'>): string {
  const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const tried = key === 'tried' ? '' : ' The key was not available, so it was not checked against the copy.';
  const kept =
    given.key === 'included'
      ? 'It contains its master key: anyone who has the folder can read everything.'
      : `Restoring it requires the master key with the id ${masterKey}; keep that somewhere else.${tried}`;
  return `Backed up to ${given.to}: ${size}, as of ${new Date(takenAt).toISOString()}. ${kept}`;
}

async function run(parameters: readonly string[]): Promise<number> {
  const given = readArguments(parameters);
  const backedUp = await backUp(readConfig(process.env), { ...given, now: Date.now });
  commandLog().info({ file: given.to, bytes: backedUp.bytes, takenAt: backedUp.takenAt }, 'backup made');
  process.stdout.write(`${sentenceFor(backedUp, given)}\n`);
  return 0;
}

export const command: Command = { usage, run };
