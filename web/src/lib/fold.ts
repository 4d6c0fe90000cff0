/** One key for the many ways to write the same name, for matching only: the same as the server's `kernel::fold`. */

/** Variant forms (異体字), each with the usual one after it; the test holds them to the server's table. */
const VARIANTS = `
  髙高 﨑崎 嵜崎 碕崎 濱浜 濵浜 邊辺 邉辺 澤沢 齋斉 齊斉 斎斉 廣広 國国 櫻桜 龍竜 黑黒 眞真 惠恵 圓円
  嶋島 嶌島 槇槙 薮藪 籔藪 鯵鰺 舘館 桒桑 𠮷吉 德徳 增増 靜静 淸清 冨富 渕淵 渊淵 栁柳 桺柳 彌弥 壽寿
  萬万 榮栄 瀨瀬 瀧滝 豐豊 與与 禮礼 禰祢 曾曽 會会 學学 峯峰 桧檜 埜野 條条 團団 關関 鐵鉄 藏蔵 經経
  實実 寶宝 寳宝 將将 晝昼 續続 聲声 聰聡 釋釈 錄録 鍊錬 縣県 區区 驛駅 當当 莊荘 庄荘 兒児 假仮 戶戸
  靑青 橫横 淺浅 凉涼 祗祇 檞槲 蘆芦 鷗鴎 飜翻 穗穂 稻稲 顯顕 裡裏 佛仏 拂払 傳伝 來来 兩両 冲沖 勳勲
  卷巻 參参 壯壮 姬姫 寬寛 巖巌 帶帯 應応 戀恋 拔抜 收収`;

const USUAL = new Map(VARIANTS.trim().split(/\s+/).map((pair) => Array.from(pair) as [string, string]));
const UNSEEN = /[\s\u0085\u200b-\u200f\ufe00-\ufe0f\ufeff\u{e0100}-\u{e01ef}]/u;
/** Everything that looks like a dash, the long-vowel mark among them: addresses write １ー２－３. */
const DASH = /[‐‑‒–—―−─━ー〜~﹣]/u;
const KANJI = /[\u3400-\u4dbf\u4e00-\u9fff\u{20000}-\u{323af}々]/u;

/** What joins two kanji in a name, however it is written. */
const JOINS = /[ゖけがゕか]/;

/** NFKC, lower case, hiragana, one dash, no spaces, one form of variant kanji, ヶ・ケ・が between kanji alike. */
export function fold(text: string): string {
  const bare = Array.from(text.normalize('NFKC'), (c) => Array.from(c.toLowerCase(), folded).join('')).join('');
  // Again: without its space a lone voicing mark joins the kana before it.
  const plain = Array.from(bare.normalize('NFC'));
  return plain.map((c, i) => (JOINS.test(c) && KANJI.test(plain[i - 1] ?? '') && KANJI.test(plain[i + 1] ?? '') ? 'が' : c)).join('');
}

/** The keys that a part of a name may have within the whole: an end like ヶ does not show what the name goes on with. */
export function foldPart(part: string): string[] {
  const plain = Array.from(fold(part));
  const last = plain.length - 1;
  let keys = [plain];
  for (const [at, beside] of last > 0 ? [[0, plain[1]], [last, plain[last - 1]]] as const : [[0, undefined]] as const) {
    const c = plain[at];
    if (c && c !== 'が' && JOINS.test(c) && (beside === undefined || KANJI.test(beside))) keys = [...keys, ...keys.map((key) => key.with(at, 'が'))];
  }
  return keys.map((key) => key.join(''));
}

function folded(c: string): string {
  if (UNSEEN.test(c)) return '';
  if (DASH.test(c)) return '-';
  if (c >= 'ァ' && c <= 'ヶ') return String.fromCharCode(c.charCodeAt(0) - 0x60);
  return USUAL.get(c) ?? c;
}
