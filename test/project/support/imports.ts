/**
 * Comments, regular expressions, texts, words, and every other character by itself. Only what could hide the word
 * `import` or a text is told apart.
 */
const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|[\w$]+|\S/g;

/**
 * What a TypeScript module imports, types included, in the order in which it says so: `import` and `export … from`,
 * imports for their effect, `import()` as a call and as a type. Throws for an import whose target is computed.
 */
export function importsOf(source: string): string[] {
  const tokens = [...source.matchAll(token)].map(([text]) => text).filter((text) => !/^\/[/*]/.test(text));
  return tokens.flatMap((text, at) => {
    if (text === 'from' && isText(tokens[at + 1])) return [unquoted(tokens[at + 1])];
    if (text !== 'import' || tokens[at - 1] === '.') return [];
    if (isText(tokens[at + 1])) return [unquoted(tokens[at + 1])];
    if (tokens[at + 1] !== '(') return [];
    if (isText(tokens[at + 2]) && tokens[at + 3] === ')') return [unquoted(tokens[at + 2])];
    throw new Error('there is an import() whose target cannot be read');
  });
}

function isText(token: string | undefined): boolean {
  return /^['"]/.test(token ?? '');
}

function unquoted(token = ''): string {
  return token.slice(1, -1);
}
