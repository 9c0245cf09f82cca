const [quote, backslash, colon, comma] = [0x22, 0x5c, 0x3a, 0x2c];
const [openBrace, openBracket, closeBrace, closeBracket] = [0x7b, 0x5b, 0x7d, 0x5d];
const spaces = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Longer keys and values, escapes included, cannot be wanted ones. */
const maxCapturedBytes = 512;

/**
 * Finds the values of some top-level keys in a JSON object that arrives in chunks, and keeps nothing else of it. It does
 * not validate: the result for invalid JSON is best effort.
 */
export class JsonScanner {
  /** The wanted keys found so far: the value if it is a string, else null. */
  readonly found = new Map<string, string | null>();
  readonly #wanted: ReadonlySet<string>;
  #depth = 0;
  #closed = false;
  /** What the next top-level string is: a key, or the value of `#key`. */
  #expects: 'key' | 'value' = 'key';
  #key: string | null = null;
  #inString = false;
  #escaped = false;
  /** The chunks of the current string; null when it is not needed. */
  #captured: Buffer[] | null = null;
  #capturedBytes = 0;

  constructor(wanted: readonly string[]) {
    this.#wanted = new Set(wanted);
  }

  /** Whether nothing more can be found: the object has ended, or the input is not an object. */
  get closed(): boolean {
    return this.#closed;
  }

  feed(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#closed; ) {
      at = this.#inString ? this.#readString(chunk, at) : this.#readByte(chunk, at);
    }
  }

  #readByte(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    if (this.#depth === 0 && byte !== openBrace) this.#closed = !spaces.has(byte);
    else if (byte === quote) this.#beginString();
    else if (byte === openBrace || byte === openBracket) this.#open();
    else if (byte === closeBrace || byte === closeBracket) this.#close();
    else if (this.#depth === 1) this.#readTopLevel(byte);
    return at + 1;
  }

  #readTopLevel(byte: number): void {
    if (byte === colon) this.#expects = 'value';
    else if (byte === comma) {
      this.#expects = 'key';
      this.#key = null;
    } else if (!spaces.has(byte)) this.#take(null);
  }

  #open(): void {
    if (this.#depth === 1) this.#take(null);
    this.#depth += 1;
  }

  #close(): void {
    this.#depth -= 1;
    this.#closed = this.#depth === 0;
  }

  #beginString(): void {
    this.#inString = true;
    this.#escaped = false;
    const isNeeded = this.#depth === 1 && (this.#expects === 'key' || this.#key !== null);
    this.#captured = isNeeded ? [] : null;
    this.#capturedBytes = 0;
  }

  /** Reads up to the next quote, which ends the string unless it is escaped. */
  #readString(chunk: Buffer, from: number): number {
    const start = this.#escaped ? from + 1 : from;
    const quoteAt = chunk.indexOf(quote, start);
    const end = quoteAt < 0 ? chunk.length : quoteAt;
    const escapes = endsInEscape(chunk, start, end);
    const next = quoteAt < 0 ? end : end + 1;
    this.#escaped = quoteAt < 0 && escapes;
    const isEnd = quoteAt >= 0 && !escapes;
    this.#capture(chunk.subarray(from, isEnd ? end : next));
    if (isEnd) this.#endString();
    return next;
  }

  #capture(piece: Buffer): void {
    this.#capturedBytes += piece.length;
    if (this.#capturedBytes > maxCapturedBytes) this.#captured = null;
    // A copy: a slice would keep the whole chunk in memory.
    else this.#captured?.push(Buffer.from(piece));
  }

  #endString(): void {
    this.#inString = false;
    if (this.#depth !== 1) return;
    const text = this.#captured === null ? null : fromJsonString(Buffer.concat(this.#captured));
    if (this.#expects === 'value') this.#take(text);
    else this.#key = text !== null && this.#wanted.has(text) ? text : null;
  }

  /** Only the first value of a key counts; anything else before the next comma is invalid JSON. */
  #take(value: string | null): void {
    if (this.#expects === 'value' && this.#key !== null) this.found.set(this.#key, value);
    this.#key = null;
  }
}

/** Whether the bytes up to `end` end in an odd number of backslashes. */
function endsInEscape(chunk: Buffer, start: number, end: number): boolean {
  let at = end;
  while (at > start && chunk[at - 1] === backslash) at -= 1;
  return (end - at) % 2 === 1;
}

function fromJsonString(raw: Buffer): string | null {
  try {
    return String(JSON.parse(`"${raw.toString()}"`));
  } catch {
    return null;
  }
}
