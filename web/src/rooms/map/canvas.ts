/** The drawn map: the only file that knows MapLibre. It is loaded when the map is opened, never before. */
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { type ExpressionSpecification, type GeoJSONSource, Map as MapLibre, Marker, NavigationControl, type PointLike, setWorkerUrl, type StyleSpecification } from 'maplibre-gl';
import base from 'virtual:base-map';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { AREAS, nearest } from '$lib/areas.ts';
import { label, pin, type Look } from './marks.ts';

setWorkerUrl(workerUrl);

const SEA = '#cfe0ec';
const LAND = '#f5f3ee';
const AOMORI: [number, number, number, number] = [139.45, 40.2, 141.75, 41.58];
const FINGER_PX = 28;
const NOTHING = { type: 'FeatureCollection' as const, features: [] };

export interface Boundaries {
  topology: Topology<{ municipalities: GeometryCollection<{ code: string }> }>;
  source: string;
}

/** What to paint: a look for each municipality, a colour for each coast, and where the quake began. */
export interface Picture {
  places: Map<string, Look>;
  coasts: Map<string, string>;
  epicentre: { lat: number; lon: number; words: string } | null;
  names: boolean;
}

export class Canvas {
  readonly #map: MapLibre;
  readonly #marks = new Map<string, HTMLElement>();
  #epicentre: Marker | undefined;
  #ready: Promise<void>;

  constructor(container: HTMLElement, words: Record<string, string>, chosen: (code: string) => void) {
    this.#map = new MapLibre({
      container,
      style: style(),
      bounds: AOMORI,
      fitBoundsOptions: { padding: 16 },
      maxBounds: [137.2, 39.2, 145, 43.4],
      maxZoom: 12,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      locale: words,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }));
    this.#ready = new Promise((resolve) => void this.#map.once('load', () => resolve()));
    this.#map.on('click', (event) => {
      const code = this.#at(event);
      if (code) chosen(code);
    });
    const zoomed = () => container.classList.toggle('map-near', this.#map.getZoom() >= 8.3);
    this.#map.on('zoom', zoomed);
    zoomed();
    for (const area of AREAS) {
      const mark = label(area);
      this.#marks.set(area.code, mark);
      new Marker({ element: mark, anchor: 'center' }).setLngLat([area.lon, area.lat]).addTo(this.#map);
    }
  }

  /** Real boundaries, where the server has them. */
  async bound(boundaries: Boundaries): Promise<void> {
    await this.#ready;
    const { topology } = boundaries;
    this.#map.getSource<GeoJSONSource>('boundaries')?.setData(feature(topology, topology.objects.municipalities));
  }

  async paint(picture: Picture): Promise<void> {
    for (const [code, look] of picture.places) {
      const mark = this.#marks.get(code);
      if (mark) pin(mark, look, picture.names);
    }
    await this.#ready;
    const fills = [...picture.places].flatMap(([code, { colour }]) => [code, colour]);
    const lines = [...picture.coasts].flatMap(([zone, colour]) => [zone, colour]);
    this.#map.setPaintProperty('boundaries', 'fill-color', matched('code', fills, LAND));
    this.#map.setPaintProperty('coasts', 'line-color', matched('zone', lines, 'rgba(0,0,0,0)'));
    this.#map.setPaintProperty('coasts-edge', 'line-opacity', lines.length > 0 ? 1 : 0);
    this.#map.setFilter('coasts-edge', ['in', ['get', 'zone'], ['literal', [...picture.coasts.keys()]]]);
    this.#mark(picture.epicentre);
  }

  /** The municipality at a point: inside its boundary, or the nearest office within a finger's width. */
  #at({ point, lngLat }: { point: PointLike; lngLat: { lat: number; lng: number } }): string | undefined {
    const inside: unknown = this.#map.queryRenderedFeatures(point, { layers: ['boundaries'] })[0]?.properties.code;
    if (typeof inside === 'string') return inside;
    const { area } = nearest(lngLat.lat, lngLat.lng);
    const away = this.#map.project([area.lon, area.lat]).dist(this.#map.project(lngLat));
    return away <= FINGER_PX ? area.code : undefined;
  }

  #mark(epicentre: Picture['epicentre']): void {
    this.#epicentre?.remove();
    this.#epicentre = undefined;
    if (!epicentre) return;
    const mark = document.createElement('div');
    mark.className = 'map-epicentre';
    mark.role = 'img';
    mark.ariaLabel = epicentre.words;
    mark.title = epicentre.words;
    mark.textContent = '×';
    this.#epicentre = new Marker({ element: mark }).setLngLat([epicentre.lon, epicentre.lat]).addTo(this.#map);
  }

  /** Shows Aomori, and the epicentre with it when it lies within reach of the map. */
  frame(epicentre: Picture['epicentre']): void {
    const [west, south, east, north] = AOMORI;
    const near = epicentre && epicentre.lon > 137.5 && epicentre.lon < 144.8 && epicentre.lat > 39.3 && epicentre.lat < 43.2;
    const bounds: [number, number, number, number] = near
      ? [Math.min(west, epicentre.lon), Math.min(south, epicentre.lat), Math.max(east, epicentre.lon), Math.max(north, epicentre.lat)]
      : AOMORI;
    this.#map.fitBounds(bounds, { padding: 36 });
  }

  remove(): void {
    this.#map.remove();
  }
}

function matched(property: string, pairs: string[], otherwise: string): ExpressionSpecification | string {
  return pairs.length === 0 ? otherwise : (['match', ['get', property], ...pairs, otherwise] as unknown as ExpressionSpecification);
}

function style(): StyleSpecification {
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: base.land },
      coasts: { type: 'geojson', data: base.coasts },
      boundaries: { type: 'geojson', data: NOTHING },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': SEA } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': LAND } },
      { id: 'shore', type: 'line', source: 'land', paint: { 'line-color': '#8a99a6', 'line-width': 1 } },
      { id: 'boundaries', type: 'fill', source: 'boundaries', paint: { 'fill-color': LAND, 'fill-opacity': 0.85 } },
      { id: 'borders', type: 'line', source: 'boundaries', paint: { 'line-color': '#4d4d4d', 'line-width': 0.8 } },
      { id: 'coasts-edge', type: 'line', source: 'coasts', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': '#1a1a1a', 'line-width': 9, 'line-opacity': 0 } },
      { id: 'coasts', type: 'line', source: 'coasts', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': 'rgba(0,0,0,0)', 'line-width': 6 } },
    ],
  };
}
