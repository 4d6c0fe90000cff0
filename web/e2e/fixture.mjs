// TEMPORARY
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { extname } from 'node:path';
const T = (ja, easy = ja, en = ja) => ({ ja, easy, en });
const D = (s) => T('【訓練】' + s, '【訓練】' + s, '【訓練】[DRILL] ' + s);
const iso = (min) => new Date(Date.now() - min * 60000 + 9 * 3600000).toISOString().replace(/\.\d+Z/, '+09:00');
const src = readFileSync('src/lib/areas.ts', 'utf8');
const areas = [...src.matchAll(/^(02\d{3}) (\S+) (\S+) (\S+) (\S+) (\S+)$/gm)].map((m) => ({ code: m[1], name: m[2], kana: m[3], romaji: m[4] }));
const telegram = { telegram: 'x', type: 'VXSE53', office: '気象庁', reported_at: iso(3) };
const inten = { '02203': '6+', '02412': '6-', '02207': '5+', '02206': '5-', '02401': '5-', '02201': '4', '02202': '3', '02208': '5+' };
const zone = { code: '201', name: '青森県太平洋沿岸', grade: 'warning', rank: 4, name_text: T('津波警報', '津波警報（すぐ逃げて）', 'Tsunami warning'), action: T('ただちに高台や避難ビルなど安全な場所へ避難してください。', 'すぐ 高い ところへ 逃げて ください。', 'Go to high ground at once.'), height: { metres: 3, text: '３ｍ' }, arrival: { at: iso(-15), text: '' }, since: iso(4), municipalities: ['02203', '02207', '02411', '02412', '02424', '02446'] };
const advisory = { title: D('北海道・三陸沖後発地震注意情報'), since: iso(60), until: iso(60 - 168 * 60), text: D('大きな地震が続けて起きる可能性がふだんより高くなっています。'), action: D('寝る時もすぐに逃げられる服装で。'), original: '', municipalities: ['02203', '02207'], municipalities_note: T('x'), quake: '20251208231500', closed: false, source: telegram };
const heavy = { hazard: 'storm', name: D('暴風雪警報'), level: null, rank: 3, grade: 'warning', area: { code: 'municipality:02203', name: '八戸市' }, since: iso(100), until: iso(-300), updated_at: iso(100), detail: D('ふぶきに警戒'), action: D('外出を控えて'), source: { ...telegram, type: 'VPWW58', office: '青森地方気象台' } };
const base = { mode: 'drill', as_of: iso(1), known_since: iso(600), last_report: iso(3), sources: ['replay'] };
const muni = areas.map((a) => ({ ...a, level: a.code === '02203' ? 4 : a.code === '02450' ? 3 : null, rank: a.code === '02203' ? 5 : inten[a.code]?.startsWith('6') ? 4 : inten[a.code] ? 3 : a.code === '02450' ? 3 : a.code === '02423' ? 2 : 0, top: null, hazards: inten[a.code] ? [{ hazard: 'storm', level: null, rank: 3, name: D('暴風雪警報') }] : [], intensity: inten[a.code] ?? null, intensity_pending: a.code === '02446', intensity_by_area: false, evacuation_level: a.code === '02203' ? 4 : null }));
const quake = { id: '20251208231500', origin_at: iso(5), arrived_at: iso(5), epicentre: { name: '青森県東方沖', lat: 41.0, lon: 142.3, depth_km: 50, depth_text: T('約50km') }, magnitude: { value: 7.5, text: 'M7.5' }, max_intensity: '6+', max_long_period: 3, prefecture_max: '6+', title: D('青森県東方沖の地震'), areas: [], municipalities: Object.entries(inten).map(([code, intensity]) => ({ code, name: areas.find((a) => a.code === code).name, intensity, pending: false, by_area: false })), stations: [{ code: '1', name: '八戸市南郷', intensity: '6+', pending: false, long_period: 3 }], comments: [D('今後の情報に注意してください。')], tsunami: D('津波警報等を発表中です。'), cancelled: false, telegrams: [{ type: 'VXSE53', serial: '1', reported_at: iso(3) }] };
const pref = { ...base, level: 4, rank: 5, headline: D('八戸市で震度6強。津波警報が出ています。'), municipalities: muni, advisory, bulletins: [{ id: 'b', title: D('大雪に関する気象情報'), tag: '', at: iso(20), until: iso(-600), text: '【訓練】大雪に警戒してください。', municipalities: [], source: telegram }], rivers: [], volcanoes: [] };
const area = (a) => ({ ...base, area: a, level: a.code === '02203' ? 4 : null, rank: a.code === '02203' ? 4 : 0, headline: a.code === '02203' ? D('津波警報 ただちに避難') : D('届いている警報などはありません'), action: a.code === '02203' ? zone.action : T(''), since: a.code === '02203' ? iso(4) : null, hazards: a.code === '02203' ? [heavy] : [], evacuation: a.code === '02203' ? [{ id: 'e', level: 4, name: D('避難指示'), municipality: a.code, municipality_name: a.name, districts: ['沿岸部', '市川町'], reason: '津波警報の発表', action: D('危険な場所から全員避難してください。'), shelters_note: '八戸市総合福祉会館', issued_at: iso(2), corrected_at: null, ended_at: null, status: 'in_force', mode: 'drill' }] : [], quake: a.code === '02203' ? { id: quake.id, intensity: '6+', pending: false, by_area: false, at: iso(5), epicentre: '青森県東方沖', magnitude: 'M7.5', text: D('強い揺れがありました。'), action: D('身を守って') } : null, tsunami: a.code === '02203' ? [zone] : [], bulletins: pref.bulletins, advisory: a.code === '02203' ? advisory : null });
const docs = () => ({
  site: { name: T('まもり'), demo: true, drill: { active: true, scenario: T('2025-12-08 青森県東方沖 M7.5'), since: iso(5) }, version: '0.1.0' },
  'drill/alerts/prefecture': pref, ...Object.fromEntries(areas.map((a) => [`drill/alerts/${a.code}`, area(a)])),
  'drill/quakes/latest': { ...base, quakes: [quake] },
  'drill/tsunami': { ...base, in_force: true, headline: D('x'), zones: [zone, { ...zone, code: '200', name: '青森県日本海沿岸', grade: 'advisory', rank: 3, name_text: T('津波注意報'), municipalities: ['02321'] }, { ...zone, code: '202', name: '陸奥湾', grade: 'forecast', rank: 1, name_text: T('津波予報'), municipalities: ['02201'] }], others: [], observations: [], comments: [], quake: null, source: null },
  'drill/timeline': { ...base, entries: [{ id: '1', at: iso(3), recorded_at: iso(3), kind: 'tsunami', rank: 4, level: null, areas: ['02203'], area_text: T('青森県太平洋沿岸'), title: D('津波警報'), source: { type: 'VTSE41', office: '気象庁' } }, { id: '2', at: iso(5), recorded_at: iso(5), kind: 'quake', rank: 5, level: null, areas: ['02203'], area_text: T('青森県'), title: D('震度6強の地震'), source: { type: 'VXSE53', office: '気象庁' } }] },
  sources: { as_of: iso(0), sources: [{ key: 'replay', name: T('電文の再生'), mode: 'drill', state: process.env.STALE ?? 'fresh', expected_every_s: 0, last_attempt: iso(1), last_success: iso(1), last_change: iso(1), last_error: null, received: 8, understood: 8, archived: 0, refused: 0 }, { key: 'jma-extra', name: T('気象庁 防災情報XML（随時）'), mode: 'live', state: 'never', expected_every_s: 60, last_attempt: iso(1), last_success: null, last_change: null, last_error: T('接続できません'), received: 0, understood: 0, archived: 0, refused: 0 }], not_understood: [{ telegram: 't', type: 'VXXX99', title: '未知の電文', received_at: iso(9), reason: T('知らない種類です') }] },
  ...(process.env.BOUNDS ? { 'map/boundaries': bounds() } : {}),
});
function bounds() {
  const t = JSON.parse(readFileSync(process.env.BOUNDS, 'utf8'));
  const g = Object.values(t.objects)[0].geometries.map((x) => ({ ...x, properties: { code: x.properties.N03_007 } }));
  return { source: '国土数値情報', topology: { type: 'Topology', arcs: t.arcs, transform: t.transform, objects: { municipalities: { type: 'GeometryCollection', geometries: g } } } };
}
const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html', '.json': 'application/json', '.webmanifest': 'application/manifest+json' };
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
createServer((q, r) => {
  const path = new URL(q.url, 'http://x').pathname;
  if (path === '/stream') { r.writeHead(200, { 'content-type': 'text/event-stream' }); r.write('retry: 5000\n\n'); return; }
  if (path.startsWith('/public/')) {
    const d = docs()[path.slice(8, -5)];
    if (!d) { r.writeHead(404); return r.end('{}'); }
    r.writeHead(200, { 'content-type': 'application/json', 'x-published-at': iso(0) });
    return r.end(JSON.stringify(d));
  }
  if (path.startsWith('/api/')) { r.writeHead(200, { 'content-type': 'application/json' }); return r.end('{"kind":"anonymous","duties":[],"demo":true,"account":null,"name":null,"device":null,"ends_at":null}'); }
  let f = 'build' + path;
  if (!existsSync(f) || path === '/' || !extname(path)) f = 'build/200.html';
  r.writeHead(200, { 'content-type': types[extname(f)] ?? 'application/octet-stream', 'content-security-policy': csp });
  r.end(readFileSync(f));
}).listen(Number(process.env.PORT ?? 8099));
