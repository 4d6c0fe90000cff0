/** A QR code as one path of squares, to be drawn sharp at any size. */
import { encode } from 'uqr';

export interface Squares {
  /** Squares across, the quiet zone included. */
  size: number;
  path: string;
  version: number;
}

/** ISO/IEC 18004 asks for four light squares around. */
const QUIET = 4;

/** `level`: L where a screen shows much, M where paper is folded and wet. */
export function squares(text: string, level: 'L' | 'M'): Squares {
  const { data, size, version } = encode(text, { ecc: level, boostEcc: true, border: QUIET });
  const rows = data.map((row, y) => {
    let path = '';
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x] || row[x - 1]) continue;
      let end = x;
      while (row[end]) end += 1;
      path += `M${x} ${y}h${end - x}v1h-${end - x}z`;
    }
    return path;
  });
  return { size, version, path: rows.join('') };
}
