import type { Row } from './database.ts';

/** The integer in a column; throws for any other type. */
export function integerIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw unexpected(column, 'an integer');
}

/** The text in a column; throws for any other type. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw unexpected(column, 'text');
}

/** The bytes in a column; throws for any other type. */
export function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw unexpected(column, 'a blob');
}

function unexpected(column: string, wanted: string): Error {
  return new Error(`The column ${column} does not hold ${wanted}.`);
}
