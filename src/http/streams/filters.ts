import * as v from 'valibot';
import { boundedArray } from '../../domain/bounded-array.ts';
import { cursorOf, type EventName, eventNames } from '../../domain/event.ts';

const maxItems = 100;
const EventNameSchema = v.picklist(eventNames);

const noItems = 'must not be empty; omit it for all';

/** The filters of a stream as JSON. A session of another organization has no events. */
export const FilterBodySchema = v.strictObject({
  sessions: v.optional(
    v.pipe(
      boundedArray(
        maxItems,
        v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(100, 'must be a session id')),
      ),
      v.minLength(1, noItems),
    ),
  ),
  events: v.optional(v.pipe(boundedArray(maxItems, EventNameSchema), v.minLength(1, noItems))),
});

/** A repeated parameter, a comma-separated list, or both. */
const ListParameterSchema = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((given) => [given].flat().flatMap((text) => text.split(','))),
  v.maxLength(maxItems, `must be at most ${maxItems}`),
);

/** The filters of a stream as query parameters. */
export const filterParameters = {
  session: v.optional(
    v.pipe(
      ListParameterSchema,
      v.check((ids) => ids.every((id) => id !== ''), 'must be session ids, separated by commas'),
      v.description('Only events of these session ids, comma-separated or repeated.'),
    ),
  ),
  event: v.optional(
    v.pipe(
      ListParameterSchema,
      v.custom<EventName[]>(areEventNames, `must be event names, separated by commas: ${eventNames.join(', ')}`),
      v.description(
        `Only these events, comma-separated or repeated: ${eventNames.map((name) => `\`${name}\``).join(', ')}.`,
      ),
    ),
  ),
};

/** The id of the last event the reader has. */
export const EventIdSchema = v.pipe(
  v.string(),
  v.check((id) => cursorOf(id) !== null, 'must be an event id, evt_…'),
);

/** The same as a `Last-Event-ID` header: null when it is absent or empty, as a browser sends it before the first event. */
export const LastEventIdSchema = v.optional(
  v.union(
    [
      v.pipe(
        v.literal(''),
        v.transform(() => null),
      ),
      EventIdSchema,
    ],
    'must be an event id, evt_…',
  ),
  '',
);

function areEventNames(names: unknown): boolean {
  return Array.isArray(names) && names.every((name) => v.is(EventNameSchema, name));
}
