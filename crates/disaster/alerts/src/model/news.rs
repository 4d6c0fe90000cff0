//! What a change of state is worth telling: entries for the journal, lines for the timeline.

use std::collections::BTreeMap;

use kernel::{AreaCode, Text, Timestamp, areas};
use serde_json::{Value, json};

use crate::publish::TimelineKind;
use crate::wording;

use super::fold::concerned;
use super::quake::{QuakeView, quake, quake_rank};
use super::tsunami::{SeaView, sea};
use super::{Change, Content, Hazard, HazardState, Incoming, Key, Place, State};

/// One entry for the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    pub kind: &'static str,
    pub subject: String,
    pub area: Option<AreaCode>,
    pub at: Timestamp,
    pub body: Value,
}

/// One line for the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub at: Timestamp,
    pub kind: TimelineKind,
    pub rank: u8,
    pub level: Option<u8>,
    /// JIS codes.
    pub areas: Vec<String>,
    pub area_text: Text,
    pub title: Text,
    pub source_kind: String,
    pub office: String,
}

/// One place whose state moved.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub place: Place,
    pub from: Option<HazardState>,
    pub to: Option<HazardState>,
}

impl Move {
    fn rank(state: Option<&HazardState>) -> u8 {
        state.map_or(0, |s| s.derived.rank)
    }

    /// raised, lowered, changed, lifted, withdrawn
    fn way(&self, withdrawn: bool) -> &'static str {
        let (from, to) = (Self::rank(self.from.as_ref()), Self::rank(self.to.as_ref()));
        match to.cmp(&from) {
            std::cmp::Ordering::Greater => "raised",
            std::cmp::Ordering::Equal => "changed",
            std::cmp::Ordering::Less if to > 0 => "lowered",
            std::cmp::Ordering::Less if withdrawn => "withdrawn",
            std::cmp::Ordering::Less => "lifted",
        }
    }
}

/// Everything worth telling about the step from one state to the next.
pub(crate) fn tell(
    before: &State,
    next: &State,
    moves: &[Move],
    incoming: Option<Incoming<'_>>,
    now: Timestamp,
) -> Vec<Change> {
    let at = incoming.map_or_else(|| next.time(now), |i| i.telegram.head.reported_at);
    let withdrawn = incoming.is_some_and(|i| i.is_cancel());
    let teller = Teller { state: next, incoming, at, withdrawn };
    let mut news = teller.of_moves(moves);
    let mut lines = teller.lines_of_moves(moves);
    if let Some(i) = incoming {
        teller.of_quake(before, &i.telegram.head.event_id, &mut news, &mut lines);
        teller.of_sea(before, &mut news, &mut lines);
        teller.of_bulletin(before, &mut news, &mut lines);
    }
    let news = news.into_iter().map(|n| Change::News(Box::new(n)));
    news.chain(lines.into_iter().map(|l| Change::Line(Box::new(l)))).collect()
}

struct Teller<'a> {
    state: &'a State,
    incoming: Option<Incoming<'a>>,
    at: Timestamp,
    withdrawn: bool,
}

