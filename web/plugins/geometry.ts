import type { Position } from 'geojson';

export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** Cuts a closed ring to a box (Sutherland and Hodgman); the cut edges run along the box. */
export function clipRing(ring: Position[], box: Box): Position[] {
  const sides: [axis: 0 | 1, limit: number, keepGreater: boolean][] = [
    [0, box.west, true],
    [0, box.east, false],
    [1, box.south, true],
    [1, box.north, false],
  ];
  let points = ring.slice(0, -1);
  for (const [axis, limit, greater] of sides) {
    const inside = (p: Position) => (greater ? at(p, axis) >= limit : at(p, axis) <= limit);
    const kept: Position[] = [];
    for (const [i, point] of points.entries()) {
      const before = points[(i + points.length - 1) % points.length] ?? point;
      if (inside(before) !== inside(point)) kept.push(cross(before, point, axis, limit));
      if (inside(point)) kept.push(point);
    }
    points = kept;
  }
  const first = points[0];
  return first ? [...points, first] : [];
}

/** The part of the coast that leads from the first to the last of `through`, passing nearest to those between. */
export function coast(rings: Position[][], through: Position[]): Position[] {
  const first = through[0];
  if (!first) return [];
  const ring = nearestRing(rings, first).slice(0, -1);
  const stops = through.map((point) => nearest(ring, point));
  const line: Position[] = [];
  for (let i = 0; i + 1 < stops.length; i += 1) {
    const from = stops[i] ?? 0;
    const to = stops[i + 1] ?? 0;
    const forward = run(ring, from, to, 1);
    const backward = run(ring, from, to, -1);
    line.push(...(forward.length <= backward.length ? forward : backward));
  }
  return line;
}

function run(ring: Position[], from: number, to: number, step: 1 | -1): Position[] {
  const out: Position[] = [];
  for (let i = from; ; i = (i + step + ring.length) % ring.length) {
    const point = ring[i];
    if (point) out.push(point);
    if (i === to) return out;
  }
}

function nearestRing(rings: Position[][], point: Position): Position[] {
  let best: Position[] = [];
  let least = Infinity;
  for (const ring of rings) {
    const distance = away(ring[nearest(ring, point)] ?? [0, 0], point);
    if (distance < least) [best, least] = [ring, distance];
  }
  return best;
}

function nearest(ring: Position[], point: Position): number {
  let best = 0;
  for (const [i, candidate] of ring.entries()) {
    if (away(candidate, point) < away(ring[best] ?? [0, 0], point)) best = i;
  }
  return best;
}

function cross(a: Position, b: Position, axis: 0 | 1, limit: number): Position {
  const share = (limit - at(a, axis)) / (at(b, axis) - at(a, axis));
  return [at(a, 0) + share * (at(b, 0) - at(a, 0)), at(a, 1) + share * (at(b, 1) - at(a, 1))];
}

const at = (p: Position, axis: 0 | 1): number => p[axis] ?? 0;
const away = (a: Position, b: Position): number => ((at(a, 0) - at(b, 0)) * 0.75) ** 2 + (at(a, 1) - at(b, 1)) ** 2;
