import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { type Audit, auditTrail } from './actors/audit.ts';
import { readConfig } from './config.ts';
import { NewApiKeySchema } from './domain/api-key.ts';
import { unwrap } from './domain/errors.ts';
import { OrganizationSchema } from './domain/id-schemas.ts';
import { commandLog } from './logger.ts';
import { type ApiKeys, type ApiKeyView, openApiKeys } from './store/api-keys.ts';
import { gatewaySecrets } from './store/gateway-secrets.ts';
import { openStore } from './store/open.ts';

const usage = `usage:
  npm run --silent keys -- create --org ORG --name NAME --can read,send,manage [--days 90]
  npm run --silent keys -- list --org ORG
  npm run --silent keys -- revoke --org ORG --id ID
`;

const dayMs = 24 * 60 * 60_000;
const pageSize = 1_000;

const ArgumentsSchema = v.variant('command', [
  v.strictObject({
    command: v.literal('create'),
    org: OrganizationSchema,
    name: NewApiKeySchema.entries.name,
    can: v.pipe(
      v.string(),
      v.transform((list): unknown => list.split(',')),
      NewApiKeySchema.entries.capabilities,
    ),
    /** How long the key is valid; for ever unless given. */
    days: v.optional(
      v.pipe(v.string(), v.regex(/^[1-9]\d{0,3}$/, 'must be a number of days, 1 to 9999'), v.transform(Number)),
    ),
  }),
  v.strictObject({ command: v.literal('list'), org: OrganizationSchema }),
  v.strictObject({ command: v.literal('revoke'), org: OrganizationSchema, id: v.string() }),
]);

type Arguments = v.InferOutput<typeof ArgumentsSchema>;

function readArguments(): Arguments {
  const text = { type: 'string' } as const;
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { org: text, name: text, can: text, days: text, id: text },
  });
  const parsed = v.safeParse(ArgumentsSchema, { command: positionals[0], ...values });
  if (parsed.success) return parsed.output;
  throw new Error(parsed.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join('\n'));
}

/** What is printed: a new key and nothing else, the keys as tab-separated lines, or what was done. */
async function run(keys: ApiKeys, audit: Audit, given: Arguments): Promise<string> {
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
  audit: Audit,
  { org: organization, id }: Extract<Arguments, { command: 'revoke' }>,
) {
  const revoked = await keys.revoke(organization, id);
  if (revoked === null) throw new Error(`there is no key ${id} in ${organization}`);
  if (revoked === 'now') audit.record({ audit: 'api_key.revoked', by: 'command', organization, apiKey: id });
  return `revoked ${id}`;
}

async function create(keys: ApiKeys, audit: Audit, given: Extract<Arguments, { command: 'create' }>): Promise<string> {
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

try {
  const given = readArguments();
  await using store = await openStore(readConfig(process.env), { as: 'visitor' });
  const audit = auditTrail(commandLog(), (await gatewaySecrets(store)).logKey);
  const printed = await run(await openApiKeys(store, Date.now), audit, given);
  if (printed !== '') process.stdout.write(`${printed}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}
