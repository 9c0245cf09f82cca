import { capabilities } from '../../../src/domain/principal.ts';
import { phoneOf, type World } from '../../faults/support/world.ts';
import { Client } from '../../support/gateway/client.ts';
import { to } from '../../support/gateway/environment.ts';
import { wireRequest } from './wire.ts';

/** An organization, as its callers see it. */
interface Tenant {
  readonly token: string;
  readonly sessions: readonly string[];
}

/** So many organizations with so many sessions each, linked and with the highest rate limits that there are. */
export async function linkTenants(world: World, count: number, sessionsEach: number): Promise<Tenant[]> {
  const tenants: Tenant[] = [];
  let phones = 0;
  while (tenants.length < count) {
    const token = await world.directory.newKey(`tenant-${tenants.length}`, capabilities);
    const client = new Client(() => world.url, token);
    const sessions: string[] = [];
    while (sessions.length < sessionsEach) {
      sessions.push(await client.linked(world.simulator, phoneOf(phones)));
      phones += 1;
    }
    tenants.push({ token, sessions });
  }
  return tenants;
}

/** Of a hundred requests for a session. Sends have a limit of their own, so there are few. */
const mix = { session: 60, outbox: 20, list: 15, async: 3, sync: 2 } as const;

/** What the callers of an organization ask for, each request as often as it is likely. */
export function mixedRequests({ token, sessions }: Tenant): string[] {
  const text = JSON.stringify({ to, type: 'text', text: 'under load' });
  return sessions.flatMap((session) => {
    const path = `/api/v1/sessions/${session}`;
    const requests = {
      session: wireRequest('GET', path, token),
      outbox: wireRequest('GET', `${path}/outbox?limit=10`, token),
      list: wireRequest('GET', '/api/v1/sessions', token),
      async: wireRequest('POST', `${path}/messages?async=true`, token, text),
      sync: wireRequest('POST', `${path}/messages`, token, text),
    };
    return (['session', 'outbox', 'list', 'async', 'sync'] as const).flatMap((name) =>
      Array.from({ length: mix[name] }, () => requests[name]),
    );
  });
}
