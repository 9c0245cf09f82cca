import * as v from 'valibot';
import { errorCodes } from '../../../src/domain/errors.ts';
import type { WireAnswer } from './wire.ts';

const ErrorSchema = v.strictObject({
  error: v.strictObject({
    code: v.picklist(errorCodes),
    message: v.pipe(v.string(), v.minLength(1)),
    details: v.record(v.string(), v.unknown()),
  }),
});

/** What is wrong with an answer by itself, whatever was asked; null when it is what `docs/api.md` says answers are. */
export function malformed({ status, head, body }: WireAnswer): string | null {
  if (!/\r\nX-Request-Id: [\w.-]+\r\n/i.test(head)) return 'it has no X-Request-Id';
  if (!/\r\nContent-Type: application\/json/i.test(head)) return 'it is not said to be JSON';
  const parsed = parse(body);
  if (typeof parsed !== 'object' || parsed === null) return 'its body is no JSON object';
  return status >= 400 && !v.is(ErrorSchema, parsed) ? 'it is not the error envelope' : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
