import type { SessionStatus } from '../../../domain/session.ts';
import type { Session } from './resources.ts';

/** Which sessions are to be seen: those with a status, and those in whose name, number or id some text is. */
export class Filter {
  status: SessionStatus | null = null;
  text = '';

  /** A second time takes it back. */
  toggle(status: SessionStatus): void {
    this.status = this.status === status ? null : status;
  }

  reset(): void {
    this.status = null;
    this.text = '';
  }

  lets({ status, label, phoneNumber, id }: Session): boolean {
    if (this.status !== null && this.status !== status) return false;
    const wanted = this.text.trim().toLowerCase().replace(/^\+/, '');
    return [label, phoneNumber, id].some((name) => name?.toLowerCase().includes(wanted) === true);
  }
}
