/** Dark or light: dark unless the user has said otherwise here. */

export type ThemeName = 'dark' | 'light';

const KEY = 'afterimage.theme';

class Theme {
  name = $state<ThemeName>(saved());

  apply(): void {
    document.documentElement.dataset['theme'] = this.name;
  }

  toggle(): void {
    this.name = this.name === 'dark' ? 'light' : 'dark';
    this.apply();
    try {
      localStorage.setItem(KEY, this.name);
    } catch {
      // Then it holds for this visit.
    }
  }
}

function saved(): ThemeName {
  try {
    return localStorage.getItem(KEY) === 'light' ? 'light' : 'dark';
  } catch {
    return 'dark';
  }
}

export const theme = new Theme();
