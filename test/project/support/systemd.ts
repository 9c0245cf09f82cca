/** A unit file: for each section, what each setting is given, in order. Comments are left out. */
export function parseUnit(source: string): Map<string, Map<string, string[]>> {
  const sections = new Map<string, Map<string, string[]>>();
  let section = new Map<string, string[]>();
  for (const line of source.split('\n').filter((text) => text !== '' && !text.startsWith('#'))) {
    const [, heading] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, name, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (heading !== undefined) {
      section = new Map();
      sections.set(heading, section);
    } else if (name !== undefined) {
      section.set(name, [...(section.get(name) ?? []), value]);
    } else {
      throw new Error(`${line} is no line of a unit`);
    }
  }
  return sections;
}
