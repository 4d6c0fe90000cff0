//! The page itself: a few headings and lists, readable by any browser and screen reader.

use std::fmt::Write as _;

use kernel::{Mode, Text, Timestamp, areas};
use serde_json::Value;

use super::Lang;
use crate::publish::{
    Advisory, EvacuationOrder, HazardEntry, MunicipalityBrief, MunicipalityDocument, PrefectureDocument, QuakeEntry,
    QuakesDocument, TsunamiDocument, TsunamiGrade, TsunamiZoneEntry,
};
use crate::wording;

const STYLE: &str = "body{font:1.05rem/1.6 sans-serif;max-width:44rem;margin:0 auto;padding:0 .8rem;color:#111;background:#fff}\
h1{font-size:1.3rem}h2{font-size:1.1rem;border-bottom:1px solid #888;margin-top:1.4rem}a{color:#00439c}ul{padding-left:1.2rem}\
.l{padding:.1rem .5rem;border-radius:.2rem;white-space:nowrap}.r5{background:#0c000c;color:#fff}.r4{background:#a0a;color:#fff}\
.r3{background:#ff2800;color:#000}.r2{background:#f2e700;color:#000}.r1,.r0{background:#fff;color:#000;border:1px solid #888}\
.d{border:.4rem solid #0a6;padding:.4rem}.w{border:2px solid #b00;padding:.3rem .6rem}.t{color:#444;font-size:.9rem}";

/// Fixed words of the page: 日本語, やさしい日本語, English.
type Words = [&'static str; 3];

const TITLE: Words =
    ["青森県 防災情報（軽量版）", "青森県の さいがいの お知らせ", "Aomori disaster information (light)"];
const DRILL: Words = [
    "これは訓練です。実際の災害ではありません。",
    "これは くんれんです。ほんとうでは ありません。",
    "This is a drill. It is not real.",
];
const WHAT_TO_DO: Words = ["とるべき行動", "どうする？", "What to do"];
const ORDERS: Words =
    ["市町村の避難情報", "にげる お知らせ（市・町・村から）", "Evacuation orders by the municipality"];
const HAZARDS: Words = ["発表中の警報・注意報", "今 出ている お知らせ", "In force"];
const TSUNAMI: Words = ["津波", "つなみ", "Tsunami"];
const QUAKES: Words = ["地震", "地震", "Earthquakes"];
const SOURCES: Words = ["情報源と最終受信", "どこから いつ きたか", "Sources and when they were last received"];
const PLACES: Words = ["市町村", "市・町・村", "Municipalities"];
const BULLETINS: Words = ["気象情報など", "そのほかの お知らせ", "Bulletins"];
const WHOLE: Words = ["県全体", "県ぜんぶ", "Whole prefecture"];
const CHANGED: Words = ["最終変更", "さいごに かわった とき", "Last change"];
const SINCE: Words = ["から", "から", "since"];
const ENTIRE: Words = ["全域", "ぜんぶの 所", "whole municipality"];
const MISSING: Words = [
    "情報を準備中です。しばらくして再読み込みしてください。",
    "まだ じゅんび中です。",
    "Not ready yet. Please reload shortly.",
];
const STALE: Words = [
    "情報源の受信が遅れているか止まっています。表示は最新でないおそれがあります。",
    "お知らせが とどいていません。古い かもしれません。",
    "Sources are late or silent. What is shown may be out of date.",
];
const FOREIGN: Words = [
    "気象庁の警戒レベルは避難情報ではありません。避難は市町村の発令を確認してください。",
    "けいほうの レベルと、にげる お知らせは ちがいます。市や 町や 村の お知らせを 見てください。",
    "Levels of the Meteorological Agency are not evacuation orders: check those of your municipality.",
];

/// What one page needs.
pub(super) struct Page<'a> {
    pub lang: Lang,
    pub mode: Mode,
    pub place: Option<&'a str>,
    pub sources: &'a Value,
    pub now: Timestamp,
}

