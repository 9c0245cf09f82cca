import * as v from 'valibot';

/** One instruction of a Dockerfile: `COPY`, its flags (`from` for `--from=…`), and the rest of its words. */
export interface Instruction {
  name: string;
  flags: ReadonlyMap<string, string>;
  words: readonly string[];
  /** The words as they stand there. */
  text: string;
}

/** The instructions from one `FROM` to the next. */
export interface Stage {
  /** The image that it begins with. */
  image: string;
  instructions: readonly Instruction[];
}

/** The stages of a Dockerfile. Comments are left out and continued lines are joined. */
export function parseDockerfile(source: string): Stage[] {
  const lines = source.split('\n').filter((line) => !/^\s*#/.test(line));
  const logical = lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  const instructions = logical.filter((line) => line.trim() !== '').map(parseInstruction);
  const starts = instructions.flatMap(({ name }, at) => (name === 'FROM' ? [at] : []));
  return starts.map((start, stage) => ({
    image: instructions[start]?.words[0] ?? '',
    instructions: instructions.slice(start + 1, starts[stage + 1]),
  }));
}

function parseInstruction(line: string): Instruction {
  const [, name = '', rest = ''] = /^\s*(\w+)\s*(.*)$/.exec(line) ?? [];
  const flags = new Map<string, string>();
  const text = rest.replace(/^(?:--[\w-]+=\S+\s+)+/, (given) => {
    for (const [, flag = '', value = ''] of given.matchAll(/--([\w-]+)=(\S+)/g)) flags.set(flag, value);
    return '';
  });
  return { name: name.toUpperCase(), flags, words: text.split(/\s+/), text };
}

/** The arguments of a command in exec form, which needs no shell; throws for any other. */
export function execForm(text: string): string[] {
  return v.parse(v.array(v.string()), JSON.parse(text));
}

/** `a=1 b="2 3"` as the pairs that it stands for. */
export function pairsOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, key = '', a, b]) => [key, a ?? b ?? '']));
}
