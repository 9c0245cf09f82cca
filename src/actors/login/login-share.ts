/** Logins that all nodes together, and one of several, may begin in a second. */
const clusterStartsPerSecond = 20;
const nodeStartsPerSecond = 10;

/** The logins that one of so many nodes may begin in a second. */
export function loginShare(nodes: number): number {
  const share = Math.floor(clusterStartsPerSecond / Math.max(1, nodes));
  return Math.max(1, Math.min(nodeStartsPerSecond, share));
}
