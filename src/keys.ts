import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { readConfig } from './config.ts';
import { NewApiKeySchema } from './domain/api-key.ts';
import { unwrap } from './domain/errors.ts';
import { OrganizationSchema } from './domain/id-schemas.ts';
import { type ApiKeys, type ApiKeyView, openApiKeys } from './store/api-keys.ts';
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
async function run(keys: ApiKeys, given: Arguments): Promise<string> {
  switch (given.command) {
    case 'create':
      return create(keys, given);
    case 'list':
      return (await Array.fromAsync(all(keys, given.org))).map(line).join('\n');
    case 'revoke':
      if ((await keys.revoke(given.org, given.id)) === null) {
        throw new Error(`there is no key ${given.id} in ${given.org}`);
      }
      return `revoked ${given.id}`;
  }
}

async function create(keys: ApiKeys, given: Extract<Arguments, { command: 'create' }>): Promise<string> {
  const { org: organization, name, can: capabilities, days } = given;
  const expiresAt = days === undefined ? null : Date.now() + days * dayMs;
  const created = await keys.create({ organization, name, capabilities, expiresAt });
  return unwrap(created).token;
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
  const printed = await run(await openApiKeys(store, Date.now), given);
  if (printed !== '') process.stdout.write(`${printed}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}
