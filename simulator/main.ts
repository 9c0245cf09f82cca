import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { reasonOf } from './errors.ts';
import { greeting } from './greeting.ts';
import { silenceConsole } from './quiet-console.ts';
import { startSimulator } from './simulator.ts';

const DEFAULT_PORT = 7700;

/** Somebody to write to, for a newcomer; one of them never reads, and one has only a phone. */
const FIRST_CONTACTS = [
  { phone: '15550000001', name: 'Ada' },
  { phone: '15550000002', name: 'Ben', devices: 1 },
  { phone: '15550000003', name: 'Cleo', receipts: 'delivered' },
] as const;

/** Runs the simulator until it is told to stop. */
async function main(): Promise<void> {
  silenceConsole();
  const { host, port } = readArguments();
  const simulator = await startSimulator({ host, port });
  for (const contact of FIRST_CONTACTS) simulator.addContact(contact);
  process.stdout.write(greeting(simulator));
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await simulator.close();
}

function readArguments(): { host: string; port: number } {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: String(DEFAULT_PORT) },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not a port`);
  return { host: values.host, port };
}

try {
  await main();
} catch (error) {
  process.stderr.write(`the simulator could not run: ${reasonOf(error)}\n`);
  process.exitCode = 1;
}
