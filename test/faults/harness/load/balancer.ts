import type { ProcessNode, ProcessNodes } from '../../support/cluster.ts';

const askEveryMs = 200;

/** Gives requests to the nodes in turn, but not to those whose `/readyz` fails, as a balancer does. */
export class Balancer implements AsyncDisposable {
  readonly #nodes: ProcessNodes;
  readonly #ready = new Set<ProcessNode>();
  readonly #timer: NodeJS.Timeout;
  #asking: Promise<void> = Promise.resolve();
  #turn = 0;

  private constructor(nodes: ProcessNodes) {
    this.#nodes = nodes;
    this.#timer = setInterval(() => {
      this.#asking = this.#askAll();
    }, askEveryMs);
  }

  /** Has asked every node once when it resolves. */
  static async open(nodes: ProcessNodes): Promise<Balancer> {
    const balancer = new Balancer(nodes);
    await balancer.#askAll();
    return balancer;
  }

  /** The node to ask next; one that is not ready when none is. */
  next(): ProcessNode {
    for (const _ of this.#nodes) {
      const node = this.#nodes[this.#turn % this.#nodes.length] ?? this.#nodes[0];
      this.#turn += 1;
      if (this.#ready.has(node)) return node;
    }
    return this.#nodes[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#asking;
  }

  async #askAll(): Promise<void> {
    await Promise.all(
      this.#nodes.map(async (node) => {
        if (await node.isReady()) this.#ready.add(node);
        else this.#ready.delete(node);
      }),
    );
  }
}
