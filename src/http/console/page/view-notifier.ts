/** What shows the state of the console. */
export interface ViewNotifier {
  /** Something is to be drawn again, soon. */
  changed(): void;
  /** A screen reader is to say it. */
  announce(sentence: string): void;
}
