import { type Command, isUsageError, UsageError } from './commands/command.ts';
import { exitCodeOf, Signals } from './commands/signals.ts';
import { firstErrorOf } from './domain/errors.ts';

interface Entry {
  about: string;
  /** Loaded when it is called: the gateway takes a while. */
  load: () => Promise<{ command: Command }>;
}

const commands = new Map<string, Entry>([
  ['serve', { about: 'run the gateway until a signal ends it', load: () => import('./commands/serve.ts') }],
  ['keys', { about: 'create, list and revoke API keys', load: () => import('./commands/keys.ts') }],
  ['backup', { about: 'copy the embedded store while the gateway runs', load: () => import('./commands/backup.ts') }],
  ['restore', { about: 'put a backup into an empty data directory', load: () => import('./commands/restore.ts') }],
  ['master-key', { about: 'replace the master key of the store', load: () => import('./commands/master-key.ts') }],
  ['doctor', { about: 'check whether a gateway can work here', load: () => import('./commands/doctor.ts') }],
]);

const usage = `usage: troupe COMMAND

${[...commands].map(([name, { about }]) => `  ${name.padEnd(12)}${about}\n`).join('')}
troupe COMMAND --help explains a command. Settings come from the environment; docs/configuration.md lists them.
Exit codes: 0 done, 1 failed, 2 called with a command or options that do not exist.
`;

const [name = '', ...parameters] = process.argv.slice(2);

function asksForHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

/** What is printed for each usage error, after what is wrong. */
let help = usage;

async function run(): Promise<number> {
  const signals = new Signals();
  if (asksForHelp(name)) return print(usage);
  const entry = commands.get(name);
  if (entry === undefined) throw new UsageError(name === '' ? 'missing command' : `unknown command ${name}`);
  if (name === 'serve') signals.listen();
  // Process 1 gets only the signals that it listens to; for any other the system's default ends it.
  else if (process.pid === 1) signals.listen().addEventListener('abort', () => process.exit(exitCodeOf(signals.first)));
  const { command } = await entry.load();
  help = command.usage;
  return parameters.some(asksForHelp) ? print(help) : command.run(parameters, signals);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function report(thrown: unknown): number {
  const error = firstErrorOf(thrown);
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(isUsageError(error) ? `${message}\n\n${help}` : `${message}\n`);
  return isUsageError(error) ? 2 : 1;
}

// Exit explicitly: a check that timed out may still hold a handle open.
process.exit(await run().catch(report));
