import * as v from 'valibot';

const form = 'must be 1 to 255 visible ASCII characters, raw or in double quotes';

/** The value of an `Idempotency-Key` header without its quotes; null when it is absent or empty. */
export const IdempotencyKeySchema = v.optional(
  v.pipe(
    v.string(),
    v.transform((value) => /^"(.*)"$/.exec(value)?.[1] ?? value),
    v.regex(/^[\x21-\x7e]{0,255}$/, form),
    v.transform((key) => (key === '' ? null : key)),
    v.description(`Your unique name for this send; it ${form}. An empty header counts as absent.`),
  ),
  '',
);
