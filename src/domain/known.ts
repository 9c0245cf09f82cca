/**
 * What is known of a stored record. Its schema lets other fields pass, which a newer release may have written, and code
 * that changes a record by spreading it keeps them; nobody else is to see them.
 */
export type Known<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T as string extends K ? never : K]: Known<T[K]> }
    : T;
