import { existsSync } from 'node:fs';
import * as v from 'valibot';
import type { Config } from '../../config.ts';
import { isLocked } from '../../store/files/directory-lock.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

const answerTimeoutMs = 3_000;

const ReadinessSchema = v.object({ status: v.string(), phase: v.optional(v.string()), store: v.optional(v.string()) });

type Readiness = v.InferOutput<typeof ReadinessSchema>;

/** Whether a gateway runs with these settings, and is ready. */
export async function checkGateway({ host, port, dataDir, redis }: Config): Promise<Finding> {
  const isRunning = redis === undefined && existsSync(dataDir) && isLocked(dataDir);
  const url = urlOf(host, port);
  const answered = port === 0 ? null : await readiness(`${url}/readyz`);
  if (answered === 'other') {
    return failed(`another program answers at ${url}`, 'Stop it, or set another PORT.');
  }
  if (answered !== null) return toFinding(url, answered);
  if (!isRunning)
    return ok(redis === undefined ? 'no gateway uses the data directory' : `no gateway answers at ${url}`);
  return warning(
    `a gateway uses ${dataDir} but does not answer at ${url}`,
    'It is starting or stopping, or its HOST and PORT differ from those of this command.',
  );
}

function toFinding(url: string, { status, phase = 'unknown', store = 'unknown' }: Readiness): Finding {
  if (status === 'ok') return ok(`ready at ${url}`);
  if (store === 'failing') {
    return failed(`the gateway at ${url} cannot write its store`, 'See the store check, the disk and the log.');
  }
  return warning(`the gateway at ${url} is ${phase}`, 'Wait until it is ready; read its log if that takes a minute.');
}

/** Wildcard addresses can be listened on but not called. */
function urlOf(host: string, port: number): string {
  const called = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${called.includes(':') ? `[${called}]` : called}:${port}`;
}

/** Null without an answer; `other` when the answer is not a gateway's. */
async function readiness(url: string): Promise<Readiness | 'other' | null> {
  const signal = AbortSignal.timeout(answerTimeoutMs);
  const response = await fetch(url, { signal, redirect: 'manual' }).catch(() => null);
  if (response === null) return null;
  const body: unknown = await response.json().catch(() => null);
  const parsed = v.safeParse(ReadinessSchema, body);
  return parsed.success ? parsed.output : 'other';
}
