import * as v from 'valibot';
import type { Answer } from '../../../support/gateway/client.ts';

/** A request as its caller saw it. */
export interface RequestResult {
  /** 0 when the connection broke. */
  readonly status: number;
  /** Why it was refused, as far as the answer says. */
  readonly reason: string;
  readonly retryAfter: string | null;
  readonly ms: number;
}

const RefusalSchema = v.looseObject({
  error: v.looseObject({ code: v.string(), details: v.optional(v.looseObject({ reason: v.optional(v.string()) })) }),
});

/** Asks, and measures how long the answer takes. */
export async function measureRequest(ask: () => Promise<Answer>): Promise<RequestResult> {
  const began = performance.now();
  const answer = await ask().catch(() => null);
  const ms = Math.round(performance.now() - began);
  const retryAfter = answer?.headers.get('retry-after') ?? null;
  return { status: answer?.status ?? 0, reason: reasonOf(answer?.body), retryAfter, ms };
}

/** How often each answer was given, and the longest time that one took. */
export function summaryOf(all: readonly RequestResult[]): string {
  const counts = new Map<string, number>();
  for (const { status, reason } of all) {
    const answer = `${status} ${reason}`.trim();
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const longest = Math.max(0, ...all.map(({ ms }) => ms));
  return `${JSON.stringify(Object.fromEntries(counts))}, at most ${longest} ms`;
}

function reasonOf(body: unknown): string {
  const refusal = v.safeParse(RefusalSchema, body);
  if (!refusal.success) return '';
  const { code, details } = refusal.output.error;
  return details?.reason ?? code;
}
