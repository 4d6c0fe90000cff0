/** The drawn map: the only file that holds MapLibre's map. It is loaded when the map is opened, never before. */
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { type GeoJSONSource, Map as MapLibre, Marker, NavigationControl, prewarm, setWorkerUrl } from 'maplibre-gl';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { AREAS } from '$lib/areas.ts';
import { LATER } from './base-style.ts';
import { beginning, framed, type Box } from './frame.ts';
import { cross, label, pin, type Look } from './marks.ts';
import type { Overlay } from './overlays.ts';
import { painted, UNCHECKED } from './paint.ts';
import { DARK, LIGHT } from './palette.ts';
import { features, NO_SPOTS, type Spots } from './place-layer.ts';
import { COARSE, style } from './style.ts';
import { draw } from './symbols.ts';
import type { Provisions } from './provisions.ts';
import { serveTiles, type Served } from './tiles.ts';
import { inView, touched, type Listener as Touch } from './touch.ts';

setWorkerUrl(workerUrl);
// The workers start while the page still looks for what to draw.
prewarm();

const NEAR = 8.3;

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
  /** Marks of municipalities lead while the whole prefecture is in view. */
  marked: boolean;
  overlays: readonly Overlay[];
}

/** What the map tells the page. */
export interface Listener extends Touch {
  /** Where the map looks at, each time it comes to rest. */
  rested?: (box: Box, zoom: number, codes: string[]) => void;
}

interface Options extends Provisions {
  words: Record<string, string>;
  /** Where to begin; without it with the whole of Aomori. */
  start?: { lat: number; lon: number; zoom: number };
}

export class Canvas {
  readonly #map: MapLibre;
  readonly #marks = new Map<string, HTMLElement>();
  readonly #served: Served;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  #whole = false;
  #epicentre: Marker | undefined;
  #picture: Picture | undefined;
  #boundaries: Boundaries | undefined;
  #spots: Spots = NO_SPOTS;
  #spot: { lat: number; lon: number } | null = null;
  #ready = false;
  #named = false;
  #coarse: boolean;

