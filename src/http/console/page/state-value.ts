/** The paths of all active states, outermost first: `a`, `a.b` for `{"a": "b"}`. */
export function statesOf(value: unknown, parent = ''): string[] {
  if (typeof value === 'string') return [below(parent, value)];
  return entriesOf(value).flatMap(([name, inner]) => [below(parent, name), ...statesOf(inner, below(parent, name))]);
}

/** The paths of the active leaf states, one for each region. */
export function leavesOf(value: unknown, parent = ''): string[] {
  if (typeof value === 'string') return [below(parent, value)];
  const entries = entriesOf(value);
  // A state without child states is an empty object.
  if (entries.length === 0) return parent === '' ? [] : [parent];
  return entries.flatMap(([name, inner]) => leavesOf(inner, below(parent, name)));
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function below(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}