impl Teller<'_> {
    /// One entry for each place that rose, fell or ended; one in all for those where only words changed.
    fn of_moves(&self, moves: &[Move]) -> Vec<News> {
        let (changed, moved): (Vec<&Move>, Vec<&Move>) = moves.iter().partition(|m| m.way(self.withdrawn) == "changed");
        let mut news: Vec<News> = moved.iter().map(|m| self.of_move(m)).collect();
        if !changed.is_empty() {
            let places: Vec<String> = changed.iter().map(|m| subject(&m.place)).collect();
            news.push(self.news("alerts.changed", self.telegram(), None, json!({ "places": places })));
        }
        news
    }

    fn of_move(&self, m: &Move) -> News {
        let way = m.way(self.withdrawn);
        let kind = match (m.place.0, way) {
            (Hazard::Tsunami, _) => "alerts.tsunami",
            (Hazard::AftershockAdvisory, _) => "alerts.advisory",
            (_, "raised") => "alerts.raised",
            (_, "lowered") => "alerts.lowered",
            (_, "withdrawn") => "alerts.withdrawn",
            _ => "alerts.lifted",
        };
        let told = m.to.as_ref().or(m.from.as_ref());
        let title = wording::change_title(m.from.as_ref(), m.to.as_ref(), self.withdrawn).marked(self.state.mode);
        let body = json!({
            "change": way,
            "hazard": m.place.0,
            "code": told.map(|t| &t.derived.code),
            "level": m.to.as_ref().and_then(|t| t.derived.level),
            "rank": Move::rank(m.to.as_ref()),
            "from_level": m.from.as_ref().and_then(|t| t.derived.level),
            "from_rank": Move::rank(m.from.as_ref()),
            "until": m.to.as_ref().and_then(|t| t.derived.until),
            "municipalities": concerned(&m.place.1),
            "title": title,
            "telegram": self.telegram(),
        });
        self.news(kind, subject(&m.place), Some(m.place.1.clone()), body)
    }

    /// Places that moved alike share a line.
    fn lines_of_moves(&self, moves: &[Move]) -> Vec<Line> {
        let mut alike: BTreeMap<(Hazard, String, u8, u8), Vec<&Move>> = BTreeMap::new();
        for m in moves.iter().filter(|m| m.way(self.withdrawn) != "changed") {
            let told = m.to.as_ref().or(m.from.as_ref());
            let code = told.map(|t| t.derived.code.clone()).unwrap_or_default();
            let key = (m.place.0, code, Move::rank(m.from.as_ref()), Move::rank(m.to.as_ref()));
            alike.entry(key).or_default().push(m);
        }
        alike.into_values().map(|moves| self.line_of(&moves)).collect()
    }

    fn line_of(&self, moves: &[&Move]) -> Line {
        let first = moves[0];
        let hazard = first.place.0;
        let mut codes: Vec<String> = moves.iter().flat_map(|m| concerned(&m.place.1)).collect();
        codes.sort_unstable();
        codes.dedup();
        let named: Vec<Text> = moves.iter().filter_map(|m| areas::text(&m.place.1)).collect();
        let by_name = matches!(hazard, Hazard::Tsunami | Hazard::River | Hazard::Volcano) && !named.is_empty();
        let kind = match hazard {
            _ if self.withdrawn => TimelineKind::Withdrawn,
            Hazard::Tsunami => TimelineKind::Tsunami,
            Hazard::River => TimelineKind::River,
            Hazard::Volcano | Hazard::Ash => TimelineKind::Volcano,
            Hazard::AftershockAdvisory => TimelineKind::Advisory,
            _ => TimelineKind::Warning,
        };
        let now = first.to.as_ref();
        let area_text = if by_name { wording::list(&named) } else { wording::places(&codes) };
        let title = wording::change_title(first.from.as_ref(), now, self.withdrawn);
        self.line(kind, Move::rank(now), now.and_then(|t| t.derived.level), codes, area_text, title)
    }

    fn of_quake(&self, before: &State, event: &str, news: &mut Vec<News>, lines: &mut Vec<Line>) {
        if !self.incoming.is_some_and(|i| super::fold::is_event(&i.telegram.kind)) {
            return;
        }
        let (old, new) = (quake(before, event), quake(self.state, event));
        let Some(view) = new else { return };
        if old.as_ref().is_some_and(|o| o.same(&view)) || (old.is_none() && view.cancelled) {
            return;
        }
        let concerns = view.concerns_aomori() || old.as_ref().is_some_and(QuakeView::concerns_aomori);
        let felt = view.municipalities.iter().filter(|m| m.in_aomori);
        let change = match (&old, view.cancelled) {
            (_, true) => "withdrawn",
            (None, _) => "new",
            _ => "updated",
        };
        let title = quake_line(&view);
        let kind = if view.cancelled { "alerts.withdrawn" } else { "alerts.quake" };
        let body = json!({
            "change": change,
            "event": view.event,
            "type": self.incoming.map(|i| i.telegram.kind.as_str()),
            "concerns_aomori": concerns,
            "max_intensity": view.max_intensity.map(wording::intensity_str),
            "prefecture_max": view.prefecture_max().map(wording::intensity_str),
            "magnitude": view.magnitude.as_ref().map(|m| &m.text),
            "epicentre": view.hypocentre.as_ref().map(|h| &h.name),
            "municipalities": felt.map(|m| json!({
                "code": m.code, "intensity": m.intensity.map(wording::intensity_str),
                "pending": m.pending, "by_area": m.by_area,
            })).collect::<Vec<_>>(),
            "title": title.marked(self.state.mode),
            "telegram": self.telegram(),
        });
        news.push(self.news(kind, format!("quake/{}", view.event), concerns.then_some(areas::PREFECTURE), body));
        if concerns {
            let felt: Vec<String> =
                view.municipalities.iter().filter(|m| m.in_aomori).map(|m| m.code.clone()).collect();
            let area_text = wording::places(&felt);
            let kind = if view.cancelled { TimelineKind::Withdrawn } else { TimelineKind::Quake };
            let rank = quake_rank(view.prefecture_strength());
            lines.push(self.line(kind, rank, None, felt, area_text, title));
        }
    }

    /// Grades are told place by place; here what was seen and the rest of the sea.
    fn of_sea(&self, before: &State, news: &mut Vec<News>, lines: &mut Vec<Line>) {
        let Some(view) = sea(self.state) else { return };
        let old = sea(before);
        if old.as_ref().is_some_and(|o| o.same(&view)) {
            return;
        }
        let seen_before = old.map(|o| o.observations).unwrap_or_default();
        let seen = strongest_new(&view, &seen_before);
        let body = json!({
            "change": "information",
            "event": view.event,
            "observed": seen.as_ref().map(|(station, height)| json!({ "station": station.ja, "height": height })),
            "telegram": self.telegram(),
        });
        news.push(self.news("alerts.tsunami", format!("tsunami/{}", view.event), None, body));
        if let Some((station, height)) = seen {
            let title = wording::observed(&station, &height);
            lines.push(self.line(TimelineKind::Tsunami, 4, None, Vec::new(), station, title));
        }
    }

    fn of_bulletin(&self, before: &State, news: &mut Vec<News>, lines: &mut Vec<Line>) {
        let Some(incoming) = self.incoming else { return };
        let made = super::read::read(incoming.telegram);
        let Some((key, Content::Bulletin(b))) = made.into_iter().find(|(key, _)| key.product == "bulletin") else {
            return;
        };
        if held(before, &key).is_some_and(|old| *old == Content::Bulletin(b.clone())) {
            return;
        }
        let title = wording::bulletin_title(&b.title, &b.tag);
        let body = json!({
            "title": title.marked(self.state.mode), "tag": b.tag,
            "municipalities": b.municipalities, "telegram": self.telegram(),
        });
        news.push(self.news("alerts.bulletin", format!("bulletin/{}", key.scope), Some(areas::PREFECTURE), body));
        let area_text = wording::places(&b.municipalities);
        lines.push(self.line(TimelineKind::Bulletin, 1, None, b.municipalities, area_text, title));
    }

    fn telegram(&self) -> String {
        self.incoming.map_or_else(|| "clock".to_owned(), |i| i.id.to_string())
    }

    fn news(&self, kind: &'static str, subject: String, area: Option<AreaCode>, body: Value) -> News {
        News { kind, subject, area, at: self.at, body }
    }

    fn line(
        &self,
        kind: TimelineKind,
        rank: u8,
        level: Option<u8>,
        areas: Vec<String>,
        area_text: Text,
        title: Text,
    ) -> Line {
        let of = |f: fn(&Incoming<'_>) -> String| self.incoming.as_ref().map(f).unwrap_or_default();
        Line {
            at: self.at,
            kind,
            rank,
            level,
            areas,
            area_text,
            title,
            source_kind: of(|i| i.telegram.kind.clone()),
            office: of(|i| i.telegram.publishing_office.clone()),
        }
    }
}

