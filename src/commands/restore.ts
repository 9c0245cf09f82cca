import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import { resetSignalState } from '../actors/socket/signal/reset-signal-state.ts';
import { type Config, readConfig } from '../config.ts';
import { OperatorError } from '../domain/errors.ts';
import { commandLog, muteConsole } from '../logger.ts';
import { prepareRestoredRedis } from '../store/backup/prepare-restored-redis.ts';
import { restore } from '../store/backup/restore.ts';
import type { GatewayStore } from '../store/gateway-store.ts';
import { markQueueRestored } from '../store/records/outbox/mark-restored.ts';
import { credentials as credentialsOf } from '../store/records/sessions/credentials.ts';
import { sessions as sessionsOf } from '../store/records/sessions/sessions.ts';
import { unlessUnreadable } from '../store/unreadable-value.ts';
import { type Command, UsageError } from './command.ts';

const usage = `usage:
  troupe restore --from FOLDER [--data-dir DIR]
  troupe restore --in-redis

Puts a backup into an empty data directory: DIR, or else DATA_DIR. It needs the master key of the backup: in MASTER_KEY,
in the file master.key of the data directory, or in the backup. Before you start the gateway on it, ensure that the one
that was backed up no longer runs: two gateways that use the same login disconnect each other.

--in-redis prepares a Redis data set that you restored by hand, before any gateway starts on it.
`;

function readArguments(args: readonly string[]): { from: string; dataDir: string | undefined } | 'in redis' {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { from: text, 'data-dir': text, 'in-redis': { type: 'boolean' } },
  });
  if (values['in-redis'] === true) return 'in redis';
  if (values.from === undefined || values.from === '') throw new UsageError('--from FOLDER or --in-redis is required');
  return { from: values.from, dataDir: values['data-dir'] };
}

/** What was done to the sessions of a restored store. */
interface Prepared {
  linked: number;
  /** Sessions whose credentials cannot be read. */
  unreadable: number;
  queued: number;
}

const nothing: Prepared = { linked: 0, unreadable: 0, queued: 0 };

/** Adapts sessions to what happened after the backup: see {@link resetSignalState} and {@link markQueueRestored}. */
async function prepare(store: GatewayStore, now: number): Promise<Prepared> {
  const credentials = credentialsOf(store);
  const prepared = { ...nothing };
  for await (const address of sessionsOf(store).addresses()) {
    prepared.queued += await markQueueRestored(store, address, now);
    const reset = await unlessUnreadable('unreadable', () => resetSignalState(credentials, address, now));
    if (reset === 'unreadable') prepared.unreadable += 1;
    else if (reset) prepared.linked += 1;
  }
  return prepared;
}

/** @param where what is restored, and as of when if that is known */
function sentenceFor(where: string, { linked, unreadable, queued }: Prepared): string {
  const lost = unreadable === 0 ? '' : `\n${unreadable} sessions have unreadable credentials and must be linked again.`;
  return `Restored ${where}: ${linked} linked sessions, ${queued} queued sends.${lost}
It does not contain what happened after the backup. Before you start the gateway, note:
  - the gateway that was backed up must not run anywhere;
  - queued sends are sent unless they are older than 24 hours; those already sent since are sent again under the same id;
  - api keys revoked since are valid again, and sessions deleted since are back;
  - idempotency keys used since are free again, and readers of events get a stream.gap.
`;
}

async function restoreFolder(
  config: Config,
  { from, dataDir }: { from: string; dataDir: string | undefined },
  log: Logger,
): Promise<string> {
  const place = dataDir === undefined ? config : { ...config, dataDir, storePath: join(dataDir, 'troupe.db') };
  let prepared = nothing;
  const { takenAt } = await restore(place, {
    from,
    prepare: async (store) => {
      prepared = await prepare(store, Date.now());
    },
    now: Date.now,
  });
  log.info({ file: from, takenAt, count: prepared.linked }, 'backup restored');
  return sentenceFor(`to ${place.dataDir} as of ${new Date(takenAt).toISOString()}`, prepared);
}

async function restoreRedis(config: Config, log: Logger): Promise<string> {
  if (config.redis === undefined) throw new OperatorError('--in-redis requires REDIS_URL');
  let prepared = nothing;
  await prepareRestoredRedis(config, config.redis, async (store) => {
    prepared = await prepare(store, Date.now());
  });
  log.info({ count: prepared.linked }, 'restored Redis data set prepared');
  return sentenceFor(`what is ${config.storePath}`, prepared);
}

async function run(parameters: readonly string[]): Promise<number> {
  const log = commandLog();
  // libsignal prints to the console.
  muteConsole(log);
  const given = readArguments(parameters);
  const config = readConfig(process.env);
  const restored = given === 'in redis' ? restoreRedis(config, log) : restoreFolder(config, given, log);
  process.stdout.write(await restored);
  return 0;
}

export const command: Command = { usage, run };
