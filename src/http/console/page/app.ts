import type { TemplateResult } from 'lit-html';
import { Api } from './api.ts';
import { AppState } from './app-state.ts';
import { adviceFor, type Failure } from './failure.ts';
import { locationOf, type PageLocation } from './location.ts';
import { Theme } from './theme.ts';
import type { ViewNotifier } from './view-notifier.ts';

/** A question that has to be answered before anything else, in a dialog of its own. */
export type Dialog = () => TemplateResult;

/** What can be seen before somebody has signed in. */
export type Entrance = { kind: 'open'; problem: string | null } | { kind: 'checking' };

/** The whole console: who is signed in, and what is looked at. */
export class App implements ViewNotifier {
  readonly theme = new Theme();
  entrance: Entrance = { kind: 'open', problem: null };
  /** Null until somebody has signed in. */
  desk: AppState | null = null;
  dialog: Dialog | null = null;
  /** The last thing that a screen reader is to say. */
  announcement = '';
  readonly #render: () => void;

  constructor(render: () => void) {
    this.#render = render;
    addEventListener('hashchange', () => this.#arrive());
  }

  get place(): PageLocation {
    return locationOf(location.hash);
  }

  /** What the window is called. */
  get title(): string {
    const session = this.desk?.open?.session;
    if (session === undefined) return 'Troupe console';
    return `${session.label ?? session.phoneNumber ?? 'Session'}, ${session.status.replaceAll('_', ' ')} – Troupe`;
  }

  /** Has the page drawn again, soon. */
  changed(): void {
    this.#render();
  }

  async signIn(credential: string): Promise<void> {
    this.entrance = { kind: 'checking' };
    this.changed();
    const api = new Api(credential, () => this.signOut('The credential does not hold any more. Sign in again.'));
    const { failure } = await api.exchange('GET', 'sessions?limit=1');
    this.entrance = { kind: 'open', problem: failure === null ? null : problemOf(failure) };
    if (failure === null) this.desk = new AppState(api, this);
    this.#arrive();
  }

  /** Forgets the credential and all that was got with it. */
  signOut(problem: string | null = null): void {
    this.desk?.close();
    this.desk = null;
    this.dialog = null;
    this.entrance = { kind: 'open', problem };
    this.changed();
  }

  ask(dialog: Dialog): void {
    this.dialog = dialog;
    this.changed();
  }

  /** With that the focus goes back to where it was. */
  closeDialog(): void {
    for (const dialog of document.querySelectorAll('dialog[open]'))
      if (dialog instanceof HTMLDialogElement) dialog.close();
    this.dialog = null;
    this.changed();
  }

  announce(sentence: string): void {
    this.announcement = sentence;
    this.changed();
  }

  #arrive(): void {
    const { place } = this;
    this.desk?.look(place.kind === 'session' ? place.id : null);
    this.changed();
    // What had the focus is gone, and a screen reader is to begin with what is there instead.
    document.getElementById('main')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function problemOf(failure: Failure): string {
  if (failure.status === 401) return 'This is no valid credential. It may have been revoked, or have expired.';
  if (failure.status === 403) return 'This credential may neither read nor manage, so the console has nothing to show.';
  return [failure.message, adviceFor(failure)].filter((part) => part !== null).join(' ');
}
