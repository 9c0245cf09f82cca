import * as v from 'valibot';
import { SessionSchema } from '../../../src/http/response/session-schema.ts';
import type { Client } from '../../support/gateway/client.ts';
import type { Story } from './fixture.ts';
import type { Stage } from './story.ts';

/** The numbers of the sessions that are linked. */
export const phones = {
  running: '491700000001',
  stopped: '491700000002',
  loggedOut: '491700000003',
  failed: '491700000004',
  second: '491700000005',
} as const;

export type SessionIds = Readonly<Record<keyof typeof phones | 'unlinked', string>>;

/** Sessions that run, all but one of them linked. */
export async function linkedSessions({ first, second, simulator }: Stage): Promise<SessionIds> {
  return {
    running: await first.linked(simulator, phones.running),
    stopped: await first.linked(simulator, phones.stopped),
    loggedOut: await first.linked(simulator, phones.loggedOut),
    failed: await first.linked(simulator, phones.failed),
    unlinked: (await first.created()).id,
    second: await second.linked(simulator, phones.second),
  };
}

/** Brings those to rest that are named for it. */
export async function rested({ first, simulator }: Stage, ids: SessionIds): Promise<void> {
  await first.call('POST', `/sessions/${ids.stopped}:stop`);
  await first.until(ids.stopped, 'stopped');
  simulator.unlink(phones.loggedOut);
  await first.until(ids.loggedOut, 'logged_out');
  simulator.faults.add({ kind: 'login-failure', code: 402, expire: 86_400, account: phones.failed });
  simulator.disconnect(phones.failed, 'reset');
  await first.until(ids.failed, 'failed');
}

export async function sessionsOf({ first, second }: Stage, ids: SessionIds): Promise<Story['sessions']> {
  const { second: other, ...own } = ids;
  const shown = Object.values(own).map((id) => shownTo(first, id));
  return Promise.all([...shown, shownTo(second, other)]);
}

async function shownTo(client: Client, id: string): Promise<Story['sessions'][number]> {
  const shown = v.parse(SessionSchema, (await client.call('GET', `/sessions/${id}`)).body);
  const { status, reason, statusSince, phoneNumber } = shown;
  return { token: client.token, id, phoneNumber, status, reason, statusSince };
}
