import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renewIdentity } from './actors/socket/renew-identity.ts';
import { type Config, readConfig } from './config.ts';
import { commandLog, muteConsole } from './logger.ts';
import type { Manifest } from './store/backup/manifest.ts';
import { restore } from './store/backup/restore.ts';
import { credentials as credentialsOf } from './store/credentials.ts';
import { unlessDamaged } from './store/damage.ts';
import type { GatewayStore } from './store/gateway-store.ts';
import { markQueueRestored } from './store/restored.ts';
import { sessions as sessionsOf } from './store/sessions.ts';

const usage = `usage:
  npm run --silent restore -- --from FOLDER [--data-dir DIR]

Puts a backup into an empty data directory: DIR, else DATA_DIR. It needs the master key of the backup: in MASTER_KEY, in
the file master.key of the data directory, or in the backup. Before the gateway starts on it, see to it that the one
whose store was backed up does not run any more: two that use one login throw each other out.
`;

function readArguments(): { from: string; dataDir: string | undefined } {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { from: text, 'data-dir': text } });
  if (values.from === undefined || values.from === '') throw new Error('--from says in which folder the backup is');
  return { from: values.from, dataDir: values['data-dir'] };
}

/** What was done to the sessions of a restored store. */
interface Prepared {
  linked: number;
  /** Sessions whose credentials are damaged. */
  damaged: number;
  queued: number;
}

/** Others have seen more of the sessions than the backup has: see {@link renewIdentity} and {@link markQueueRestored}. */
async function prepare(store: GatewayStore, now: number): Promise<Prepared> {
  const credentials = credentialsOf(store);
  const prepared: Prepared = { linked: 0, damaged: 0, queued: 0 };
  for await (const address of sessionsOf(store).addresses()) {
    prepared.queued += await markQueueRestored(store, address, now);
    const renewed = await unlessDamaged('damaged', () => renewIdentity(credentials, address, now));
    if (renewed === 'damaged') prepared.damaged += 1;
    else if (renewed) prepared.linked += 1;
  }
  return prepared;
}

function sentenceFor({ dataDir }: Config, { takenAt }: Manifest, { linked, damaged, queued }: Prepared): string {
  const lost = damaged === 0 ? '' : `\n${damaged} sessions have damaged credentials and must be linked again.`;
  return `Restored to ${dataDir} as of ${new Date(takenAt).toISOString()}: ${linked} linked sessions, ${queued} queued sends.${lost}
What happened since is not in it. Look after these before you start the gateway:
  - the gateway that was backed up must not run any more, anywhere;
  - queued sends go out (those older than 24 hours do not), also those that went out since: then a second time, under the same id;
  - api keys that were revoked since are valid again, and sessions that were deleted since are back;
  - idempotency keys that were used since are free again, and readers of events get a stream.gap.
`;
}

try {
  const { from, dataDir } = readArguments();
  const config = readConfig(process.env);
  const place = dataDir === undefined ? config : { ...config, dataDir, storePath: join(dataDir, 'troupe.db') };
  const log = commandLog();
  // libsignal prints to it.
  muteConsole(log);
  let prepared: Prepared = { linked: 0, damaged: 0, queued: 0 };
  const manifest = await restore(place, {
    from,
    prepare: async (store) => {
      prepared = await prepare(store, Date.now());
    },
    now: Date.now,
  });
  log.info({ file: from, takenAt: manifest.takenAt, count: prepared.linked }, 'backup restored');
  process.stdout.write(sentenceFor(place, manifest, prepared));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}
