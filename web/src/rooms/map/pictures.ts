/** The marks of the map as pictures for its legend. */
import { draw } from './symbols.ts';

const made = new Map<string, string>();

export function drawn(mark: string): string {
  let url = made.get(mark);
  if (url === undefined) {
    const image = draw(mark);
    const canvas = document.createElement('canvas');
    if (image) {
      Object.assign(canvas, { width: image.width, height: image.height });
      canvas.getContext('2d')?.putImageData(image, 0, 0);
    }
    made.set(mark, (url = image ? canvas.toDataURL() : ''));
  }
  return url;
}
