/** What the map shows besides the places: theme and overlays, kept in its address. Pure. */
import { OVERLAYS, type Overlay } from './overlays.ts';
import type { Theme } from './picture.ts';

export interface View {
  theme: Theme;
  overlays: Overlay[];
  /** Places at all, or only what is said of the municipalities. */
  places: boolean;
}

const THEMES: readonly Theme[] = ['level', 'intensity', 'none'];

export function viewFrom(query: URLSearchParams): View {
  return {
    theme: THEMES.find((each) => each === query.get('t')) ?? 'level',
    overlays: OVERLAYS.filter((each) => (query.get('l') ?? '').split('.').includes(each)),
    places: query.get('p') !== '0',
  };
}

/** Adds the view to an address; what is usual is not said. */
export function withView(address: string, { theme, overlays, places }: View): string {
  const query = new URLSearchParams(address);
  if (theme !== 'level') query.set('t', theme);
  if (overlays.length > 0) query.set('l', overlays.join('.'));
  if (!places) query.set('p', '0');
  const text = query.toString();
  return text ? `?${text}` : '';
}
