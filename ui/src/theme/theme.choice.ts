/** Which theme this browser shows, and that the page follows it. */
import { Cell } from '../cell.ts';

export const themes = ['dark', 'light', 'contrast'] as const;
export type Theme = (typeof themes)[number];

export const themeWords: Readonly<Record<Theme, string>> = {
  dark: 'Dark',
  light: 'Light',
  contrast: 'High contrast',
};

const KEPT = 'tidegate.theme';

/** Unless the user has said otherwise, who asks the system for more contrast gets it. */
function first(): Theme {
  const kept = themes.find((each) => each === localStorage.getItem(KEPT));
  return kept ?? (window.matchMedia('(prefers-contrast: more)').matches ? 'contrast' : 'dark');
}

export const themeChoice = new Cell<Theme>(first());

// What is chosen in one window holds in those that were torn out of it, too.
window.addEventListener('storage', ({ key }) => {
  if (key === KEPT) themeChoice.set(first());
});

const show = (): void => {
  document.documentElement.dataset['theme'] = themeChoice.read();
};
show();
themeChoice.watch(show);

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEPT, theme);
  themeChoice.set(theme);
}
