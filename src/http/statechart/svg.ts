import type { Chart } from '../../actors/inspection/statechart-graph.ts';
import { dotOf } from './dot.ts';

const drawn = new WeakMap<Chart, Promise<string>>();

/** The statechart as an SVG document. Graphviz is loaded, and the chart laid out, at the first call. */
export function svgOf(chart: Chart): Promise<string> {
  const known = drawn.get(chart) ?? draw(chart);
  drawn.set(chart, known);
  return known;
}

async function draw(chart: Chart): Promise<string> {
  const { instance } = await import('@viz-js/viz');
  const viz = await instance();
  return viz.renderString(dotOf(chart), { format: 'svg' });
}
