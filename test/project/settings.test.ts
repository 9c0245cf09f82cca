import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { readConfig } from '../../src/config.ts';
import { tableUnder } from './support/markdown.ts';
import { read } from './support/project.ts';

/** The settings as the schema in `src/config.ts` declares them, each with its default; empty when it has none. */
function declared(): Map<string, string> {
  const [, schema = ''] = /const SettingsSchema = v\.object\(\{\n([\s\S]*?)\n\}\);/.exec(read('src/config.ts')) ?? [];
  const entries = schema.replaceAll(/^ *\/\*\*.*\n/gm, '').split(/^ {2}(?=[A-Z_]+: v\.optional\()/m);
  return new Map(
    entries
      .filter((entry) => entry !== '')
      .map((entry) => [entry.slice(0, entry.indexOf(':')), /'([^']*)',?\s*\),?\s*$/.exec(entry)?.[1] ?? '']),
  );
}

/** The settings that `.env.example` shows, all of them commented out. */
function exampled(): Map<string, string> {
  const uncommented = read('.env.example').replaceAll(/^#(?=[A-Z_]+=)/gm, '');
  return new Map(Object.entries(parseEnv(uncommented)).map(([name, value = '']) => [name, value]));
}

test('the settings that the code declares are found', () => {
  assert.equal(declared().get('HOST'), '127.0.0.1');
  assert.equal(declared().get('WHATSAPP_URL'), '');
  assert.equal(readConfig(Object.fromEntries(declared())).logLevel, declared().get('LOG_LEVEL'));
});

test('.env.example shows every setting with its default, and no other', () => {
  assert.deepEqual(exampled(), declared());
});

test('.env.example changes nothing, neither as it stands nor with every line uncommented', () => {
  const { nodeId: _, ...defaults } = readConfig({});

  assert.deepEqual(parseEnv(read('.env.example')), {});
  assert.partialDeepStrictEqual(readConfig(Object.fromEntries(exampled())), defaults);
});

test('the page on configuration shows every setting with its default, and no other', () => {
  const rows = tableUnder(read('docs/configuration.md'), 'Settings');

  assert.deepEqual(new Map(rows.map(([name = '', value = '']) => [name, value === 'none' ? '' : value])), declared());
});
