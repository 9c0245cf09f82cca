import type { SessionStatus } from '../../../domain/session.ts';
import type { Session } from './resources.ts';

/** Which sessions are shown: by status, and by text in the label, number or id. */
export class Filter {
  status: SessionStatus | null = null;
  text = '';

  /** Toggling the selected status clears it. */
  toggle(status: SessionStatus): void {
    this.status = this.status === status ? null : status;
  }

  reset(): void {
    this.status = null;
    this.text = '';
  }

  matches({ status, label, phoneNumber, id }: Session): boolean {
    if (this.status !== null && this.status !== status) return false;
    const text = this.text.trim().toLowerCase().replace(/^\+/, '');
    return [label, phoneNumber, id].some((name) => name?.toLowerCase().includes(text) === true);
  }
}
