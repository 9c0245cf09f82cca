import * as v from 'valibot';
import { type Frame, FrameSchema } from '../../../actors/inspection/frame.ts';
import type { Api } from './api.ts';
import { Backoff } from './backoff.ts';
import { type Failure, failureOf, unreachable } from './failure.ts';
import { parseSvg } from './parse-svg.ts';
import { pathOf } from './resources.ts';
import { leavesOf, statesOf } from './state-value.ts';

/** The machine went from some states to others. `at` is epoch milliseconds by the gateway's clock. */
export interface Transition {
  number: number;
  at: number;
  /** What brought it about, by its name, and why, where that is told. */
  event: string;
  reason: string | null;
  from: readonly string[];
  to: readonly string[];
}

const maxTransitions = 12;

const Ticket = v.object({ ticket: v.string() });
const FrameText = v.pipe(v.string(), v.parseJson(), FrameSchema);

/** The session's state machine as a picture in which the states that it is in are marked, as they change. */
export class Statechart {
  picture: SVGSVGElement | null = null;
  state: 'connecting' | 'live' | 'waiting' | Failure = 'connecting';
  /** The innermost states that the machine is in, by their paths. */
  leaves: readonly string[] = [];
  /** Newest first. */
  transitions: readonly Transition[] = [];
  zoom: 'close' | 'whole' = 'close';
  readonly #session: string;
  readonly #api: Api;
  readonly #changed: () => void;
  readonly #ending = new AbortController();
  readonly #backoff = new Backoff();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #counted = 0;

  constructor(session: string, api: Api, changed: () => void) {
    this.#session = session;
    this.#api = api;
    this.#changed = changed;
    void this.#connect();
  }

  look(zoom: 'close' | 'whole'): void {
    this.zoom = zoom;
    this.#changed();
    this.#find();
  }

  close(): void {
    this.#ending.abort();
    clearTimeout(this.#timer);
    closeQuietly(this.#socket);
  }

  async #connect(): Promise<void> {
    if (this.picture === null) await this.#draw();
    if (this.picture === null || this.#ending.signal.aborted) return;
    const signal = this.#ending.signal;
    const answer = await this.#api.call('POST', 'realtime/ticket', Ticket, { body: {}, signal });
    if (signal.aborted) return;
    if (answer.ok) this.#follow(answer.value.ticket);
    else if (answer.failure.status === 403) this.#become(answer.failure);
    else this.#comeBack(answer.failure.retryAfterMs);
  }

  async #draw(): Promise<void> {
    try {
      const init = { headers: { accept: 'image/svg+xml' }, signal: this.#ending.signal };
      const response = await this.#api.fetch(pathOf(this.#session, '/inspect/definition'), init);
      if (!response.ok) return this.#become(failureOf(response, await response.json()));
      this.picture = parseSvg(await response.text());
    } catch {
      if (!this.#ending.signal.aborted) this.#become(unreachable);
    }
  }

  #follow(ticket: string): void {
    const address = this.#api.url(pathOf(this.#session, `/inspect?ticket=${encodeURIComponent(ticket)}`));
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address);
    socket.addEventListener('message', ({ data }) => this.#take(data));
    socket.addEventListener('close', () => this.#comeBack(null));
    this.#socket = socket;
  }

  /** A machine that begins anew, or moves to another node, ends the connection as well. */
  #comeBack(askedMs: number | null): void {
    if (this.#ending.signal.aborted) return;
    this.#become('waiting');
    this.#timer = setTimeout(() => void this.#connect(), this.#backoff.next(askedMs));
  }

  #take(data: unknown): void {
    const frame = v.safeParse(FrameText, data);
    if (!frame.success || frame.output.sessionId !== frame.output.rootId || frame.output.type === '@xstate.event')
      return;
    this.#backoff.reset();
    this.#see(frame.output);
  }

  #see(frame: Exclude<Frame, { type: '@xstate.event' }>): void {
    const { value } = frame.snapshot;
    if (value === undefined) return;
    const leaves = leavesOf(value);
    const from = this.leaves.filter((leaf) => !leaves.includes(leaf));
    const to = leaves.filter((leaf) => !this.leaves.includes(leaf));
    if (frame.type === '@xstate.snapshot' && to.length > 0) {
      const { type: event, reason = null } = frame.event;
      this.#counted += 1;
      const transition = { number: this.#counted, at: Number(frame.createdAt), event, reason, from, to };
      this.transitions = [transition, ...this.transitions].slice(0, maxTransitions);
    }
    this.leaves = leaves;
    this.#mark(statesOf(value));
    this.#become('live');
    if (to.length > 0) this.#find();
  }

  #mark(states: readonly string[]): void {
    for (const element of this.picture?.querySelectorAll('.state') ?? []) {
      element.classList.toggle('active', states.includes(element.id));
      element.classList.toggle('leaf', this.leaves.includes(element.id));
    }
  }

  /** Brings the state of the lifecycle into view, once the picture is drawn. */
  #find(): void {
    requestAnimationFrame(() => {
      const state = this.picture?.querySelector('.leaf[id^="lifecycle"]');
      const view = this.picture?.parentElement;
      if (state === null || state === undefined || view === null || view === undefined) return;
      const [inner, outer] = [state.getBoundingClientRect(), view.getBoundingClientRect()];
      view.scrollBy({
        left: inner.left + inner.width / 2 - (outer.left + outer.width / 2),
        top: inner.top + inner.height / 2 - (outer.top + outer.height / 2),
      });
    });
  }

  #become(state: Statechart['state']): void {
    this.state = state;
    this.#changed();
  }
}

/** A browser complains of a WebSocket that is closed before it was opened. */
function closeQuietly(socket: WebSocket | null): void {
  if (socket?.readyState === WebSocket.CONNECTING) socket.addEventListener('open', () => socket.close());
  else socket?.close();
}
