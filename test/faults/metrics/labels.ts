import { to } from '../../support/gateway/environment.ts';
import type { Figures } from '../../support/prometheus-text.ts';
import type { Stage } from './stage.ts';

const atOnce = 20;

/** Makes so many sessions, in organizations of their own, asks each for a few things, and compares the series. */
export async function judgeLabels(stage: Stage, session: string, count: number): Promise<void> {
  const { world, scraper, verdicts } = stage;
  // What only happens while there are many is there already: one of each.
  await use(stage, session);
  await use(stage, (await world.client.created()).id);
  const before = await scraper.read();
  for (let made = 0; made < count; made += atOnce) {
    await Promise.all(
      Array.from({ length: Math.min(atOnce, count - made) }, async () => use(stage, (await world.client.created()).id)),
    );
  }
  const now = await scraper.read();
  const more = now.of('sessions') - before.of('sessions');
  verdicts.judge(`sessions{status=stopped} tells: ${count} more sessions`, more === count, `${more} more`);
  const fresh = [...seriesOf(now)].filter((series) => !seriesOf(before).has(series));
  const counts = `${seriesOf(before).size} series before, ${seriesOf(now).size} after`;
  verdicts.judge(`${count} sessions have no series of their own`, fresh.length === 0, fresh[0] ?? counts);
}

async function use({ world }: Stage, session: string): Promise<void> {
  const { client } = world;
  await client.sendText(session, to, 'in vain');
  await client.call('POST', `/sessions/${session}/messages?async=true`, { to, type: 'text', text: 'in vain, too' });
  await client.call('GET', `/sessions/${session}`);
  await client.call('GET', `/sessions/${session}/outbox/${session}`);
  await client.call('PATCH', `/sessions/${session}`, { label: session });
}

/** Node names what a process has open, which comes and goes. */
function seriesOf({ series }: Figures): Set<string> {
  return new Set([...series].filter((name) => !/^troupe_(nodejs|process)_/.test(name)));
}
