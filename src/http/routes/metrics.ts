import * as v from 'valibot';
import { GatewayError } from '../../domain/errors.ts';
import { publicAccess } from '../auth/route-access.ts';
import { metricsPath } from '../metrics/metrics-endpoint.ts';
import { nothing } from '../request/input.ts';
import { unknownPath } from '../request/paths.ts';
import type { Route } from '../routing/route.ts';

const id = 'metrics';

/** The metrics of this process; 404 unless a token is set and the metrics have no port of their own. */
export const metrics: Route = {
  id,
  method: 'GET',
  path: metricsPath,
  summary: 'Get the metrics of this process, for Prometheus',
  // Readers authenticate with METRICS_TOKEN, not with an api key.
  description: null,
  capabilities: publicAccess.capabilities,
  credential: publicAccess.credential,
  refuses: ['unauthorized', 'not_found'],
  examples: {},
  reads: { ...nothing, query: v.object({}) },
  returns: null,
  statuses: [200],
  mediaTypes: ['text/plain'],
  serve: async (ctx, { metricsEndpoint }) => {
    ctx.state.route = id;
    if (metricsEndpoint === null) throw new GatewayError(unknownPath);
    ctx.body = await metricsEndpoint.read(ctx.req.headers);
    ctx.set('Content-Type', metricsEndpoint.contentType);
  },
};
