export type ThemeChoice = 'system' | 'light' | 'dark';

/** The only thing that the console keeps beyond the page: it says nothing about anybody. */
const storageKey = 'troupe.theme';

/** What the page looks like: as the system says, until somebody chooses. */
export class Theme {
  choice: ThemeChoice = remembered();

  constructor() {
    this.#show();
  }

  /** Whether the page is dark now. */
  get isDark(): boolean {
    if (this.choice !== 'system') return this.choice === 'dark';
    return matchMedia('(prefers-color-scheme: dark)').matches;
  }

  toggle(): void {
    this.choice = this.isDark ? 'light' : 'dark';
    this.#show();
    try {
      localStorage.setItem(storageKey, this.choice);
    } catch {
      // Storage may be switched off; the choice then lasts as long as the page.
    }
  }

  #show(): void {
    document.documentElement.dataset['theme'] = this.choice;
  }
}

function remembered(): ThemeChoice {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}
