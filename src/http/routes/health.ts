import * as v from 'valibot';
import { publicAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { route } from '../routing/route.ts';

/** Probes may add query parameters of their own. */
const reads = { ...nothing, query: v.object({}) };

export const live = route({
  id: 'live',
  method: 'GET',
  path: '/livez',
  summary: 'Check that the process is alive',
  access: publicAccess,
  reads,
  status: 200,
  returns: v.object({ status: v.literal('ok') }),
  examples: { answer: { lives: { status: 'ok' } } },
  handler: () => ({ status: 'ok' as const }),
});

export const ready = route({
  id: 'ready',
  method: 'GET',
  path: '/readyz',
  summary: 'Check that the process can serve requests; 503 while it cannot',
  access: publicAccess,
  reads,
  status: 200,
  alternative: { status: 503, when: ({ status }) => status !== 'ok' },
  returns: v.looseObject({ status: v.picklist(['ok', 'unavailable']) }),
  examples: { answer: { ready: { status: 'ok' } } },
  handler: async (_, { readiness }) => {
    const { ready, details } = await readiness();
    return { ...details, status: ready ? ('ok' as const) : ('unavailable' as const) };
  },
});
