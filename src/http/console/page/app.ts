import type { TemplateResult } from 'lit-html';
import { Api } from './api.ts';
import { AppState } from './app-state.ts';
import { adviceFor, type Failure } from './failure.ts';
import { locationOf, type PageLocation } from './location.ts';
import { Theme } from './theme.ts';
import type { ViewNotifier } from './view-notifier.ts';

/** A modal dialog. */
export type Dialog = () => TemplateResult;

/** The state of the sign-in form. */
export type SignInState = { kind: 'ready'; problem: string | null } | { kind: 'checking' };

/** The whole console: the credential and what is shown. */
export class App implements ViewNotifier {
  readonly theme = new Theme();
  signInState: SignInState = { kind: 'ready', problem: null };
  /** Null before signing in. */
  state: AppState | null = null;
  dialog: Dialog | null = null;
  /** The latest text for screen readers. */
  announcement = '';
  readonly #render: () => void;

  constructor(render: () => void) {
    this.#render = render;
    addEventListener('hashchange', () => this.#navigate());
  }

  /** The window's title. */
  get title(): string {
    const session = this.state?.open?.session;
    if (session === undefined) return 'Troupe console';
    return `${session.label ?? session.phoneNumber ?? 'Session'}, ${session.status.replaceAll('_', ' ')} – Troupe`;
  }

  /** Schedules a render. */
  changed(): void {
    this.#render();
  }

  async signIn(credential: string): Promise<void> {
    this.signInState = { kind: 'checking' };
    this.changed();
    const api = new Api(credential, () => this.signOut('Your credential is no longer valid. Sign in again.'));
    const { failure } = await api.exchange('GET', 'sessions?limit=1');
    this.signInState = { kind: 'ready', problem: failure === null ? null : problemOf(failure) };
    if (failure === null) this.state = new AppState(api, this);
    this.#navigate();
  }

  /** Forgets the credential and everything loaded with it. */
  signOut(problem: string | null = null): void {
    this.state?.close();
    this.state = null;
    this.dialog = null;
    this.signInState = { kind: 'ready', problem };
    this.changed();
  }

  openDialog(dialog: Dialog): void {
    this.dialog = dialog;
    this.changed();
  }

  /** Closing the element returns the focus to where it was. */
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

  #navigate(): void {
    const target: PageLocation = locationOf(location.hash);
    this.state?.show(target.kind === 'session' ? target.id : null);
    this.changed();
    // The focused element is gone; screen readers continue with the new content.
    document.getElementById('main')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function problemOf(failure: Failure): string {
  if (failure.status === 401) return 'This credential is not valid. It may have expired or been revoked.';
  if (failure.status === 403) return 'The console requires a credential with the capability read or manage.';
  return [failure.message, adviceFor(failure)].filter((part) => part !== null).join(' ');
}
