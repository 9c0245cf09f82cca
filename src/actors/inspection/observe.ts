import type { ActorRefFrom, InspectionEvent } from 'xstate';
import type { sessionMachine } from '../session/machine.ts';
import { sessionDefinition } from './definition.ts';
import { type Frame, type ShownSnapshot, wireVersion } from './frame.ts';
import { shownContext, type Timer } from './shown-context.ts';

type SessionActor = ActorRefFrom<typeof sessionMachine>;

/** Timers that are told at most; each caller that waits has one. */
const maxTimers = 20;

/** The events whose `reason` is out of a list of ours. */
const reasoned: ReadonlySet<string> = new Set(['socket.closed', 'socket.close']);

const definition = JSON.stringify(sessionDefinition);

/**
 * Calls back with what a session's actors do from now on, beginning with the actors that there are and the state they
 * are in; yields how to end that. Nothing is attached to the actor before, nor left behind. It runs in the middle of
 * the actor's own work, so `onFrame` must be quick and must not throw.
 */
export function observeSession(
  session: string,
  actor: SessionActor,
  { now, onFrame }: { now: () => number; onFrame: (frame: Frame) => void },
): () => void {
  const frames = new FrameWriter(session, actor, now);
  for (const frame of frames.present()) onFrame(frame);
  const subscription = actor.system.inspect((event) => {
    const frame = frames.of(event);
    if (frame !== null) onFrame(frame);
  });
  return () => subscription.unsubscribe();
}

/** An actor as XState hands it to an inspector. */
interface Actor {
  id?: unknown;
  sessionId: string;
  _parent?: Actor | undefined;
  getSnapshot(): unknown;
}

class FrameWriter {
  readonly #session: string;
  readonly #root: SessionActor;
  readonly #now: () => number;

  constructor(session: string, root: SessionActor, now: () => number) {
    this.#session = session;
    this.#root = root;
    this.#now = now;
  }

  present(): Frame[] {
    const children: Record<string, Actor | undefined> = this.#root.getSnapshot().children;
    return [this.#root, ...Object.values(children)].flatMap((actor) =>
      actor === undefined ? [] : [this.#actorFrame(actor)],
    );
  }

  /** Null for what the wire format has no frame for. */
  of(inspected: InspectionEvent): Frame | null {
    const actor: Actor = inspected.actorRef;
    switch (inspected.type) {
      case '@xstate.actor':
        return this.#actorFrame(actor);
      case '@xstate.event': {
        const source = inspected.sourceRef;
        return {
          ...{ type: inspected.type, ...this.#about(actor), event: shownEvent(inspected.event) },
          ...(source !== undefined && { sourceId: this.#idOf(source) }),
        };
      }
      case '@xstate.snapshot':
        return {
          ...{ type: inspected.type, ...this.#about(actor), event: shownEvent(inspected.event) },
          snapshot: this.#snapshotOf(actor),
        };
      default:
        return null;
    }
  }

  #actorFrame(actor: Actor): Frame {
    const isRoot = actor.sessionId === this.#root.sessionId;
    return {
      ...{ type: '@xstate.actor', ...this.#about(actor), name: String(actor.id), snapshot: this.#snapshotOf(actor) },
      ...(isRoot ? { definition } : { parentId: this.#idOf(this.#root) }),
    };
  }

  #about(actor: Actor) {
    return {
      sessionId: this.#idOf(actor),
      rootId: this.#idOf(this.#root),
      createdAt: this.#now().toString(),
      id: null,
      _version: wireVersion,
    };
  }

  /** The numbers that XState gives begin anew with each session. */
  #idOf({ sessionId }: { sessionId: string }): string {
    return `${this.#session}/${sessionId}`;
  }

  #snapshotOf(actor: Actor): ShownSnapshot {
    if (actor.sessionId !== this.#root.sessionId) return { status: statusIn(actor.getSnapshot()) };
    const { status, value, context } = this.#root.getSnapshot();
    return { status, value, context: { ...shownContext(context, this.#timers()) } };
  }

  #timers(): Timer[] {
    const scheduled = Object.values(this.#root.system.getSnapshot()._scheduledEvents);
    return scheduled
      .slice(0, maxTimers)
      .map(({ event, startedAt, delay }) => ({ event: event.type, dueAt: startedAt + delay }));
  }
}

function shownEvent(event: { type: string; reason?: unknown }): { type: string; reason?: string } {
  const { type, reason } = event;
  return reasoned.has(type) && typeof reason === 'string' ? { type, reason } : { type };
}

function statusIn(snapshot: unknown): ShownSnapshot['status'] {
  const status = typeof snapshot === 'object' && snapshot !== null && 'status' in snapshot ? snapshot.status : null;
  return status === 'done' || status === 'error' || status === 'stopped' ? status : 'active';
}
