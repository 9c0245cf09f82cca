import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contact } from '../../../simulator/api/contact-api.ts';
import type { Client } from '../../support/gateway/client.ts';
import { startTestBed, type TestBed } from '../../support/gateway/gateway.ts';
import { Relay } from '../../support/redis/relay.ts';

export const own = '491700000001';
const recipient = '6281234567890';
export const to = `${recipient}@s.whatsapp.net`;

/** A gateway for examples to work with, under an address that outlasts a restart of it. */
export interface ExampleBed extends AsyncDisposable {
  readonly client: Client;
  /** A person on the simulated WhatsApp, whose address is {@link to}. */
  readonly contact: Contact;
  /** A folder for what an example writes. */
  readonly folder: string;
  readonly url: string;
  readonly simulator: TestBed['simulator'];
  /** Texts that the contact has decrypted. */
  received(): (string | undefined)[];
  restart(): Promise<void>;
}

export async function startExampleBed(): Promise<ExampleBed> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'troupe-test-'));
  resources.defer(() => rm(folder, { recursive: true }));
  const bed = resources.use(await startTestBed());
  const relay = resources.use(await Relay.open(bed.gateway.url));
  const contact = bed.simulator.addContact({ phone: recipient, devices: 1 });
  const client = await bed.client();
  const owned = resources.move();
  return {
    client,
    contact,
    folder,
    url: relay.url.replace(/\/$/, ''),
    simulator: bed.simulator,
    received: () => bed.simulator.ledger.deliveries({ to: recipient }).map(({ text }) => text),
    restart: async () => {
      await bed.restart();
      relay.pointTo(bed.gateway.url);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
