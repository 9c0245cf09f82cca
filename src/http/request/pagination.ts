import * as v from 'valibot';
import { UlidSchema } from '../../domain/id-schemas.ts';

const defaultLimit = 50;
const maxLimit = 200;

const LimitSchema = v.pipe(
  v.string(),
  v.regex(/^-?\d+$/, 'must be a whole number'),
  v.transform(toLimit),
  v.number(),
  v.integer(),
  v.description(
    `Items per page. Values above ${maxLimit} count as ${maxLimit}, negative ones as 1, and 0 as the default.`,
  ),
);

const CursorSchema = v.pipe(
  v.string(),
  v.transform((cursor) => Buffer.from(cursor, 'base64url').toString('latin1')),
  v.check((id) => v.is(UlidSchema, id), 'must be the nextCursor of an earlier page'),
  v.description('The `nextCursor` of the previous page; omit it for the first page.'),
);

/** The query of a list. The opaque cursor decodes to the id of the last item on the previous page. */
export const PageQuerySchema = v.strictObject({
  limit: v.optional(LimitSchema, String(defaultLimit)),
  cursor: v.optional(CursorSchema),
});

/** The schema of a page of such items. */
export function pageOf<const S extends v.GenericSchema>(item: S) {
  return v.strictObject({
    data: v.array(item),
    nextCursor: v.pipe(v.nullable(v.string()), v.description('The `cursor` of the next page; null on the last one.')),
  });
}

/** A page from up to `limit + 1` items: the extra one only shows that there is another page. */
export function toPage<T extends { id: string }>(
  found: readonly T[],
  limit: number,
): { data: T[]; nextCursor: string | null } {
  const data = found.slice(0, limit);
  const last = found.length > limit ? data.at(-1) : undefined;
  return { data, nextCursor: last === undefined ? null : Buffer.from(last.id).toString('base64url') };
}

function toLimit(text: string): number {
  const limit = Number(text);
  return limit === 0 ? defaultLimit : Math.min(Math.max(limit, 1), maxLimit);
}