  constructor(container: HTMLElement, options: Options, listener: Listener) {
    this.#served = serveTiles(options.kept, options.version);
    // What the device keeps comes first; the outline around it is laid below once that is on the screen.
    this.#coarse = options.kept.length === 0 || options.start === undefined;
    this.#map = new MapLibre({
      container, style: style(this.#palette(), this.#served.tiles, this.#coarse), ...beginning(options.start), maxBounds: [137.2, 39.2, 145, 43.4], maxZoom: 17, fadeDuration: 0,
      // A test holds the style against the specification; doing it again on a slow phone takes a tenth of the first picture.
      validateStyle: false,
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, locale: options.words,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }));
    this.#map.on('style.load', () => this.#again());
    this.#map.setMissingStyleImageResolver((name) => this.#image(name));
    this.#map.on('click', (event) => touched(this.#map, event, listener));
    this.#map.on('idle', () => this.#covered());
    this.#map.on('idle', () => listener.rested?.(this.#map.getBounds().toArray().flat() as Box, this.#map.getZoom(), inView(this.#map)));
    this.#map.on('render', () => this.#told(container));
    const zoomed = () => {
      container.classList.toggle('map-near', this.#map.getZoom() >= NEAR);
      container.classList.toggle('map-close', this.#map.getZoom() >= NEAR + 1.7);
    };
    this.#map.on('zoom', zoomed);
    zoomed();
    void options.whole.then((whole) => {
      this.#whole = whole;
      container.classList.toggle('map-tiled', whole || options.kept.length > 0);
      this.#map.triggerRepaint();
    });
    this.#dark.addEventListener('change', this.#shade);
  }

  /** Real boundaries, where the server has them. */
  bound(boundaries: Boundaries): void {
    this.#boundaries = boundaries;
    const { topology } = boundaries;
    if (this.#ready) this.#map.getSource<GeoJSONSource>('boundaries')?.setData(feature(topology, topology.objects.municipalities));
  }

  /** The places found, and those of municipalities still far away. */
  place(spots: Spots): void {
    this.#spots = spots;
    if (this.#ready) this.#map.getSource<GeoJSONSource>('places')?.setData(features(spots));
  }

  /** Rings one place, or none. */
  ring(spot: { lat: number; lon: number } | null): void {
    this.#spot = spot;
    const geometry = spot && { type: 'Point' as const, coordinates: [spot.lon, spot.lat] };
    if (this.#ready) this.#map.getSource<GeoJSONSource>('spot')?.setData({ type: 'FeatureCollection', features: geometry ? [{ type: 'Feature', properties: {}, geometry }] : [] });
  }

  paint(picture: Picture): void {
    this.#picture = picture;
    if (this.#marks.size === 0 && picture.marked && picture.places.size > 0) this.#label();
    for (const [code, look] of picture.places) {
      const mark = this.#marks.get(code);
      if (mark) pin(mark, look, picture.names);
    }
    this.#mark(picture.epicentre);
    if (!this.#ready) return;
    painted(this.#map, picture);
  }

  /** Shows Aomori, and the epicentre with it when it lies within reach of the map. */
  frame(epicentre: Picture['epicentre']): void {
    this.#map.fitBounds(framed(epicentre), { padding: 36 });
  }

  /** Goes to a point at once: nobody in a hurry waits for a flight. */
  go({ lat, lon }: { lat: number; lon: number }, zoom: number): void {
    this.#map.jumpTo({ center: [lon, lat], zoom });
  }

  remove(): void {
    this.#dark.removeEventListener('change', this.#shade);
    this.#map.remove();
    this.#served.stop();
  }

  readonly #shade = (): void => void this.#map.setStyle(style(this.#palette(), this.#served.tiles, this.#coarse), { diff: false, validate: false });
  #palette = () => (this.#dark.matches ? DARK : LIGHT);

  /** The coarse outline, dashed lines and letters come after the ground: each needs a program of its own on the graphics chip. */
  #name(): void {
    if (this.#named) return;
    this.#named = true;
    if (!this.#coarse) {
      this.#coarse = true;
      for (const [source, data] of Object.entries(COARSE)) this.#map.getSource<GeoJSONSource>(source)?.setData(data);
    }
    for (const layer of LATER) this.#map.setLayoutProperty(layer, 'visibility', 'visible', UNCHECKED);
  }

  #again(): void {
    this.#ready = true;
    this.#named = false;
    if (this.#boundaries) this.bound(this.#boundaries);
    this.place(this.#spots);
    this.ring(this.#spot);
    if (this.#picture) this.paint(this.#picture);
  }

  /** Where our tiles bring the land of the whole prefecture, the coarse outline below them goes. */
  #covered(): void {
    if (!this.#whole || this.#map.getLayoutProperty('ours', 'visibility') === 'visible') return;
    if (this.#map.queryRenderedFeatures({ layers: ['tile-land'] }).length === 0) return;
    this.#map.setLayoutProperty('ours', 'visibility', 'visible').setLayoutProperty('borders', 'visibility', 'none');
    this.#map.setPaintProperty('land', 'fill-color', this.#palette().beyond);
  }

  #image(name: string): void {
    const drawn = draw(name);
    if (drawn && !this.#map.hasImage(name)) this.#map.addImage(name, drawn, { pixelRatio: 2 });
  }

  /** For whoever measures or tests: since when the ground with its roads, and the places on it, are on the screen. */
  #told({ dataset }: HTMLElement): void {
    if (!this.#ready) return;
    const now = String(Math.round(performance.now()));
    if (this.#map.isSourceLoaded('tiles')) {
      dataset.painted ??= now;
      this.#name();
    }
    if ( this.#spots.places.length > 0 && this.#map.isSourceLoaded('places')) dataset.placed ??= now;
  }

  #label(): void {
    for (const area of AREAS) {
      const mark = label(area);
      this.#marks.set(area.code, mark);
      new Marker({ element: mark, anchor: 'center' }).setLngLat([area.lon, area.lat]).addTo(this.#map);
    }
  }

  #mark(epicentre: Picture['epicentre']): void {
    this.#epicentre?.remove();
    this.#epicentre = epicentre ? new Marker({ element: cross(epicentre.words) }).setLngLat([epicentre.lon, epicentre.lat]).addTo(this.#map) : undefined;
  }
}
