/** Marks of places, drawn on the device: a shape for the kind, a corner for what happens there, a corner for the hazard. */
import { KINDS, REFUGES, type Facility, type Kind } from '$rooms/places/model.ts';
import type { Shown } from '$rooms/places/shown.ts';

type Shape = 'square' | 'round' | 'drop' | 'diamond';
interface Look {
  shape: Shape;
  /** Of Okabe and Ito's colours, which stay apart for colour-blind people; darkened for white signs. */
  colour: string;
  path: string;
}

const RUN = 'M14 4.5v.5M5 12l4-4 4 1 2 4 4 1M13 9l-3 6 4 3-1 4M10 15l-2 4H4';
const LOOKS: Record<Kind, Look> = {
  emergency_site: { shape: 'square', colour: '#006b4a', path: RUN },
  shelter: { shape: 'square', colour: '#006b4a', path: 'M3 12 12 4l9 8M6 10v10h12V10M9 20v-5h6v5' },
  tsunami_building: { shape: 'square', colour: '#00558a', path: 'M8 16V4h9v12M11 7h3M11 11h3M2 20c2.5 0 2.5-2 5-2s2.5 2 5 2 2.5-2 5-2 2.5 2 5 2' },
  welfare_shelter: { shape: 'square', colour: '#006b4a', path: 'M12 20s-8-5-8-10a4 4 0 0 1 8-1 4 4 0 0 1 8 1c0 5-8 10-8 10Z' },
  aid_station: { shape: 'round', colour: '#a33b00', path: 'M12 5v14M5 12h14' },
  medical: { shape: 'round', colour: '#a33b00', path: 'M12 5v14M5 12h14' },
  aed: { shape: 'round', colour: '#8f2b5e', path: 'M13 3 6 13h5l-1 8 8-11h-6l1-7Z' },
  water_point: { shape: 'drop', colour: '#00558a', path: 'M12 5c3 4 5 6.5 5 9a5 5 0 0 1-10 0c0-2.5 2-5 5-9Z' },
  public_facility: { shape: 'diamond', colour: '#4d4d4d', path: 'M6 18V9l6-4 6 4v9M4 19h16M10 18v-5h4v5' },
  child_facility: { shape: 'diamond', colour: '#4d4d4d', path: 'M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM12 8v7M8 11h8M12 15l-3 5M12 15l3 5' },
  fire_water: { shape: 'diamond', colour: '#4d4d4d', path: 'M12 4c2 3 5 5 5 9a5 5 0 0 1-10 0c0-3 3-5 5-9Z' },
  other: { shape: 'diamond', colour: '#4d4d4d', path: 'M12 8v.5M12 12v5' },
};
const SIZE = 34;
const RATIO = 2;

export const lookOf = (kind: Kind): Look => LOOKS[kind];

/** A place of several kinds shows the first in the order of the screens: where one flees to before where one stays. */
export const leading = (place: Pick<Facility, 'kinds'>): Kind => KINDS.find((kind) => place.kinds.includes(kind)) ?? 'other';

/** Corner signs: never more than a letter, and the card says it in words. */
const STANDS: Record<Shown['standing'], [sign: string, colour: string] | null> = {
  unopened: null, preparing: ['準', '#5b4a00'], open: ['開', '#003ea8'], full: ['満', '#b00000'], closing: ['終', '#4d4d4d'], closed: ['閉', '#4d4d4d'],
};

/** The name of a mark, which says all of it: `shelter|open|floor3`. */
export function markOf({ place, standing, suit }: Shown): string {
  const fit = !suit ? '' : suit.answer === 'floor' ? `floor${suit.floor ?? ''}` : suit.answer;
  return `${leading(place)}|${standing}|${fit}`;
}

export function draw(name: string): ImageData | undefined {
  const [kind = '', standing = '', fit = ''] = name.split('|');
  const look = LOOKS[kind as Kind];
  const pen = look && Object.assign(document.createElement('canvas'), { width: SIZE * RATIO, height: SIZE * RATIO }).getContext('2d', { willReadFrequently: true });
  if (!pen) return undefined;
  pen.scale(RATIO, RATIO);
  body(pen, look, fit === 'no' || fit === 'unknown');
  const stands = STANDS[standing as Shown['standing']];
  if (stands) corner(pen, SIZE - 8, 8, stands[0], stands[1]);
  const fits = REFUGES.includes(kind as Kind) ? fitSign(fit) : null;
  if (fits) corner(pen, SIZE - 8, SIZE - 8, fits[0], fits[1]);
  return pen.getImageData(0, 0, SIZE * RATIO, SIZE * RATIO);
}

function fitSign(fit: string): [string, string] | null {
  if (fit === 'no') return ['×', '#b00000'];
  if (fit === 'unknown') return ['?', '#4d4d4d'];
  if (fit === 'conditional') return ['△', '#5b4a00'];
  return fit.startsWith('floor') ? [`${fit.slice(5)}F`, '#5b4a00'] : null;
}

function body(pen: CanvasRenderingContext2D, { shape, colour, path }: Look, hollow: boolean): void {
  const outline = new Path2D(
    { square: 'M7 5h20a3 3 0 0 1 3 3v18a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3Z', round: 'M17 4a13 13 0 1 1 0 26 13 13 0 0 1 0-26Z', drop: 'M17 2c6 7 10 10 10 16a10 10 0 0 1-20 0c0-6 4-9 10-16Z', diamond: 'M17 3 31 17 17 31 3 17Z' }[shape],
  );
  pen.lineJoin = pen.lineCap = 'round';
  for (const [width, line] of [[4, '#ffffff'], [1.5, '#1a1a1a']] as const) {
    pen.lineWidth = width;
    pen.strokeStyle = line;
    pen.stroke(outline);
  }
  pen.fillStyle = hollow ? '#ffffff' : colour;
  pen.fill(outline);
  pen.save();
  pen.translate(17 - 10, (shape === 'drop' ? 18 : 17) - 10);
  pen.scale(20 / 24, 20 / 24);
  pen.lineWidth = 2.6;
  pen.strokeStyle = hollow ? colour : '#ffffff';
  pen.stroke(new Path2D(path));
  pen.restore();
}

function corner(pen: CanvasRenderingContext2D, x: number, y: number, sign: string, colour: string): void {
  pen.beginPath();
  pen.arc(x, y, 7.5, 0, 2 * Math.PI);
  pen.fillStyle = colour;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = '#ffffff';
  pen.stroke();
  pen.fillStyle = '#ffffff';
  pen.font = `bold ${sign.length > 1 ? 9 : 10}px sans-serif`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(sign, x, y + 0.5);
}
