/** Notified of changes that the views have to show. */
export interface ViewNotifier {
  /** Schedules a render. */
  changed(): void;
  /** For screen readers. */
  announce(sentence: string): void;
}
