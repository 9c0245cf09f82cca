import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { readConfig } from './config.ts';
import { type ApiKeyRecord, CapabilitySchema } from './domain/access.ts';
import { OrganizationSchema } from './domain/ids.ts';
import { type ApiKeys, apiKeys } from './store/api-keys.ts';
import { openStore } from './store/open.ts';

const usage = `usage:
  npm run --silent keys -- create --org ORG --name NAME --can read,send,manage
  npm run --silent keys -- list --org ORG
  npm run --silent keys -- revoke --org ORG --id ID
`;

const ArgumentsSchema = v.variant('command', [
  v.strictObject({
    command: v.literal('create'),
    org: OrganizationSchema,
    name: v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(100, 'must be at most 100 characters')),
    can: v.pipe(
      v.string(),
      v.transform((list) => list.split(',')),
      v.array(CapabilitySchema, 'must list some of read, send, manage'),
    ),
  }),
  v.strictObject({ command: v.literal('list'), org: OrganizationSchema }),
  v.strictObject({ command: v.literal('revoke'), org: OrganizationSchema, id: v.string() }),
]);

type Arguments = v.InferOutput<typeof ArgumentsSchema>;

function readArguments(): Arguments {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { org: { type: 'string' }, name: { type: 'string' }, can: { type: 'string' }, id: { type: 'string' } },
  });
  const parsed = v.safeParse(ArgumentsSchema, { command: positionals[0], ...values });
  if (parsed.success) return parsed.output;
  throw new Error(parsed.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join('\n'));
}

/** What is printed: a new key and nothing else, the keys as tab-separated lines, or what was done. */
async function run(keys: ApiKeys, given: Arguments): Promise<string> {
  switch (given.command) {
    case 'create': {
      const { token } = await keys.create({ organization: given.org, name: given.name, capabilities: given.can });
      return token;
    }
    case 'list':
      return (await keys.list(given.org)).map(line).join('\n');
    case 'revoke':
      if (!(await keys.revoke(given.org, given.id))) throw new Error(`there is no key ${given.id} in ${given.org}`);
      return `revoked ${given.id}`;
  }
}

function line({ id, name, capabilities, createdAt, revokedAt }: ApiKeyRecord): string {
  const state = revokedAt === null ? 'valid' : `revoked ${new Date(revokedAt).toISOString()}`;
  return [id, name, capabilities.join(','), new Date(createdAt).toISOString(), state].join('\t');
}

try {
  const given = readArguments();
  const store = await openStore(readConfig(process.env), { as: 'visitor' });
  const printed = await run(apiKeys(store, Date.now), given).finally(() => store[Symbol.asyncDispose]());
  if (printed !== '') process.stdout.write(`${printed}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}
