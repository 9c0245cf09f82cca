import * as v from 'valibot';
import { type Frame, FrameSchema } from '../../../actors/inspection/frame.ts';
import type { Api } from './api.ts';
import { Backoff } from './backoff.ts';
import { type Failure, failureOf, unreachable } from './failure.ts';
import { parseSvg } from './parse-svg.ts';
import { pathOf } from './resources.ts';
import { leavesOf, statesOf } from './state-value.ts';

/** A transition of the machine. `at` is epoch milliseconds by the gateway's clock. */
export interface Transition {
  number: number;
  at: number;
  /** The name of the event that caused it, and its reason if it has one. */
  event: string;
  reason: string | null;
  from: readonly string[];
  to: readonly string[];
}

const maxTransitions = 12;

const Ticket = v.object({ ticket: v.string() });
const FrameText = v.pipe(v.string(), v.parseJson(), FrameSchema);

/** The session's state machine as a diagram with its active states highlighted, live. */
export class Statechart {
  diagram: SVGSVGElement | null = null;
  state: 'connecting' | 'live' | 'waiting' | Failure = 'connecting';
  /** The paths of the active leaf states. */
  leaves: readonly string[] = [];
  /** Newest first. */
  transitions: readonly Transition[] = [];
  zoom: 'close' | 'whole' = 'close';
  readonly #session: string;
  readonly #api: Api;
  readonly #changed: () => void;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #transitionCount = 0;

  constructor(session: string, api: Api, changed: () => void) {
    this.#session = session;
    this.#api = api;
    this.#changed = changed;
    void this.#connect();
  }

  setZoom(zoom: 'close' | 'whole'): void {
    this.zoom = zoom;
    this.#changed();
    this.#scrollToActive();
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
    closeQuietly(this.#socket);
  }

  async #connect(): Promise<void> {
    if (this.diagram === null) await this.#loadDiagram();
    if (this.diagram === null || this.#closing.signal.aborted) return;
    const signal = this.#closing.signal;
    const answer = await this.#api.call('POST', 'realtime/ticket', Ticket, { body: {}, signal });
    if (signal.aborted) return;
    if (answer.ok) this.#follow(answer.value.ticket);
    else if (answer.failure.status === 403) this.#setState(answer.failure);
    else this.#reconnect(answer.failure.retryAfterMs);
  }

  async #loadDiagram(): Promise<void> {
    try {
      const init = { headers: { accept: 'image/svg+xml' }, signal: this.#closing.signal };
      const response = await this.#api.fetch(pathOf(this.#session, '/inspect/definition'), init);
      if (!response.ok) return this.#setState(failureOf(response, await response.json()));
      this.diagram = parseSvg(await response.text());
    } catch {
      if (!this.#closing.signal.aborted) this.#setState(unreachable);
    }
  }

  #follow(ticket: string): void {
    const address = this.#api.url(pathOf(this.#session, `/inspect?ticket=${encodeURIComponent(ticket)}`));
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address);
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', () => this.#reconnect(null));
    this.#socket = socket;
  }

  /** The gateway also closes the connection when the machine restarts or moves to another node. */
  #reconnect(retryAfterMs: number | null): void {
    if (this.#closing.signal.aborted) return;
    this.#setState('waiting');
    this.#timer = setTimeout(() => void this.#connect(), this.#backoff.next(retryAfterMs));
  }

  #receive(data: unknown): void {
    const frame = v.safeParse(FrameText, data);
    if (!frame.success || frame.output.sessionId !== frame.output.rootId || frame.output.type === '@xstate.event')
      return;
    this.#backoff.reset();
    this.#apply(frame.output);
  }

  #apply(frame: Exclude<Frame, { type: '@xstate.event' }>): void {
    const { value } = frame.snapshot;
    if (value === undefined) return;
    const leaves = leavesOf(value);
    const from = this.leaves.filter((leaf) => !leaves.includes(leaf));
    const to = leaves.filter((leaf) => !this.leaves.includes(leaf));
    if (frame.type === '@xstate.snapshot' && to.length > 0) {
      const { type: event, reason = null } = frame.event;
      this.#transitionCount += 1;
      const transition = { number: this.#transitionCount, at: Number(frame.createdAt), event, reason, from, to };
      this.transitions = [transition, ...this.transitions].slice(0, maxTransitions);
    }
    this.leaves = leaves;
    this.#highlight(statesOf(value));
    this.#setState('live');
    if (to.length > 0) this.#scrollToActive();
  }

  #highlight(states: readonly string[]): void {
    for (const element of this.diagram?.querySelectorAll('.state') ?? []) {
      element.classList.toggle('active', states.includes(element.id));
      element.classList.toggle('leaf', this.leaves.includes(element.id));
    }
  }

  /** Scrolls the active lifecycle state into view, once the diagram is rendered. */
  #scrollToActive(): void {
    requestAnimationFrame(() => {
      const state = this.diagram?.querySelector('.leaf[id^="lifecycle"]');
      const view = this.diagram?.parentElement;
      if (state === null || state === undefined || view === null || view === undefined) return;
      const [inner, outer] = [state.getBoundingClientRect(), view.getBoundingClientRect()];
      view.scrollBy({
        left: inner.left + inner.width / 2 - (outer.left + outer.width / 2),
        top: inner.top + inner.height / 2 - (outer.top + outer.height / 2),
      });
    });
  }

  #setState(state: Statechart['state']): void {
    this.state = state;
    this.#changed();
  }
}

/** Browsers log an error when a WebSocket is closed before it is open. */
function closeQuietly(socket: WebSocket | null): void {
  if (socket?.readyState === WebSocket.CONNECTING) socket.addEventListener('open', () => socket.close());
  else socket?.close();
}