fn held<'a>(state: &'a State, key: &Key) -> Option<&'a Content> {
    state.statements.get(key).map(|s| &s.content)
}

fn subject(place: &Place) -> String {
    format!("{}@{}", place.0.as_str(), place.1)
}

/// One line about a quake: the strongest place in Aomori where one was felt, else the strongest of all.
pub(crate) fn quake_line(view: &QuakeView) -> Text {
    let here = view.prefecture_max();
    let pending = here.is_none() && view.prefecture_strength().is_some();
    let max = wording::intensity(here.or(view.max_intensity), pending);
    let epicentre = view.hypocentre.as_ref().map(wording::epicentre);
    let magnitude = view.magnitude.as_ref().map(|m| wording::magnitude(&m.text));
    wording::quake_title(epicentre.as_ref(), magnitude.as_ref(), &max, view.cancelled)
}

/// The highest observation that is new, as station and words. No number is not no height.
fn strongest_new(view: &SeaView, before: &[feeds::facts::TsunamiObservation]) -> Option<(Text, String)> {
    let ours = |code: &str| code.starts_with("200") || code.starts_with("201") || code.starts_with("202");
    let new = view.observations.iter().filter(|o| ours(&o.station_code) && !before.contains(o));
    let strongest = new.filter(|o| o.height.is_some() || o.first_wave.at.is_some()).max_by(|a, b| {
        let metres = |o: &feeds::facts::TsunamiObservation| o.height.as_ref().and_then(|h| h.metres).unwrap_or(0.0);
        metres(a).total_cmp(&metres(b))
    })?;
    let height = strongest.height.as_ref().map(|h| h.text.clone()).unwrap_or_default();
    Some((wording::station(&strongest.station_code, &strongest.station_name), height))
}
