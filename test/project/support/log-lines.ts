/**
 * The messages of all lines that a program logs from `info` on, by the text of its modules. Each call ends in its
 * message, a constant; one that logs a sentence as it is has none.
 */
export function logLinesIn(code: string): string[] {
  const calls = code.matchAll(
    /(?:logger|\blog|\btrail|commandLog\(\))(?:\.(?:info|warn|error|fatal)|\[levelOf\(\w+\)\])\(/gi,
  );
  return [...calls].flatMap(({ index, 0: { length } }) => {
    const literals = [...argumentsAt(code, index + length).matchAll(/'((?:[^'\\]|\\.)*)'/g)];
    return literals.at(-1)?.[1] ?? [];
  });
}

/** What stands between the parenthesis before a place and the one that closes it. */
function argumentsAt(code: string, start: number): string {
  let depth = 1;
  let end = start;
  while (depth > 0 && end < code.length) {
    if (code[end] === '(') depth += 1;
    if (code[end] === ')') depth -= 1;
    end += 1;
  }
  return code.slice(start, end - 1);
}
