/** Strings, each with the colon that makes it a key, and braces: enough to find the keys of valid JSON. */
const tokens = /("(?:[^"\\]|\\.)*")\s*(:?)|[{}]/g;

/**
 * Whether any object in a valid JSON text has a duplicate key. `JSON.parse` takes the last value, other parsers the
 * first, so the same signed token could mean different things to different readers.
 */
export function hasDuplicateKeys(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, text, colon] of json.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (text !== undefined && colon === ':') {
      const names = open.at(-1);
      const name = String(JSON.parse(text));
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}
