/** What somebody has filled in. */
export interface Fields {
  text(name: string): string;
  /** Null when nothing is filled in. */
  textOrNull(name: string): string | null;
  isChecked(name: string): boolean;
  /** Null when nothing is filled in; what is no number is NaN. */
  number(name: string): number | null;
  /** Lines that have something on them. */
  lines(name: string): string[];
}

/** The fields of the form that an event is about. */
export function fieldsOf({ target }: Event): Fields {
  const data = target instanceof HTMLFormElement ? new FormData(target) : new FormData();
  const text = (name: string): string => {
    const value = data.get(name);
    return typeof value === 'string' ? value : '';
  };
  return {
    text,
    textOrNull: (name) => (text(name).trim() === '' ? null : text(name).trim()),
    isChecked: (name) => data.has(name),
    number: (name) => (text(name).trim() === '' ? null : Number(text(name))),
    lines: (name) =>
      text(name)
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
  };
}
