/** The values of a form. */
export interface Fields {
  text(name: string): string;
  /** Null for a blank field. */
  textOrNull(name: string): string | null;
  isChecked(name: string): boolean;
  /** Null for a blank field; NaN for text that is not a number. */
  number(name: string): number | null;
  /** The lines that are not blank. */
  lines(name: string): string[];
}

/** The fields of the form that the event targets. */
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
