import { openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../src/config.ts';
import { unwrap } from '../src/domain/errors.ts';
import { openStore } from '../src/store/open-store.ts';
import { openApiKeys } from '../src/store/records/api-keys/api-keys.ts';
import type { SubjectOptions } from './baileys.ts';
import { Child } from './child.ts';
import { GatewayCaller } from './gateway-caller.ts';
import { drive, inBatches } from './load.ts';
import type { Subject } from './subject.ts';
import { linkedAtOnce, recipientOf, scan, type WhatsApp } from './whatsapp.ts';

/** The polling interval, and the number of polls before a timeout. */
const pollMs = 50;
const maxPolls = 1_200;

interface GatewayOptions extends Omit<SubjectOptions, 'output'> {
  /** The folder of its store and its log. */
  folder: string;
}

/** Starts the gateway as `npm start` does, with default settings and its log in a file, and links its sessions. */
export async function startGateway({ whatsapp, sessions, preloads, folder }: GatewayOptions): Promise<Subject> {
  await mkdir(folder, { recursive: true });
  const token = await newKey(folder);
  const log = join(folder, 'gateway.log');
  const settings = { PORT: '0', DATA_DIR: folder, WHATSAPP_URL: whatsapp.url, WHATSAPP_ROOT_KEY: whatsapp.rootKey };
  const child = new Child({
    program: 'src/main.ts',
    args: ['serve'],
    env: settings,
    preloads,
    output: openSync(log, 'a'),
  });
  const caller = new GatewayCaller(await addressIn(log, child), token);
  const ids = await inBatches(sessions, linkedAtOnce, (session) => link(caller, whatsapp, session));
  const bodies = ids.map((_, session) => bodyTo(recipientOf(session)));
  const send = (session: number) => caller.send(ids[session] ?? '', bodies[session] ?? '');
  return { name: 'gateway', child, run: (load) => drive(load, send) };
}

async function newKey(folder: string): Promise<string> {
  await using store = await openStore(readConfig({ DATA_DIR: folder }), { as: 'visitor' });
  const capabilities = ['read', 'send', 'manage'] as const;
  const keys = await openApiKeys(store, Date.now);
  return unwrap(await keys.create({ organization: 'bench', name: 'bench', capabilities })).token;
}

/** The address of the gateway, from its log. */
function addressIn(log: string, child: Child): Promise<string> {
  return until(async () => {
    const written = await readFile(log, 'utf8');
    if (child.hasEnded) throw new Error(`the gateway did not start:\n${written}`);
    return /"url":"([^"]+)".*"gateway started"/.exec(written)?.[1];
  });
}

/** Creates, links and connects a session. Returns its id. */
async function link(caller: GatewayCaller, whatsapp: WhatsApp, session: number): Promise<string> {
  const id = await caller.create();
  await scan(whatsapp, await until(() => caller.qr(id)), `1555200${String(session).padStart(4, '0')}`);
  await until(async () => ((await caller.session(id)).status === 'connected' ? true : undefined));
  await caller.unlimit(id);
  return id;
}

function bodyTo(recipient: string): string {
  const text = 'Your parcel is on its way and will arrive tomorrow.';
  return JSON.stringify({ to: `${recipient}@s.whatsapp.net`, type: 'text', text });
}

async function until<T>(poll: () => Promise<T | undefined>): Promise<T> {
  for (let polls = 0; polls < maxPolls; polls += 1) {
    const found = await poll();
    if (found !== undefined) return found;
    await pause(pollMs);
  }
  throw new Error('the gateway did not get ready in time');
}
