import * as v from 'valibot';
import { GatewayError } from '../../domain/errors.ts';
import { publicAccess } from '../auth/route-access.ts';
import { metricsPath } from '../metrics/metrics-endpoint.ts';
import { nothing } from '../request/input.ts';
import { unknownPath } from '../request/paths.ts';
import type { Route } from '../routing/route.ts';

const id = 'metrics';

/** The figures of this process as text; nothing is at this path unless there is a token and no port of their own. */
export const metrics: Route = {
  id,
  method: 'GET',
  path: metricsPath,
  summary: 'The figures of this process, for Prometheus',
  // It is the token of the settings that lets in, no api key.
  description: null,
  capabilities: publicAccess.capabilities,
  credential: publicAccess.credential,
  refuses: ['unauthorized', 'not_found'],
  examples: {},
  reads: { ...nothing, query: v.object({}) },
  returns: null,
  statuses: [200],
  mediaTypes: ['text/plain'],
  serve: async (ctx, { metricsPage }) => {
    ctx.state.route = id;
    if (metricsPage === null) throw new GatewayError(unknownPath);
    ctx.body = await metricsPage.read(ctx.req.headers);
    ctx.set('Content-Type', metricsPage.contentType);
  },
};
