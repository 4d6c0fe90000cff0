/** The site as the server describes it, and which of the two worlds, live or drill, this device looks at. */
import { hold, type Document } from './live/documents.svelte.ts';
import { settings } from './settings.svelte.ts';
import type { Text } from './text.ts';

export interface Site {
  name: Text;
  /** A demo: everything is a drill, and demo sign-ins exist. */
  demo: boolean;
  drill: { active: boolean; scenario: Text | string | null; since: string | null };
  version: string;
}

export type Mode = 'live' | 'drill';

let site = $state.raw<Document<Site>>();
let chosen = $state<Mode | null>(null);

export function openSite(): void {
  site ??= hold<Site>('site');
}

export const theSite = (): Site | undefined => site?.data;
/** Whether the server has said what it is; before that nothing is shown, so that no drill is taken for real. */
export const siteKnown = (): boolean => site?.data !== undefined || site?.trouble != null;

/** Drill documents are shown only to a device enrolled in drills, or in a demo. */
export const enrolled = (): boolean => settings.drill ?? site?.data?.demo ?? false;

export function viewing(): Mode {
  return modeFor(enrolled(), theSite(), chosen);
}

/** Without a choice: the drill while one runs or in a demo; otherwise, and for everyone not enrolled, the real world. */
export function modeFor(taking: boolean, about: Site | undefined, choice: Mode | null): Mode {
  if (!taking) return 'live';
  return choice ?? (about && (about.demo || about.drill.active) ? 'drill' : 'live');
}

export function look(mode: Mode): void {
  chosen = mode;
}

/** A document's name in the world looked at. */
export const named = (name: string): string => (viewing() === 'drill' ? `drill/${name}` : name);
