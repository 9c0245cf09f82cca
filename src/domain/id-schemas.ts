import * as v from 'valibot';

/** A ULID as we make them: 26 characters of Crockford's base 32, upper case. */
export const UlidSchema = v.pipe(v.string(), v.regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'must be a ULID'));

/** The partition of the store for what belongs to no organization. */
export const gatewayPartition = 'gateway';

/** The id of an organization as it comes from a token or a command: short, printable, no separators of ours. */
export const OrganizationSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of the characters A-Z a-z 0-9 . _ -'),
  v.notValue(gatewayPartition, `must not be ${gatewayPartition}`),
);

/** The id of a trace (W3C Trace Context, level 1): 32 lower-case hex digits, not all of them zero. */
export const TraceIdSchema = v.pipe(v.string(), v.regex(/^(?!0{32}$)[0-9a-f]{32}$/, 'must be the id of a trace'));
