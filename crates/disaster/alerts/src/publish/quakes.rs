//! `quakes/latest`: the newest earthquakes, those of Aomori first in line for a place.

use feeds::facts::{AreaIntensity, Hypocentre, Intensity};
use kernel::{Text, Timestamp};

use crate::model::{LocalIntensity, QuakeView};
use crate::wording;

use super::{
    Epicentre, IntensityEntry, MagnitudeEntry, QuakeEntry, QuakesDocument, Shared, StationEntry, TelegramBrief,
    TsunamiGrade,
};

const SHOWN: usize = 20;
/// A swarm elsewhere must not push Aomori's quake off the list.
const OURS: usize = 15;
/// Places outside Aomori, from this intensity up and at most so many.
const ELSEWHERE: usize = 60;

pub(super) fn document(shared: &Shared<'_>) -> QuakesDocument {
    let mut shown: Vec<&QuakeView> = shared.quakes.iter().filter(|q| q.concerns_aomori()).take(OURS).collect();
    for quake in &shared.quakes {
        if shown.len() < SHOWN && !shown.iter().any(|s| s.event == quake.event) {
            shown.push(quake);
        }
    }
    shown.sort_by(|a, b| (b.arrived_at, &b.event).cmp(&(a.arrived_at, &a.event)));
    QuakesDocument {
        mode: shared.view.state.mode,
        as_of: Timestamp::EPOCH,
        known_since: shared.view.known_since,
        quakes: shown.into_iter().map(|quake| entry(shared, quake)).collect(),
        sources: shared.sources.clone(),
    }
}

/// When the warnings that comment 0211 speaks of ended, where the sea has been told of since the quake.
fn lifted(shared: &Shared<'_>, quake: &QuakeView) -> Option<Timestamp> {
    let sea = shared.sea.as_ref().filter(|s| s.reported_at >= quake.arrived_at)?;
    let stands = sea.zones.iter().any(|z| sea.grade(z, shared.view.now) >= TsunamiGrade::Advisory);
    (!stands && wording::sea_code(&quake.comment_codes) == Some("0211")).then_some(sea.reported_at)
}

/// The words of telegrams, without those that time has overtaken.
fn comments(quake: &QuakeView, lifted: bool) -> Vec<Text> {
    let overtaken = |line: &&str| lifted && line.contains("津波") && line.contains("発表中");
    let kept = quake.comments.iter().map(|c| c.lines().filter(|l| !overtaken(l)).collect::<Vec<_>>().join("\n"));
    kept.filter(|c| !c.is_empty()).map(Text::same).collect()
}

fn entry(shared: &Shared<'_>, quake: &QuakeView) -> QuakeEntry {
    let lifted = lifted(shared, quake);
    let text = |i: Intensity| wording::intensity_str(i).to_owned();
    QuakeEntry {
        id: quake.event.clone(),
        origin_at: quake.origin_at,
        arrived_at: quake.arrived_at,
        epicentre: quake.hypocentre.as_ref().map(epicentre),
        magnitude: quake.magnitude.as_ref().map(|m| MagnitudeEntry { value: m.value, text: m.text.clone() }),
        max_intensity: quake.max_intensity.map(text),
        max_long_period: quake.max_long_period,
        prefecture_max: quake.prefecture_max().map(text),
        title: crate::model::quake_line(quake),
        areas: quake.areas.iter().map(area).collect(),
        municipalities: places(quake),
        stations: quake.stations.iter().map(station).collect(),
        comments: comments(quake, lifted.is_some()),
        tsunami: match lifted {
            Some(at) => Some(wording::tsunami_lifted(at)),
            None => wording::tsunami_comment(&quake.comment_codes),
        },
        cancelled: quake.cancelled,
        telegrams: quake
            .telegrams
            .iter()
            .map(|(origin, at)| TelegramBrief {
                kind: origin.kind.clone(),
                serial: origin.serial.clone(),
                reported_at: *at,
            })
            .collect(),
    }
}

fn epicentre(h: &Hypocentre) -> Epicentre {
    Epicentre {
        name: h.name.clone(),
        name_text: wording::epicentre(h),
        lat: h.point.map(|p| p.lat),
        lon: h.point.map(|p| p.lon),
        depth_km: h.depth_km,
        depth_text: wording::depth(h.depth_km),
    }
}

fn area(i: &AreaIntensity) -> IntensityEntry {
    IntensityEntry {
        code: i.area.code().to_owned(),
        name: i.name.clone(),
        intensity: i.intensity.map(|i| wording::intensity_str(i).to_owned()),
        pending: i.not_arrived,
        by_area: true,
    }
}

/// All of Aomori, and the strongest places elsewhere.
fn places(quake: &QuakeView) -> Vec<IntensityEntry> {
    let mut ours: Vec<&LocalIntensity> = quake.municipalities.iter().filter(|m| m.in_aomori).collect();
    let mut elsewhere: Vec<&LocalIntensity> =
        quake.municipalities.iter().filter(|m| !m.in_aomori && m.strength() >= Some(Intensity::Four)).collect();
    let strongest = |m: &&LocalIntensity| std::cmp::Reverse(m.strength());
    ours.sort_by_key(strongest);
    elsewhere.sort_by_key(strongest);
    elsewhere.truncate(ELSEWHERE);
    ours.into_iter().chain(elsewhere).map(place).collect()
}

fn place(m: &LocalIntensity) -> IntensityEntry {
    IntensityEntry {
        code: m.code.clone(),
        name: m.name.clone(),
        intensity: m.intensity.map(|i| wording::intensity_str(i).to_owned()),
        pending: m.pending,
        by_area: m.by_area,
    }
}

fn station(i: &AreaIntensity) -> StationEntry {
    StationEntry {
        code: i.area.code().to_owned(),
        name: i.name.clone(),
        intensity: i.intensity.map(|i| wording::intensity_str(i).to_owned()),
        pending: i.not_arrived,
        long_period: i.long_period,
    }
}
