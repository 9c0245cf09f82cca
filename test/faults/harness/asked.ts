import type { Answer } from '../../support/client.ts';

/** A request as its caller saw it. */
export interface Asked {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly retryAfter: string | null;
  readonly ms: number;
}

/** Asks, and measures how long the answer takes. */
export async function asked(ask: () => Promise<Answer>): Promise<Asked> {
  const began = performance.now();
  const answer = await ask().catch(() => null);
  const ms = Math.round(performance.now() - began);
  return { status: answer?.status ?? 0, retryAfter: answer?.headers.get('retry-after') ?? null, ms };
}

/** How often each status was answered, and the longest time that an answer took. */
export function summaryOf(all: readonly Asked[]): string {
  const counts = new Map<number, number>();
  for (const { status } of all) counts.set(status, (counts.get(status) ?? 0) + 1);
  const longest = Math.max(0, ...all.map(({ ms }) => ms));
  return `${JSON.stringify(Object.fromEntries(counts))}, at most ${longest} ms`;
}
