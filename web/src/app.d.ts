declare module 'virtual:base-map' {
  import type { Feature, FeatureCollection, LineString, MultiPolygon } from 'geojson';
  const map: { land: Feature<MultiPolygon>; coasts: FeatureCollection<LineString, { zone: string }> };
  export default map;
}

declare namespace App {
  interface PageState {
    /** Step of a form that asks one thing per page. */
    step?: number;
  }
}
