import type { ActorRefFrom, InspectionEvent } from 'xstate';
import type { sessionMachine } from '../session/machine.ts';
import { type Frame, type RedactedSnapshot, wireVersion } from './frame.ts';
import type { InspectionView } from './inspection-broadcast.ts';
import { sessionDefinition } from './machine-definition.ts';
import { redactedContext, type Timer } from './redacted-context.ts';

type SessionActor = ActorRefFrom<typeof sessionMachine>;

/** Timers per frame; each waiting caller has one. */
const maxTimers = 20;

/** The events whose `reason` comes from a fixed list. */
const withReason: ReadonlySet<string> = new Set(['socket.closed', 'socket.close']);

const definition = JSON.stringify(sessionDefinition);

/**
 * The frames of a session's actors. The actor is observed only while there are followers. `onFrame` is called while the
 * actor runs, so it must be quick and must not throw.
 */
export function viewOf(session: string, actor: SessionActor, now: () => number): InspectionView {
  const frames = new FrameWriter(session, actor, now);
  return {
    present: () => frames.present(),
    follow: (onFrame) => {
      const subscription = actor.system.inspect((event) => {
        const frame = frames.of(event);
        if (frame !== null) onFrame(frame);
      });
      return () => subscription.unsubscribe();
    },
  };
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

  /** Null when the wire format has no frame for the event. */
  of(inspected: InspectionEvent): Frame | null {
    const actor: Actor = inspected.actorRef;
    switch (inspected.type) {
      case '@xstate.actor':
        return this.#actorFrame(actor);
      case '@xstate.event': {
        const source = inspected.sourceRef;
        return {
          type: inspected.type,
          ...this.#about(actor),
          event: redactedEvent(inspected.event),
          ...(source !== undefined && { sourceId: this.#idOf(source) }),
        };
      }
      case '@xstate.snapshot':
        return {
          type: inspected.type,
          ...this.#about(actor),
          event: redactedEvent(inspected.event),
          snapshot: this.#snapshotOf(actor),
        };
      default:
        return null;
    }
  }

  #actorFrame(actor: Actor): Frame {
    const isRoot = actor.sessionId === this.#root.sessionId;
    return {
      type: '@xstate.actor',
      ...this.#about(actor),
      name: String(actor.id),
      snapshot: this.#snapshotOf(actor),
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

  /** XState's own ids are unique within one session only. */
  #idOf({ sessionId }: { sessionId: string }): string {
    return `${this.#session}/${sessionId}`;
  }

  #snapshotOf(actor: Actor): RedactedSnapshot {
    if (actor.sessionId !== this.#root.sessionId) return { status: statusIn(actor.getSnapshot()) };
    const { status, value, context } = this.#root.getSnapshot();
    return { status, value, context: { ...redactedContext(context, this.#timers()) } };
  }

  #timers(): Timer[] {
    const scheduled = Object.values(this.#root.system.getSnapshot()._scheduledEvents);
    return scheduled
      .slice(0, maxTimers)
      .map(({ event, startedAt, delay }) => ({ event: event.type, dueAt: startedAt + delay }));
  }
}

function redactedEvent(event: { type: string; reason?: unknown }): { type: string; reason?: string } {
  const { type, reason } = event;
  return withReason.has(type) && typeof reason === 'string' ? { type, reason } : { type };
}

function statusIn(snapshot: unknown): RedactedSnapshot['status'] {
  const status = typeof snapshot === 'object' && snapshot !== null && 'status' in snapshot ? snapshot.status : null;
  return status === 'done' || status === 'error' || status === 'stopped' ? status : 'active';
}
