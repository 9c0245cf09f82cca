import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { type AuditLog, createAuditLog } from '../actors/audit-log.ts';
import { readConfig } from '../config.ts';
import { NewApiKeySchema } from '../domain/api-key.ts';
import { unwrap } from '../domain/errors.ts';
import { OrganizationSchema } from '../domain/id-schemas.ts';
import { commandLog } from '../logger.ts';
import { openStore } from '../store/open-store.ts';
import { type ApiKeys, type ApiKeyView, openApiKeys } from '../store/records/api-keys/api-keys.ts';
import { gatewaySecrets } from '../store/records/gateway-secrets.ts';
import { type Command, UsageError } from './command.ts';

const usage = `usage:
  troupe keys create --org ORG --name NAME --can read,send,manage [--days 90]
  troupe keys list --org ORG
  troupe keys revoke --org ORG --id ID

Creates, lists and revokes API keys of an organization; the gateway may be running. A new key is printed once and stored
only as a hash. It never expires unless --days is given.
`;

const dayMs = 24 * 60 * 60_000;
const pageSize = 1_000;

const ArgumentsSchema = v.variant(
  'command',
  [
    v.strictObject({
      command: v.literal('create'),
      org: OrganizationSchema,
      name: NewApiKeySchema.entries.name,
      can: v.pipe(
        v.string(),
        v.transform((list): unknown => list.split(',')),
        NewApiKeySchema.entries.capabilities,
      ),
      /** How long the key is valid; it never expires unless given. */
      days: v.optional(
        v.pipe(v.string(), v.regex(/^[1-9]\d{0,3}$/, 'must be a number of days, 1 to 9999'), v.transform(Number)),
      ),
    }),
    v.strictObject({ command: v.literal('list'), org: OrganizationSchema }),
    v.strictObject({ command: v.literal('revoke'), org: OrganizationSchema, id: v.string() }),
  ],
  'must be create, list or revoke',
);

type Arguments = v.InferOutput<typeof ArgumentsSchema>;

function readArguments(args: readonly string[]): Arguments {
  const text = { type: 'string' } as const;
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { org: text, name: text, can: text, days: text, id: text },
  });
  const [command = '', ...surplus] = positionals;
  if (surplus.length > 0) throw new UsageError(`unexpected argument: ${surplus.join(' ')}`);
  const parsed = v.safeParse(ArgumentsSchema, { command, ...values });
  if (parsed.success) return parsed.output;
  throw new UsageError(parsed.issues.map((issue) => faultOf(issue, command)).join('\n'));
}

function faultOf(issue: v.InferIssue<typeof ArgumentsSchema>, command: string): string {
  if (issue.type === 'variant')
    return `${command === '' ? 'missing action' : `unknown action ${command}`}: ${issue.message}`;
  const option = `--${v.getDotPath(issue)}`;
  if (issue.type !== 'strict_object') return `${option} ${issue.message}`;
  return issue.expected === 'never' ? `${option} is not an option of keys ${command}` : `${option} is required`;
}

/** Yields the output: only the new key, the keys as tab-separated lines, or a confirmation. */
async function execute(keys: ApiKeys, audit: AuditLog, given: Arguments): Promise<string> {
  switch (given.command) {
    case 'create':
      return create(keys, audit, given);
    case 'list':
      return (await Array.fromAsync(all(keys, given.org))).map(line).join('\n');
    case 'revoke':
      return revoke(keys, audit, given);
  }
}

async function revoke(
  keys: ApiKeys,
  audit: AuditLog,
  { org: organization, id }: Extract<Arguments, { command: 'revoke' }>,
) {
  const revoked = await keys.revoke(organization, id);
  if (revoked === null) throw new Error(`there is no key ${id} in ${organization}`);
  if (revoked === 'now') audit.record({ audit: 'api_key.revoked', by: 'command', organization, apiKey: id });
  return `revoked ${id}`;
}

async function create(
  keys: ApiKeys,
  audit: AuditLog,
  given: Extract<Arguments, { command: 'create' }>,
): Promise<string> {
  const { org: organization, name, can: capabilities, days } = given;
  const expiresAt = days === undefined ? null : Date.now() + days * dayMs;
  const created = await keys.create({ organization, name, capabilities, expiresAt });
  const { token, record } = unwrap(created);
  audit.record({ audit: 'api_key.created', by: 'command', organization, apiKey: record.id, capabilities });
  return token;
}

async function* all(keys: ApiKeys, organization: string): AsyncGenerator<ApiKeyView> {
  for (let after: string | undefined; ; ) {
    const page = await keys.list(organization, { limit: pageSize, ...(after !== undefined && { after }) });
    yield* page;
    after = page.at(-1)?.record.id;
    if (page.length < pageSize) return;
  }
}

function line({ record, lastUsedAt }: ApiKeyView): string {
  const { id, name, capabilities, createdAt } = record;
  const used = lastUsedAt === null ? 'never used' : `used ${time(lastUsedAt)}`;
  return [id, name, capabilities.join(','), time(createdAt), stateOf(record), used].join('\t');
}

function stateOf({ revokedAt, expiresAt }: ApiKeyView['record']): string {
  if (revokedAt !== null) return `revoked ${time(revokedAt)}`;
  if (expiresAt === null) return 'valid';
  return `${expiresAt > Date.now() ? 'valid until' : 'expired'} ${time(expiresAt)}`;
}

function time(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

async function run(parameters: readonly string[]): Promise<number> {
  const given = readArguments(parameters);
  await using store = await openStore(readConfig(process.env), { as: 'visitor' });
  const audit = createAuditLog(commandLog(), (await gatewaySecrets(store)).logKey);
  const printed = await execute(await openApiKeys(store, Date.now), audit, given);
  if (printed !== '') process.stdout.write(`${printed}\n`);
  return 0;
}

export const command: Command = { usage, run };
