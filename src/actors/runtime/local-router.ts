import type { SessionHosting } from './lifecycle.ts';
import { type SessionRouter, unhostedState } from './session-router.ts';
import type { Supervisor } from './supervisor.ts';

/** The router of a process that runs all sessions. */
export function localSessionRouter(supervisor: Supervisor, nodeId: string): SessionRouter {
  return {
    ask: ({ session }, command) => supervisor.ask(session, command),
    tell: ({ session }, type) => supervisor.find(session)?.tell({ type }),
    watch: async ({ session }, subscriber) => supervisor.watch(session, subscriber),
    locate: async (records) =>
      records.map((record) => ({ state: supervisor.find(record.id)?.state ?? unhostedState(record), nodeId })),
    open: async (record) => {
      supervisor.host(record);
    },
    close: async ({ session }) => supervisor.dismiss(session),
  };
}

/** Hosting in a process that runs every session itself: there is nothing to take over or to hand over. */
export function localHosting(supervisor: Pick<Supervisor, 'restore'>): SessionHosting {
  return {
    start: (signal) => supervisor.restore(signal),
    drain: async () => undefined,
    end: async () => undefined,
  };
}
