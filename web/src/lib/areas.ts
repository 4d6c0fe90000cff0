/** The 40 municipalities of Aomori (市町村) in the official order: facts that the app must know without a network. */
export interface Area {
  /** JIS X 0402, five digits. */
  code: string;
  name: string;
  kana: string;
  romaji: string;
  /** The town hall, or near it. */
  lat: number;
  lon: number;
}

const TABLE = `
02201 青森市 あおもりし Aomori 40.822 140.747
02202 弘前市 ひろさきし Hirosaki 40.603 140.464
02203 八戸市 はちのへし Hachinohe 40.512 141.488
02204 黒石市 くろいしし Kuroishi 40.643 140.595
02205 五所川原市 ごしょがわらし Goshogawara 40.808 140.440
02206 十和田市 とわだし Towada 40.613 141.206
02207 三沢市 みさわし Misawa 40.683 141.369
02208 むつ市 むつし Mutsu 41.293 141.183
02209 つがる市 つがるし Tsugaru 40.809 140.380
02210 平川市 ひらかわし Hirakawa 40.584 140.566
02301 平内町 ひらないまち Hiranai 40.925 140.956
02303 今別町 いまべつまち Imabetsu 41.182 140.481
02304 蓬田村 よもぎたむら Yomogita 40.969 140.657
02307 外ヶ浜町 そとがはままち Sotogahama 41.044 140.633
02321 鰺ヶ沢町 あじがさわまち Ajigasawa 40.780 140.206
02323 深浦町 ふかうらまち Fukaura 40.648 139.929
02343 西目屋村 にしめやむら Nishimeya 40.576 140.294
02361 藤崎町 ふじさきまち Fujisaki 40.656 140.503
02362 大鰐町 おおわにまち Owani 40.518 140.568
02367 田舎館村 いなかだてむら Inakadate 40.632 140.551
02381 板柳町 いたやなぎまち Itayanagi 40.696 140.457
02384 鶴田町 つるたまち Tsuruta 40.759 140.429
02387 中泊町 なかどまりまち Nakadomari 40.964 140.440
02401 野辺地町 のへじまち Noheji 40.864 141.129
02402 七戸町 しちのへまち Shichinohe 40.745 141.158
02405 六戸町 ろくのへまち Rokunohe 40.609 141.325
02406 横浜町 よこはままち Yokohama 41.083 141.248
02408 東北町 とうほくまち Tohoku 40.728 141.258
02411 六ヶ所村 ろっかしょむら Rokkasho 40.967 141.374
02412 おいらせ町 おいらせちょう Oirase 40.599 141.398
02423 大間町 おおままち Oma 41.527 140.907
02424 東通村 ひがしどおりむら Higashidori 41.278 141.329
02425 風間浦村 かざまうらむら Kazamaura 41.488 140.996
02426 佐井村 さいむら Sai 41.430 140.859
02441 三戸町 さんのへまち Sannohe 40.378 141.260
02442 五戸町 ごのへまち Gonohe 40.531 141.308
02443 田子町 たっこまち Takko 40.340 141.152
02445 南部町 なんぶちょう Nambu 40.467 141.382
02446 階上町 はしかみちょう Hashikami 40.453 141.621
02450 新郷村 しんごうむら Shingo 40.465 141.174`;

export const AREAS: readonly Area[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [code = '', name = '', kana = '', romaji = '', lat = '', lon = ''] = line.split(' ');
    return { code, name, kana, romaji, lat: Number(lat), lon: Number(lon) };
  });

export const areaByCode = (code: string): Area | undefined => AREAS.find((area) => area.code === code);

const ROWS: [row: string, kana: string][] = [
  ['あ', 'あいうえお'],
  ['か', 'かきくけこがぎぐげご'],
  ['さ', 'さしすせそざじずぜぞ'],
  ['た', 'たちつてとだぢづでど'],
  ['な', 'なにぬねの'],
  ['は', 'はひふへほばびぶべぼぱぴぷぺぽ'],
  ['ま', 'まみむめも'],
  ['や', 'やゆよ'],
  ['ら', 'らりるれろ'],
  ['わ', 'わをん'],
];

/** Areas by row of the syllabary (五十音の行), empty rows left out. */
export function byKanaRow(areas: readonly Area[]): { row: string; areas: Area[] }[] {
  return ROWS.map(([row, kana]) => ({
    row,
    areas: areas.filter((area) => kana.includes(area.kana[0] ?? ' ')).sort((a, b) => a.kana.localeCompare(b.kana, 'ja')),
  })).filter(({ areas: found }) => found.length > 0);
}

/** Areas whose name, reading or romaji holds the words typed; katakana, capitals and ケ/ヶ count the same. */
export function search(words: string): readonly Area[] {
  const wanted = folded(words);
  if (wanted === '') return AREAS;
  return AREAS.filter((area) => [area.name, area.kana, area.romaji].some((text) => folded(text).includes(wanted)));
}

function folded(text: string): string {
  return text
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[ケヶヵ]/g, 'が')
    .replace(/[ァ-ヴ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .replace(/鯵/g, '鰺');
}

/** The municipality whose town hall is nearest, and how far that is; the caller decides whether it is too far to mean anything. */
export function nearest(lat: number, lon: number): { area: Area; km: number } {
  let best: { area: Area; km: number } | undefined;
  for (const area of AREAS) {
    const km = distanceKm(lat, lon, area.lat, area.lon);
    if (!best || km < best.km) best = { area, km };
  }
  if (!best) throw new Error('the table of municipalities is empty');
  return best;
}

/** Along the great circle, in kilometres. */
export function distanceKm(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const rad = Math.PI / 180;
  const a =
    Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 12742 * Math.asin(Math.sqrt(a));
}
