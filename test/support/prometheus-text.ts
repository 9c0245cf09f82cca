import assert from 'node:assert/strict';

/** One line of the metrics. */
interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** What was read from `/metrics` at one time. */
export class Figures {
  readonly samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.samples = samples;
  }

  /** The sum over all samples of that name that have these labels; 0 when there is none. */
  of(name: string, labels: Record<string, string> = {}): number {
    const found = this.samples.filter((sample) => sample.name === `troupe_${name}` && hasLabels(sample, labels));
    return found.reduce((sum, { value }) => sum + value, 0);
  }

  /** Every series: its name and its labels, in a fixed order. */
  get series(): Set<string> {
    return new Set(this.samples.map(({ name, labels }) => `${name} ${JSON.stringify(Object.entries(labels).sort())}`));
  }
}

/** The names of all series of ours in some readings: those of Node and of the process come and go. */
export function figureNames(readings: readonly Figures[]): Set<string> {
  const names = readings.flatMap(({ samples }) => samples.map(({ name }) => name));
  return new Set(names.filter((name) => !/^troupe_(nodejs|process)_/.test(name)));
}

function hasLabels({ labels }: Sample, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** Reads the metrics at an address; throws unless all of it is what Prometheus can read. */
export async function figuresAt(url: string | null, token?: string): Promise<Figures> {
  const response = await fetch(url ?? 'nowhere', {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Figures(lines.map(sampleOf));
}

function sampleOf(line: string): Sample {
  const [, name = '', labels = '', value = ''] = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? ([^ ]+)$/.exec(line) ?? [];
  const pairs = [...labels.matchAll(/([a-z_]+)="([^"\\]*)"(?:,|$)/g)];
  assert.notEqual(name, '', line);
  assert.equal(pairs.map(([pair]) => pair).join(''), labels, line);
  assert(Number.isFinite(Number(value)), line);
  return { name, labels: Object.fromEntries(pairs.map(([, key, text]) => [key, text])), value: Number(value) };
}
