import { Gauge, type Registry } from 'prom-client';
import { type SessionStatus, sessionStatuses } from '../domain/session.ts';

/** What is looked up whenever the figures are read. Times are epoch milliseconds. */
export interface Lookups {
  /** How many sessions have each status; one that none has may be left out. */
  statuses(): ReadonlyMap<SessionStatus, number>;
  /** What is queued; may reject. */
  backlog(): Promise<{ depth: number; oldestAt: number | null }>;
  /** Sends on their way for longer than that, not acknowledged. */
  unacknowledged(forMs: number): number;
  /** Whether the store can be written. */
  storeWorks(): boolean;
  now(): number;
}

/** By then a send is acknowledged, or its connection counts as broken. */
const unacknowledgedMs = 20_000;

/** Puts the figures that are looked up into a registry. */
export function addGauges(registry: Registry, lookups: Lookups): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({ name: `troupe_${name}`, help, registers, collect: () => gauges[name]?.set(read()) });
  const gauges: Record<string, Gauge> = {};
  gauges['sends_unacknowledged'] = gauge(
    'sends_unacknowledged',
    'Sends that have waited longer than 20 s for their acknowledgement',
    () => lookups.unacknowledged(unacknowledgedMs),
  );
  gauges['store_working'] = gauge('store_working', '1 while the store can be written, else 0', () =>
    lookups.storeWorks() ? 1 : 0,
  );
  addSessions(registry, lookups);
  addQueue(registry, lookups);
}

function addSessions(registry: Registry, lookups: Lookups): void {
  const sessions = new Gauge({
    name: 'troupe_sessions',
    help: 'Sessions of this node, by status',
    labelNames: ['status'],
    registers: [registry],
    collect: () => {
      const counts = lookups.statuses();
      for (const status of sessionStatuses) sessions.set({ status }, counts.get(status) ?? 0);
    },
  });
}

/** Both gauges are of one look; while the store cannot tell they are left out, rather than wrong. */
function addQueue(registry: Registry, { backlog, now }: Lookups): void {
  const registers = [registry];
  let looking: ReturnType<typeof backlog> | undefined;
  const look = (): ReturnType<typeof backlog> => {
    looking ??= backlog().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const depth: Gauge = new Gauge({
    name: 'troupe_queue_depth',
    help: 'Sends that are queued, over all sessions of this node',
    registers,
    collect: () =>
      look().then(
        (found) => depth.set(found.depth),
        () => depth.remove(),
      ),
  });
  const oldest: Gauge = new Gauge({
    name: 'troupe_queue_oldest_seconds',
    help: 'How long the oldest queued send has waited; 0 when none is queued',
    registers,
    collect: () =>
      look().then(
        ({ oldestAt }) => oldest.set(oldestAt === null ? 0 : Math.max(0, now() - oldestAt) / 1_000),
        () => oldest.remove(),
      ),
  });
}
