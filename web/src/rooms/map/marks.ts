/** Marks on the map as elements of the page: drawn without a font server. What they say stands in the table too. */
import type { Area } from '$lib/areas.ts';

export interface Look {
  /** Fill of the municipality and of its mark. */
  colour: string;
  /** Class that gives the mark its colours. */
  class: string;
  /** What stands in the mark: never the colour alone. */
  sign: string;
  /** What it means. */
  words: string;
  name: string;
  /** Nothing to say here: a small dot. */
  quiet: boolean;
}

/** A mark is looked at, not pressed: the map itself takes the click, and a list of names serves the keyboard. */
export function label(area: Area): HTMLElement {
  const mark = document.createElement('div');
  mark.ariaHidden = 'true';
  mark.dataset.code = area.code;
  mark.append(document.createElement('span'), document.createElement('span'));
  return mark;
}

/** Where the quake began. */
export function cross(words: string): HTMLElement {
  return Object.assign(document.createElement('div'), { className: 'map-epicentre', role: 'img', ariaLabel: words, title: words, textContent: '×' });
}

export function pin(mark: HTMLElement, look: Look, names: boolean): void {
  const [sign, name] = mark.children;
  if (!sign || !name) return;
  // MapLibre keeps classes of its own on the element.
  mark.classList.add('map-mark');
  mark.classList.toggle('map-quiet', look.quiet);
  mark.classList.toggle('map-named', names);
  sign.className = `map-sign ${look.class}`;
  sign.textContent = look.sign;
  name.className = 'map-name';
  name.textContent = look.name;
  mark.dataset.words = look.words;
}
