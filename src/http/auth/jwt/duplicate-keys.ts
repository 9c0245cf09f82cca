/** A string with whether a colon follows, or a brace: all that matters for names in valid JSON. */
const tokens = /("(?:[^"\\]|\\.)*")\s*(:?)|[{}]/g;

/**
 * Whether any object in a valid JSON text has a name twice. `JSON.parse` takes the last of them, other readers the
 * first, so that two of them see two different tokens under one signature.
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
