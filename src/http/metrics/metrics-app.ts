import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { GatewayError } from '../../domain/errors.ts';
import type { App } from '../context.ts';
import { unknownPath } from '../request/paths.ts';
import { toAnswer, toRefusal } from '../response/errors.ts';
import { securityHeaders } from '../response/security-headers.ts';
import { type MetricsEndpoint, metricsPath } from './metrics-endpoint.ts';

/** Serves the metrics on a port of their own, and nothing else. */
export function metricsApp(endpoint: MetricsEndpoint, logger: Logger): App {
  return {
    handle: (request, response) => void answer(endpoint, request, response, logger),
    drain: () => undefined,
  };
}

async function answer(
  endpoint: MetricsEndpoint,
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
): Promise<void> {
  try {
    const isRead = (method === 'GET' || method === 'HEAD') && url?.split('?')[0] === metricsPath;
    if (!isRead) throw new GatewayError(unknownPath);
    const text = await endpoint.read(headers);
    response.writeHead(200, { ...securityHeaders, 'Content-Type': endpoint.contentType }).end(text);
  } catch (error) {
    const refusal = toRefusal(error);
    if (refusal.code === 'internal') logger.error({ err: error }, 'metrics could not be read');
    const { status, headers: own, envelope } = toAnswer(refusal);
    const type = 'application/json; charset=utf-8';
    response.writeHead(status, { ...securityHeaders, ...own, 'Content-Type': type }).end(JSON.stringify(envelope));
  }
}
