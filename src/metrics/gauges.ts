import { Gauge, type Registry } from 'prom-client';
import { type SessionStatus, sessionStatuses } from '../domain/session.ts';

/** What the gauges are read from at each scrape. Times are epoch milliseconds. */
export interface GaugeSources {
  stats: {
    /** How many sessions have each status; a status that no session has may be left out. */
    statuses(): ReadonlyMap<SessionStatus, number>;
    /** What is queued; may reject. */
    backlog(): Promise<{ depth: number; oldestAt: number | null }>;
    /** Sends that wait for their acknowledgement for longer than that. */
    unacknowledged(forMs: number): number;
  };
  /** Whether the store can be written. */
  storeWorks(): boolean;
  now(): number;
}

/** By then a send is acknowledged, or its connection is taken for broken. */
const unacknowledgedMs = 20_000;

/** Adds the gauges to a registry. */
export function addGauges(registry: Registry, sources: GaugeSources): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({ name: `troupe_${name}`, help, registers, collect: () => gauges[name]?.set(read()) });
  const gauges: Record<string, Gauge> = {};
  gauges['sends_unacknowledged'] = gauge(
    'sends_unacknowledged',
    'Sends that have waited longer than 20 s for their acknowledgement',
    () => sources.stats.unacknowledged(unacknowledgedMs),
  );
  gauges['store_working'] = gauge('store_working', '1 while the store can be written, else 0', () =>
    sources.storeWorks() ? 1 : 0,
  );
  addSessions(registry, sources);
  addQueue(registry, sources);
}

function addSessions(registry: Registry, { stats }: GaugeSources): void {
  const sessions = new Gauge({
    name: 'troupe_sessions',
    help: 'Sessions of this node, by status',
    labelNames: ['status'],
    registers: [registry],
    collect: () => {
      const counts = stats.statuses();
      for (const status of sessionStatuses) sessions.set({ status }, counts.get(status) ?? 0);
    },
  });
}

/** Both gauges share one read of the store; while that fails they are left out rather than wrong. */
function addQueue(registry: Registry, { stats, now }: GaugeSources): void {
  const registers = [registry];
  let reading: ReturnType<typeof stats.backlog> | undefined;
  const read = (): ReturnType<typeof stats.backlog> => {
    reading ??= stats.backlog().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const depth: Gauge = new Gauge({
    name: 'troupe_queue_depth',
    help: 'Sends that are queued, over all sessions of this node',
    registers,
    collect: () =>
      read().then(
        (found) => depth.set(found.depth),
        () => depth.remove(),
      ),
  });
  const oldest: Gauge = new Gauge({
    name: 'troupe_queue_oldest_seconds',
    help: 'How long the oldest queued send has waited; 0 when none is queued',
    registers,
    collect: () =>
      read().then(
        ({ oldestAt }) => oldest.set(oldestAt === null ? 0 : Math.max(0, now() - oldestAt) / 1_000),
        () => oldest.remove(),
      ),
  });
}
