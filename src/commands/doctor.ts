import { parseArgs } from 'node:util';
import { type Config, ConfigError, readConfig } from '../config.ts';
import type { Command } from './command.ts';
import { checkDataDirectory } from './doctor/data-directory.ts';
import { checkEmbeddedStore, checkMasterKey } from './doctor/embedded-store.ts';
import { type Check, type Found, findAll } from './doctor/finding.ts';
import { checkGateway } from './doctor/gateway.ts';
import { checkNode } from './doctor/node.ts';
import { checkSettings } from './doctor/settings.ts';
import { checkClock, checkWhatsApp } from './doctor/whatsapp.ts';

const usage = `usage:
  troupe doctor [--json]

Checks whether a gateway can run with these settings, and says how to fix what fails. It changes nothing and may run
while a gateway does. The exit code is 1 when a check failed.
`;

function settingsOf(environment: NodeJS.ProcessEnv): { config: Config | null; fault: string } {
  try {
    return { config: readConfig(environment), fault: '' };
  } catch (error) {
    if (error instanceof ConfigError) return { config: null, fault: error.message };
    throw error;
  }
}

async function checksFor(environment: NodeJS.ProcessEnv): Promise<Check[]> {
  const { config, fault } = settingsOf(environment);
  const always: Check[] = [
    { name: 'settings', run: () => checkSettings(environment, config, fault) },
    { name: 'node', run: () => checkNode(process.version) },
  ];
  if (config === null) return always;
  const { whatsappUrl } = config;
  return [
    ...always,
    ...(await storeChecks(config)),
    { name: 'whatsapp', run: () => checkWhatsApp(whatsappUrl) },
    { name: 'clock', run: () => checkClock(whatsappUrl) },
    { name: 'gateway', run: () => checkGateway(config) },
  ];
}

async function storeChecks(config: Config): Promise<Check[]> {
  const { redis, dataDir } = config;
  if (redis === undefined) {
    return [
      { name: 'data directory', run: () => checkDataDirectory(dataDir) },
      { name: 'store', run: () => checkEmbeddedStore(config) },
      { name: 'master key', run: () => checkMasterKey(config) },
    ];
  }
  const { redisChecks } = await import('./doctor/redis.ts');
  return redisChecks(config, redis);
}

function lineOf({ state, check, says, advice }: Found): string {
  return `${state.padEnd(8)} ${check.padEnd(15)} ${says}${advice === undefined ? '' : `. ${advice}`}\n`;
}

async function run(parameters: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...parameters], options: { json: { type: 'boolean', default: false } } });
  const found: Found[] = [];
  for await (const finding of findAll(await checksFor(process.env))) {
    found.push(finding);
    if (!values.json) process.stdout.write(lineOf(finding));
  }
  const outcome = found.some(({ state }) => state === 'failed') ? 'failed' : 'ok';
  if (values.json) process.stdout.write(`${JSON.stringify({ outcome, checks: found })}\n`);
  return outcome === 'failed' ? 1 : 0;
}

export const command: Command = { usage, run };
