/** Metrics that a PromQL expression asks for, each with the labels that it is picked by, and all labels it groups by. */
export function metricsIn(expression: string): { name: string; labels: Map<string, string[]> }[] {
  const selectors = expression.matchAll(/\btroupe_[a-z0-9_]+(?:\{([^}]*)\})?/g);
  return [...selectors].map(([selector, inside = '']) => ({
    name: selector.replace(/\{.*/, ''),
    labels: new Map(
      [...inside.matchAll(/([a-z_]+)\s*(?:=~|=)\s*"([^"]*)"/g)].map(([, label = '', value = '']) => [
        label,
        value.split('|'),
      ]),
    ),
  }));
}

/** The labels that an expression groups by. */
export function groupingsIn(expression: string): string[] {
  const lists = [...expression.matchAll(/\bby \(([^)]*)\)/g)].map(([, list = '']) => list);
  return lists.flatMap((list) => list.split(',').map((label) => label.trim()));
}
