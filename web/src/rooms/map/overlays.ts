/** What may be laid over the base map from our tiles: hazard zones in the official colours, emergency roads. */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { DEPTHS, SLIDES, type Palette } from './palette.ts';

/** Zones (災害想定区域) as residents choose them, with the kinds in the tiles. */
export const ZONES = { flood: ['flood', 'inland'], tsunami: ['tsunami', 'surge'], landslide: ['landslide'] } as const;
export type Zone = keyof typeof ZONES;
export type Overlay = Zone | 'roads';
export const OVERLAYS: readonly Overlay[] = ['flood', 'tsunami', 'landslide', 'roads'];

const tiles = (layer: string) => ({ source: 'tiles', 'source-layer': layer }) as const;
const step = (colours: readonly string[]): ExpressionSpecification =>
  ['step', ['coalesce', ['to-number', ['get', 'class']], 0], ...colours.flatMap((colour, i) => (i === 0 ? [colour] : [i, colour]))] as unknown as ExpressionSpecification;

export function zones(p: Palette): LayerSpecification[] {
  return (Object.keys(ZONES) as Zone[]).flatMap((zone): LayerSpecification[] => {
    const filter: ExpressionSpecification = ['in', ['get', 'kind'], ['literal', [...ZONES[zone]]]];
    // 土砂災害特別警戒区域 by its name, where the list gives no class.
    const special: ExpressionSpecification = ['any', ['>', ['coalesce', ['to-number', ['get', 'class']], 0], 0], ['in', '特別', ['coalesce', ['get', 'label'], '']]];
    const colour: ExpressionSpecification = zone === 'landslide' ? ['case', special, SLIDES[1], SLIDES[0]] : step(DEPTHS);
    return [
      { id: `zone-${zone}`, type: 'fill', ...tiles('hazard'), filter, layout: { visibility: 'none' }, paint: { 'fill-color': colour, 'fill-opacity': zone === 'landslide' ? 0.45 : 0.8 } },
      // Told apart without colour: water has a plain edge, sliding ground a dashed one.
      { id: `zone-${zone}-edge`, type: 'line', ...tiles('hazard'), filter, layout: { visibility: 'none' }, paint: { 'line-color': zone === 'landslide' ? '#8a1a00' : p.water, 'line-width': 0.8, 'line-opacity': 0.7, ...(zone === 'landslide' ? { 'line-dasharray': [3, 2] } : {}) } },
    ];
  });
}

export function emergencyRoads(p: Palette): LayerSpecification[] {
  const width: ExpressionSpecification = ['match', ['get', 'rank'], 1, 5, 2, 3.5, 2.5];
  return [
    { id: 'roads-edge', type: 'line', ...tiles('emergency_road'), layout: { visibility: 'none', 'line-cap': 'round' }, paint: { 'line-color': p.halo, 'line-width': ['+', width, 2.5] } },
    { id: 'roads', type: 'line', ...tiles('emergency_road'), layout: { visibility: 'none' }, paint: { 'line-color': p.emergency, 'line-width': width, 'line-dasharray': [3, 1] } },
  ];
}

/** Layers of the style behind a choice of the screen. */
export const layersOf = (overlay: Overlay): string[] => (overlay === 'roads' ? ['roads-edge', 'roads'] : [`zone-${overlay}`, `zone-${overlay}-edge`]);
