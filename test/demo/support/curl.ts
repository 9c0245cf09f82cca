import { parseArgs } from 'node:util';

/** As much of curl as the demo's commands use: a test must not depend on what else a machine has installed. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd' },
  },
});

const [url = ''] = positionals;
const headers = new Headers(values.header.map(parseHeader));
const response = await fetch(url, {
  method: values.data === undefined ? 'GET' : 'POST',
  headers,
  ...(values.data !== undefined && { body: values.data }),
});
process.stdout.write(`${await response.text()}\n`);

function parseHeader(header: string): [string, string] {
  const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(header) ?? [];
  return [name, value];
}
