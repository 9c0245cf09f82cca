import { join } from 'node:path';
import { readConfig } from '../../../src/config.ts';
import type { Key } from '../../../src/store/contract.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { organization } from '../../support/gateway/environment.ts';
import { figureNames } from '../../support/prometheus-text.ts';
import { Scraper } from '../harness/judge/scraper.ts';
import type { Verdicts } from '../harness/judge/verdicts.ts';
import type { Scenario } from '../harness/scenario.ts';
import { judgeLabels } from '../metrics/labels.ts';
import { meanOfStore, moveEventLoop, moveStore } from '../metrics/process.ts';
import { beSilent, moveLimits, moveQueue, moveSends } from '../metrics/sends.ts';
import { moveRetries, moveSessions, moveStreams } from '../metrics/sessions.ts';
import { judgeGrowth, link, type Stage } from '../metrics/stage.ts';
import { phoneOf, startWorld, type World } from '../support/world.ts';

const settings = { METRICS_TOKEN: 'a-token-for-the-metrics' };
const everyMs = 1_000;
const slowStore = join(import.meta.dirname, '../preloads/slow-store.ts');

/** What `npm run hardening -- --only overload` brings about: it takes more than this machine can do. */
const elsewhere = ['troupe_http_shed_total'];

export const metrics: Scenario = {
  name: 'metrics',
  about: '/metrics is read every second while everything that it tells of goes wrong, and for many sessions',
  full: { sessions: 1_000, sends: 0, kills: 0 },
  short: { sessions: 200, sends: 0, kills: 0 },
  run: async ({ size, verdicts, say }) => {
    await using world = await startWorld(settings, { fewPreKeys: false });
    const gateway = await world.start();
    await using scraper = new Scraper(() => world.url, settings.METRICS_TOKEN, everyMs);
    const stage: Stage = { world, scraper, verdicts };
    const ada = world.simulator.addContact({ phone: '15550000001', devices: 2 });
    const session = await link(stage, 0);
    const givenUp = await beSilent(stage);
    await moveSends(stage, session);
    await moveQueue(stage);
    await moveLimits(stage);
    await moveRetries(stage, session, ada);
    await moveStreams(stage);
    await moveSessions(stage);
    say('waiting until the send without an acknowledgement is given up');
    await givenUp();
    await moveStore(stage, gateway, session);
    await moveEventLoop(stage, gateway);
    const fast = await meanOfStore(stage, session);
    await ada.sendText(phoneOf(0), 'sets the Signal session up');
    await scraper.pause();
    await gateway.end('SIGTERM');
    const firstLife = scraper.readings.length;
    await forgetSignalSessions(world, session);
    await world.start([slowStore]);
    scraper.resume();
    await world.client.until(session, 'connected');
    await judgeGrowth(stage, 'a message comes in that cannot be decrypted', [[['decrypt_failures_total'], 1]], () =>
      ada.sendText(phoneOf(0), 'unreadable'),
    );
    const slow = await meanOfStore(stage, session);
    const times = `${(1_000 * fast).toFixed(2)} ms on average, then ${(1_000 * slow).toFixed(2)} ms`;
    verdicts.judge('store_seconds tells: a store that takes 1 to 5 ms longer', slow - fast >= 0.001, times);
    await judgeLabels(stage, session, size.sessions);
    judgeReadings(scraper, firstLife, verdicts);
  },
};

/** As if the gateway had lost them: whoever writes to it uses them still. */
async function forgetSignalSessions({ directory }: World, session: string): Promise<void> {
  await using store = await openStore(readConfig({ ...settings, DATA_DIR: directory.path }), { as: 'owner' });
  const prefix: Key = [organization, 'signal', session];
  const entries = await store.list(prefix, { limit: 1_000 });
  await store.commit({ deletes: entries.map(({ key }) => key).filter((key) => key[4] === 'session') });
}

function judgeReadings(scraper: Scraper, firstLife: number, verdicts: Verdicts): void {
  const { readings, failed, slowestMs } = scraper;
  const figures = `${readings.length} readings, the slowest took ${slowestMs.toFixed(0)} ms`;
  verdicts.judge('every reading is what Prometheus can read', failed === 0, `${failed} were not; ${figures}`);
  const lives = [readings.slice(0, firstLife), readings.slice(firstLife)];
  const still = [...figureNames(readings)].filter((name) => !elsewhere.includes(name) && lives.every(isStill(name)));
  verdicts.judge('every metric of ours has moved', still.length === 0, still.join(', '));
  const back = lives.flatMap((life) =>
    [...figureNames(life)].filter((name) => isCounter(name) && !isRising(life, name)),
  );
  verdicts.judge('no counter goes back', back.length === 0, back.join(', '));
}

const isCounter = (name: string) => /_(total|count|bucket)$/.test(name);

function isStill(name: string): (life: Scraper['readings']) => boolean {
  return (life) => new Set(life.map((reading) => reading.of(name.replace(/^troupe_/, '')))).size <= 1;
}

function isRising(life: Scraper['readings'], name: string): boolean {
  const values = life.map((reading) => reading.of(name.replace(/^troupe_/, '')));
  return values.every((value, at) => value >= (values[at - 1] ?? 0));
}
