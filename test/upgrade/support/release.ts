import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../support/gateway/command.ts';
import { type GatewayProcess, startGatewayProcess } from '../../support/gateway/gateway-process.ts';
import type { FixtureKey } from './fixture.ts';

/** A checkout of a release, with its packages, whose programs can be run. */
export interface Release {
  /** Its commit, abbreviated. */
  readonly name: string;
  start(settings: NodeJS.ProcessEnv): Promise<GatewayProcess>;
  /** Makes an api key with its command. */
  newKey(settings: NodeJS.ProcessEnv, key: Omit<FixtureKey, 'token'>): Promise<FixtureKey>;
}

/** Throws when the folder is no checkout, or one with changes that are not committed. */
export function releaseIn(checkout: string): Release {
  const git = (...args: string[]) => execFileSync('git', ['-C', checkout, ...args], { encoding: 'utf8' }).trim();
  if (git('status', '--porcelain', '--untracked-files=no') !== '') throw new Error(`${checkout} has changes`);
  const main = join(checkout, 'src/main.ts');
  // 0.1.0 has a program for each command.
  const keysProgram = join(checkout, 'src/keys.ts');
  const [serve, keysCommand] = existsSync(keysProgram)
    ? [[main], [keysProgram]]
    : [
        [main, 'serve'],
        [main, 'keys'],
      ];
  const keys = async (settings: NodeJS.ProcessEnv, ...parameters: string[]) => {
    const { code, stdout, stderr } = await runCommand('keys', parameters, settings, keysCommand);
    if (code !== 0) throw new Error(`the command for keys failed: ${stderr}`);
    return stdout.trim();
  };
  return {
    name: git('rev-parse', '--short=7', 'HEAD'),
    start: (settings) => startGatewayProcess(settings, [], [], serve),
    newKey: async (settings, key) => {
      const scope = ['--org', key.organization];
      const name = key.revoked ? 'revoked' : key.can.join('-');
      const token = await keys(settings, 'create', ...scope, '--name', name, '--can', key.can.join(','));
      if (key.revoked) await keys(settings, 'revoke', ...scope, '--id', await idOf(name));
      return { ...key, token };

      async function idOf(wanted: string): Promise<string> {
        const lines = (await keys(settings, 'list', ...scope)).split('\n').map((line) => line.split('\t'));
        const id = lines.find((columns) => columns.includes(wanted))?.[0];
        if (id === undefined) throw new Error(`there is no key ${wanted}`);
        return id;
      }
    },
  };
}
