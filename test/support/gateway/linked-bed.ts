import { after } from 'node:test';
import type { Logger } from 'pino';
import type { Contact, ContactOptions } from '../../../simulator/api/contact-api.ts';
import type { GatewayOptions } from '../../../src/gateway.ts';
import type { Client } from './client.ts';
import { recipient } from './environment.ts';
import { startTestBed, type TestBed } from './gateway.ts';

/** The number that the session of a linked bed is linked to. */
export const own = '491700000001';

/** A test bed with a client that may do everything, and somebody to write to. */
export interface ContactBed extends AsyncDisposable {
  readonly bed: TestBed;
  readonly client: Client;
  /** The `recipient`. */
  readonly contact: Contact;
}

/** The same with a session that is linked to the number `own`. */
export interface LinkedBed extends ContactBed {
  readonly session: string;
}

interface BedOptions {
  /** Environment settings of the gateway. */
  readonly settings?: NodeJS.ProcessEnv;
  /** Where the gateway logs to; it is checked unless given. */
  readonly log?: Logger;
  readonly gateway?: GatewayOptions;
  /** What is special about the contact, who can only be written to by LID unless that says otherwise. */
  readonly contact?: Omit<ContactOptions, 'phone'>;
}

/** Starts a test bed without a session. */
export async function contactBed({ settings, log, gateway, contact }: BedOptions = {}): Promise<ContactBed> {
  await using resources = new AsyncDisposableStack();
  const bed = resources.use(await startTestBed(settings, log, gateway));
  const client = await bed.client();
  const owned = resources.move();
  return {
    bed,
    client,
    contact: bed.simulator.addContact({ addressing: 'lid', numbers: 'refused', ...contact, phone: recipient }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Starts a test bed with one linked session. */
export async function linkedBed(options: BedOptions = {}): Promise<LinkedBed> {
  await using resources = new AsyncDisposableStack();
  const started = resources.use(await contactBed(options));
  const session = await started.client.linked(started.bed.simulator, own);
  const owned = resources.move();
  return { ...started, session, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** For a whole file: disposes of what its tests share when they have ended. */
export function shared<T extends AsyncDisposable>(resource: T): T {
  after(() => resource[Symbol.asyncDispose]());
  return resource;
}
