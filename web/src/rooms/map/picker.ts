/** A small map on which one point is chosen. */
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { type GeoJSONSource, Map as MapLibre, Marker, NavigationControl, setWorkerUrl } from 'maplibre-gl';
import { feature } from 'topojson-client';
import { LATER } from './base-style.ts';
import type { Boundaries } from './canvas.ts';
import { LIGHT } from './palette.ts';
import { serverTiles } from './provisions.ts';
import { style } from './style.ts';
import { serveTiles } from './tiles.ts';

setWorkerUrl(workerUrl);

interface At {
  lat: number;
  lon: number;
}

export class Picker {
  readonly #map: MapLibre;
  readonly #served = serveTiles([], serverTiles());
  readonly #marker = new Marker({ draggable: true, color: '#0017c1' });

  constructor(container: HTMLElement, start: At, chosen: (at: At) => void) {
    this.#map = new MapLibre({ container, style: style(LIGHT, this.#served.tiles, true), center: [start.lon, start.lat], zoom: 11, maxZoom: 17, attributionControl: false, dragRotate: false, touchPitch: false });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }));
    this.#map.on('click', ({ lngLat }) => chosen({ lat: lngLat.lat, lon: lngLat.lng }));
    this.#marker.on('dragend', () => {
      const { lat, lng } = this.#marker.getLngLat();
      chosen({ lat, lon: lng });
    });
    void this.#map.once('load', () => {
      for (const layer of LATER) this.#map.setLayoutProperty(layer, 'visibility', 'visible');
      void this.#bound();
    });
  }

  show(at: At): void {
    this.#marker.setLngLat([at.lon, at.lat]).addTo(this.#map);
  }

  remove(): void {
    this.#map.remove();
    this.#served.stop();
  }

  async #bound(): Promise<void> {
    const answer = await fetch('/public/map/boundaries.json').catch(() => undefined);
    if (!answer?.ok) return;
    const { topology } = (await answer.json()) as Boundaries;
    this.#map.getSource<GeoJSONSource>('boundaries')?.setData(feature(topology, topology.objects.municipalities));
  }
}
