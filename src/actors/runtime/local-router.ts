import type { SessionHosting } from './lifecycle.ts';
import { type SessionRouter, unhostedState } from './session-router.ts';
import type { Supervisor } from './supervisor.ts';

/** The router of a process that runs all sessions. */
export function localSessionRouter(supervisor: Supervisor, nodeId: string): SessionRouter {
  return {
    ask: ({ session }, command) => supervisor.ask(session, command),
    tell: ({ session }, type) => supervisor.find(session)?.tell({ type }),
    watch: async ({ session }, watcher) => supervisor.watch(session, watcher),
    whereabouts: async (records) =>
      records.map((record) => ({ state: supervisor.find(record.id)?.state ?? unhostedState(record), nodeId })),
    open: async (record) => {
      supervisor.host(record);
    },
    close: async ({ session }) => supervisor.dismiss(session),
  };
}

/** A process that runs all sessions has nobody to take them from or hand them to. */
export function localHosting(supervisor: Pick<Supervisor, 'restore'>): SessionHosting {
  return {
    start: (signal) => supervisor.restore(signal),
    drain: async () => undefined,
    end: async () => undefined,
  };
}
