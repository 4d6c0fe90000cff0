import type { Position } from 'geojson';

/**
 * The tsunami forecast zones of Aomori (津波予報区) as points to pass along the coast, in order.
 * Drawn by us to show which side of the prefecture is meant; not the legal borders of the zones.
 */
export const COASTS: { zone: string; through: Position[] }[] = [
  { zone: '200', through: [[139.94, 40.43], [140.0, 40.75], [140.31, 40.95], [140.34, 41.26], [140.56, 41.2]] },
  { zone: '202', through: [[140.56, 41.2], [140.65, 41.0], [140.75, 40.83], [141.13, 40.88], [141.2, 41.2], [140.77, 41.15], [140.79, 41.3]] },
  { zone: '201', through: [[140.79, 41.3], [140.91, 41.54], [141.46, 41.43], [141.4, 40.95], [141.53, 40.54], [141.66, 40.44]] },
];
