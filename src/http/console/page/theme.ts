export type ThemeChoice = 'system' | 'light' | 'dark';

/** The only thing that the console stores in the browser; it is not personal data. */
const storageKey = 'troupe.theme';

/** The color theme: that of the system until the user chooses one. */
export class Theme {
  choice: ThemeChoice = storedChoice();

  constructor() {
    this.#apply();
  }

  /** Whether the page is dark now. */
  get isDark(): boolean {
    if (this.choice !== 'system') return this.choice === 'dark';
    return matchMedia('(prefers-color-scheme: dark)').matches;
  }

  toggle(): void {
    this.choice = this.isDark ? 'light' : 'dark';
    this.#apply();
    try {
      localStorage.setItem(storageKey, this.choice);
    } catch {
      // Storage may be disabled; the choice then lasts as long as the page.
    }
  }

  #apply(): void {
    document.documentElement.dataset['theme'] = this.choice;
  }
}

function storedChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}
