/**
 * The known fields of a stored record. Its schema admits other fields, which a newer release may have written; a change
 * that spreads the record keeps them, and this type hides them.
 */
export type Known<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T as string extends K ? never : K]: Known<T[K]> }
    : T;
