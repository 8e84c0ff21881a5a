/** Dark, light, or as the system has it: dark unless the user has said otherwise here. */

export type ThemeName = 'dark' | 'light';
export type ThemeChoice = ThemeName | 'system';

const KEY = 'afterimage.theme';

class Theme {
  choice = $state<ThemeChoice>(saved());
  #isSystemLight = $state(false);
  readonly name: ThemeName = $derived(
    this.choice === 'system' ? (this.#isSystemLight ? 'light' : 'dark') : this.choice,
  );

  apply(): void {
    const system = matchMedia('(prefers-color-scheme: light)');
    this.#isSystemLight = system.matches;
    system.onchange = () => {
      this.#isSystemLight = system.matches;
      this.#show();
    };
    this.#show();
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    this.#show();
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Then it holds for this visit.
    }
  }

  toggle(): void {
    this.choose(this.name === 'dark' ? 'light' : 'dark');
  }

  #show(): void {
    document.documentElement.dataset['theme'] = this.name;
  }
}

function saved(): ThemeChoice {
  try {
    const choice = localStorage.getItem(KEY);
    return choice === 'light' || choice === 'system' ? choice : 'dark';
  } catch {
    return 'dark';
  }
}

export const theme = new Theme();
