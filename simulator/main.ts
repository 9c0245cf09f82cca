import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reasonOf } from './errors.ts';
import { greeting } from './greeting.ts';
import { silenceConsole } from './quiet-console.ts';
import { startSimulator } from './simulator.ts';

const DEFAULT_PORT = 7700;

/** The contacts of a new simulator; one has only a phone and is addressed by number, one sends no read receipts. */
const FIRST_CONTACTS = [
  { phone: '15550000001', name: 'Ada', addressing: 'lid' },
  { phone: '15550000002', name: 'Ben', devices: 1, addressing: 'pn' },
  { phone: '15550000003', name: 'Cleo', receipts: 'delivered' },
] as const;

/** Runs the simulator until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  silenceConsole();
  const { host, port, file } = readArguments();
  const state = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const simulator = await startSimulator({ host, port, state });
  if (state === undefined) for (const contact of FIRST_CONTACTS) simulator.addContact(contact);
  const stopSignal = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  process.stdout.write(greeting(simulator));
  await stopSignal;
  await simulator.close();
  if (file !== undefined) replaceFile(file, simulator.save());
}

/** Replaces the file atomically. */
function replaceFile(path: string, text: string): void {
  const draft = `${path}.draft`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}

function readArguments(): { host: string; port: number; file: string | undefined } {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: String(DEFAULT_PORT) },
      state: { type: 'string' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is not a port number from 0 to 65535`);
  return { host: values.host, port, file: values.state };
}

try {
  await main();
} catch (error) {
  process.stderr.write(`the simulator failed: ${reasonOf(error)}\n`);
  process.exitCode = 1;
}
