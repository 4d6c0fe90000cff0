/**
 * Colours of the map. What warns keeps the official colours; what lies below is pale and greyish, with dark lines and
 * letters that hold in snow glare, and differs in lightness, so that colour-blind people can tell it apart.
 */
export interface Palette {
  sea: string;
  land: string;
  /** Land of which we have no detail. */
  beyond: string;
  shore: string;
  border: string;
  prefecture: string;
  building: string;
  road: string;
  casing: string;
  great: string;
  path: string;
  rail: string;
  text: string;
  water: string;
  halo: string;
  emergency: string;
  cluster: string;
}

export const LIGHT: Palette = {
  sea: '#c3d8e6', land: '#f8f6f0', beyond: '#eceae4', shore: '#5d7486', border: '#767676', prefecture: '#333333', building: '#e0dcd3',
  road: '#ffffff', casing: '#8a8880', great: '#d5dbe2', path: '#a5a094', rail: '#4d4d4d', text: '#111111', water: '#1b4f78', halo: '#ffffff', emergency: '#00558a', cluster: '#00331f',
};

export const DARK: Palette = {
  sea: '#0b1a26', land: '#24272b', beyond: '#1c1e21', shore: '#7f97a8', border: '#8a8f96', prefecture: '#d0d4d8', building: '#33373d',
  road: '#4b525b', casing: '#16181b', great: '#6b7683', path: '#6b6f75', rail: '#b3b8bf', text: '#f5f5f5', water: '#a5cbe8', halo: '#0d0f11', emergency: '#7cc4f5', cluster: '#0b5c3a',
};

/**
 * Depth of water, least to deepest, as every hazard map of Japan paints it
 * (水害ハザードマップ作成の手引き, 国土交通省): under 0.3 m, 0.5, 1, 3, 5, 10, 20 m, and deeper.
 */
export const DEPTHS = ['#ffffb3', '#f7f5a9', '#f8e1a6', '#ffd8c0', '#ffb7b7', '#ff9191', '#f285c9', '#dc7adc'] as const;

/** 土砂災害: warning zone yellow, special warning zone red. */
export const SLIDES = ['#f5d800', '#d7191c'] as const;