impl Page<'_> {
    pub(super) fn prefecture(
        &self,
        doc: Option<&PrefectureDocument>,
        quakes: Option<&QuakesDocument>,
        tsunami: Option<&TsunamiDocument>,
    ) -> String {
        let mut body = String::new();
        match doc {
            Some(doc) => {
                self.lead(&mut body, &doc.headline, None, doc.as_of);
                self.advisory(&mut body, doc.advisory.as_ref());
            }
            None => para(&mut body, self.say(MISSING)),
        }
        if let Some(tsunami) = tsunami {
            self.heading(&mut body, TSUNAMI);
            para(&mut body, &self.text(&tsunami.headline));
            self.zones(&mut body, &tsunami.zones);
        }
        if let Some(quakes) = quakes.filter(|q| !q.quakes.is_empty()) {
            self.heading(&mut body, QUAKES);
            self.quakes(&mut body, &quakes.quakes);
        }
        self.heading(&mut body, PLACES);
        body.push_str("<ul>");
        for m in doc.map(|d| d.municipalities.as_slice()).unwrap_or_default() {
            self.municipality_line(&mut body, m);
        }
        body.push_str("</ul>");
        self.frame(&body)
    }

    pub(super) fn municipality(&self, doc: Option<&MunicipalityDocument>) -> String {
        let mut body = String::new();
        let name = self
            .place
            .and_then(areas::municipality)
            .map_or("", |m| if self.lang == Lang::En { m.romaji } else { m.name });
        let _ = write!(body, "<h2>{}</h2>", escape(name));
        let Some(doc) = doc else {
            para(&mut body, self.say(MISSING));
            return self.frame(&body);
        };
        self.lead(&mut body, &doc.headline, Some(&doc.action), doc.as_of);
        if let Some(quake) = &doc.quake {
            para(&mut body, &self.text(&quake.text));
        }
        if !doc.evacuation.is_empty() {
            self.heading(&mut body, ORDERS);
            self.orders(&mut body, &doc.evacuation);
        }
        if !doc.tsunami.is_empty() {
            self.heading(&mut body, TSUNAMI);
            self.zones(&mut body, &doc.tsunami);
        }
        if !doc.hazards.is_empty() {
            self.heading(&mut body, HAZARDS);
            self.hazards(&mut body, &doc.hazards);
        }
        self.advisory(&mut body, doc.advisory.as_ref());
        if !doc.bulletins.is_empty() {
            self.heading(&mut body, BULLETINS);
            body.push_str("<ul>");
            for b in doc.bulletins.iter().take(5) {
                let _ =
                    write!(body, "<li>{} <span class=t>{}</span></li>", escape(&self.text(&b.title)), self.time(b.at));
            }
            body.push_str("</ul>");
        }
        self.frame(&body)
    }

    fn lead(&self, body: &mut String, headline: &Text, action: Option<&Text>, as_of: Timestamp) {
        let _ = write!(body, "<p><strong>{}</strong></p>", escape(&self.text(headline)));
        if let Some(action) = action {
            let _ = write!(body, "<p class=w><b>{}</b> {}</p>", self.say(WHAT_TO_DO), escape(&self.text(action)));
        }
        let _ = write!(body, "<p class=t>{} {}</p>", self.say(CHANGED), self.time(as_of));
    }

    fn advisory(&self, body: &mut String, advisory: Option<&Advisory>) {
        if let Some(a) = advisory {
            let _ = write!(body, "<h2>{}</h2>", escape(&self.text(&a.title)));
            para(body, &self.text(&a.text));
        }
    }

    fn orders(&self, body: &mut String, orders: &[EvacuationOrder]) {
        body.push_str("<ul>");
        for o in orders {
            let districts = if o.districts.is_empty() { self.say(ENTIRE).to_owned() } else { o.districts.join("、") };
            let _ = write!(
                body,
                "<li><b class=\"l r{}\">{}</b> {} — {} <span class=t>{}</span><br>{}</li>",
                o.level,
                escape(&self.text(&o.name)),
                escape(&districts),
                escape(&o.reason),
                self.time(o.issued_at),
                escape(&self.text(&o.action)),
            );
        }
        body.push_str("</ul>");
    }

    fn hazards(&self, body: &mut String, hazards: &[HazardEntry]) {
        body.push_str("<ul>");
        for h in hazards {
            let _ = write!(
                body,
                "<li><span class=\"l r{}\">{}</span> <span class=t>{} {} ({})</span></li>",
                h.rank,
                escape(&self.text(&h.name)),
                self.time(h.since),
                self.say(SINCE),
                escape(&h.source.office),
            );
        }
        body.push_str("</ul>");
        let _ = write!(body, "<p class=t>{}</p>", self.say(FOREIGN));
    }

    fn zones(&self, body: &mut String, zones: &[TsunamiZoneEntry]) {
        body.push_str("<ul>");
        for z in zones.iter().filter(|z| z.grade > TsunamiGrade::None) {
            let height = z.height.as_ref().map(|h| wording::height(&h.text)).unwrap_or_default();
            let arrival = z
                .arrival
                .as_ref()
                .map(|a| a.at.map_or_else(|| self.text(&a.label), |at| self.time(at)))
                .unwrap_or_default();
            let _ = write!(
                body,
                "<li><span class=\"l r{}\">{}</span> {} {} {}</li>",
                z.rank,
                escape(&self.text(&z.name_text)),
                escape(&self.text(&z.area_text)),
                escape(&self.text(&height)),
                escape(&arrival),
            );
        }
        body.push_str("</ul>");
    }

    fn quakes(&self, body: &mut String, quakes: &[QuakeEntry]) {
        body.push_str("<ul>");
        for q in quakes.iter().take(5) {
            let _ = write!(body, "<li>{} {}", self.time(q.arrived_at), escape(&self.text(&q.title)));
            if let Some(tsunami) = &q.tsunami {
                let _ = write!(body, "<br>{}", escape(&self.text(tsunami)));
            }
            body.push_str("</li>");
        }
        body.push_str("</ul>");
    }

    fn municipality_line(&self, body: &mut String, m: &MunicipalityBrief) {
        let name = if self.lang == Lang::En { &m.romaji } else { &m.name };
        let _ = write!(body, "<li><a href=\"/lite/{}{}\">{}</a>", m.code, self.query(self.lang), escape(name));
        if let Some(top) = &m.top {
            let _ = write!(body, " <span class=\"l r{}\">{}</span>", m.rank, escape(&self.text(top)));
        }
        body.push_str("</li>");
    }

    /// Freshness of the sources: silence is only told as silence.
    fn freshness(&self) -> String {
        let mut list = String::new();
        let mut stale = false;
        let sources = self.sources["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
        for source in sources.iter().filter(|s| s["mode"] == self.mode.as_str()) {
            let state = source["state"].as_str().unwrap_or("never");
            stale |= source["expected_every_s"].is_u64() && state != "fresh";
            let last = source["last_success"].as_str().and_then(|t| Timestamp::parse(t).ok());
            let when = last.map_or_else(|| "—".to_owned(), |at| self.time(at));
            let name = serde_json::from_value::<Text>(source["name"].clone()).unwrap_or_default();
            let _ = write!(list, "<li>{}: {when} ({})</li>", escape(&self.text(&name)), escape(state));
        }
        // Without a list of sources nobody vouches for what is shown.
        stale |= list.is_empty();
        let warning = if stale { format!("<p class=w>{}</p>", self.say(STALE)) } else { String::new() };
        format!("{warning}<h2>{}</h2><ul class=t>{list}</ul>", self.say(SOURCES))
    }

    fn frame(&self, body: &str) -> String {
        let (lang, title) = (if self.lang == Lang::En { "en" } else { "ja" }, self.say(TITLE));
        let drill = match self.mode {
            Mode::Drill => format!("<p class=d><b>{}</b></p>", self.mode.mark(self.say(DRILL))),
            Mode::Live => String::new(),
        };
        let here = self.place.map_or_else(|| "/lite".to_owned(), |p| format!("/lite/{p}"));
        let links = [(Lang::Ja, "日本語"), (Lang::Easy, "やさしい日本語"), (Lang::En, "English")];
        let links: Vec<String> =
            links.iter().map(|(l, name)| format!("<a href=\"{here}{}\">{name}</a>", self.query(*l))).collect();
        format!(
            "<!doctype html><html lang={lang}><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
             <title>{}</title><style>{STYLE}</style><body><h1>{}</h1>{drill}<p>{} | <a href=\"/lite{}\">{}</a></p>\
             <main>{body}</main>{}<p class=t>{}</p></body></html>",
            self.mode.mark(title),
            self.mode.mark(title),
            links.join(" | "),
            self.query(self.lang),
            self.say(WHOLE),
            self.freshness(),
            self.time(self.now),
        )
    }

    fn query(&self, lang: Lang) -> String {
        let lang = match lang {
            Lang::Ja => "ja",
            Lang::Easy => "easy",
            Lang::En => "en",
        };
        let drill = if self.mode == Mode::Drill { "&amp;drill=1" } else { "" };
        format!("?lang={lang}{drill}")
    }

    fn heading(&self, body: &mut String, words: Words) {
        let _ = write!(body, "<h2>{}</h2>", self.say(words));
    }

    fn say(&self, words: Words) -> &'static str {
        words[self.lang as usize]
    }

    fn text(&self, text: &Text) -> String {
        match self.lang {
            Lang::Ja => text.ja.clone(),
            Lang::Easy => text.easy.clone(),
            Lang::En => text.en.clone(),
        }
    }

    fn time(&self, at: Timestamp) -> String {
        if self.lang == Lang::En { at.en_short() } else { at.ja_short() }
    }
}

fn para(body: &mut String, text: &str) {
    let _ = write!(body, "<p>{}</p>", escape(text));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
