//! The gate: duty, purpose, consent, protection; and the person sees who looked.

use std::time::Duration;

use households::disclosure::{self, Held, Origin, Personal, open, open_many, record_look, release};
use households::{Audience, Household, Look, Purpose};
use http::{Actor, Duty};
use kernel::{Mode, areas};
use serde_json::json;
use testkit::World;

use crate::support::{actor, consent, family, kinds, registered, subject, uuid, world};

fn desk(present: bool) -> Look {
    let audience = Audience::Shelter { municipality: "02203".to_owned(), facility: Some(uuid(800)), present };
    Look { purpose: Purpose::Reception, audience, mode: Mode::Live }
}

fn office(purpose: Purpose) -> Look {
    Look { purpose, audience: Audience::Office { municipality: "02203".to_owned() }, mode: Mode::Live }
}

fn clerk() -> Actor {
    actor(Duty::ShelterDesk, "02203")
}

/// What a desk that knows nothing of the household answers.
async fn nobody(world: &World, look: &Look, actor: &Actor) -> String {
    format!("{:?}", open(world.app(), actor, look, 0x1234).await.unwrap_err())
}

#[tokio::test]
async fn a_look_takes_the_duty_and_leaves_an_entry_that_the_person_reads() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let known = subject(&phone).await;
    for (who, refused) in [
        (Actor::anonymous(), "unauthenticated"),
        (actor(Duty::ShelterDesk, "02201"), "forbidden"),
        (actor(Duty::Evacuees, "02203"), "forbidden"),
        (actor(Duty::Administrator, "02203"), "forbidden"),
    ] {
        assert_eq!(open(world.app(), &who, &desk(true), known).await.unwrap_err().code(), refused);
    }
    assert_eq!(kinds(&world).await, ["registered"], "a refused look shows nothing");
    let card = open(world.app(), &clerk(), &desk(true), known).await.unwrap();
    assert_eq!(card.persons[0].name, "八戸 花子");
    let _again = open(world.app(), &clerk(), &desk(true), known).await.unwrap();
    world.clock().advance(Duration::from_mins(15));
    let staff = actor(Duty::Evacuees, "02203");
    let _later = open(world.app(), &staff, &office(Purpose::LeftBehind), known).await.unwrap();
    world.settle().await;
    let looked = phone.get("/api/households/mine/looked").await;
    insta::assert_snapshot!(looked, @r#"
    200
    [
      {
        "at": "2025-12-08T23:30:00+09:00",
        "office": "八戸市",
        "office_text": {
          "ja": "八戸市",
          "easy": "八戸市（はちのへし）",
          "en": "Hachinohe City"
        },
        "area": "municipality:02203",
        "purpose": "left-behind",
        "mode": "live",
        "facility": null
      },
      {
        "at": "2025-12-08T23:10:00+09:00",
        "office": "八戸市",
        "office_text": {
          "ja": "八戸市",
          "easy": "八戸市（はちのへし）",
          "en": "Hachinohe City"
        },
        "area": "municipality:02203",
        "purpose": "reception",
        "mode": "live",
        "facility": "01939b1e-0000-7000-8000-abcd00000320"
      }
    ]
    "#);
    assert!(!looked.text().contains(&uuid(900).to_string()), "never who of the staff");
}

#[tokio::test]
async fn needs_stay_closed_until_they_are_shared_or_a_life_is_at_stake() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let known = subject(&phone).await;
    let needs = async |actor: &Actor, look: &Look| {
        !open(world.app(), actor, look, known).await.unwrap().persons[0].needs.is_silent()
    };
    let staff = actor(Duty::Evacuees, "02203");
    assert!(!needs(&clerk(), &desk(true)).await);
    assert!(!needs(&staff, &office(Purpose::Care)).await);
    assert!(needs(&staff, &office(Purpose::LeftBehind)).await);
    assert!(needs(&staff, &office(Purpose::BreakGlass)).await);
    let _shared = consent(&phone, 101, "desk", true).await.ok();
    assert!(needs(&clerk(), &desk(true)).await);
    let _withdrawn = consent(&phone, 102, "desk", false).await.ok();
    assert!(!needs(&clerk(), &desk(true)).await);
}

#[tokio::test]
async fn an_inquiry_is_answered_only_with_consent_and_otherwise_as_if_nobody_were_there() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let (known, staff, look) = (subject(&phone).await, actor(Duty::Evacuees, "02203"), office(Purpose::Safety));
    let unknown = nobody(&world, &look, &staff).await;
    let refused = open(world.app(), &staff, &look, known).await.unwrap_err();
    assert_eq!(format!("{refused:?}"), unknown);
    assert_eq!(kinds(&world).await, ["registered"]);
    let _given = consent(&phone, 101, "safety", true).await.ok();
    assert!(open(world.app(), &staff, &look, known).await.is_ok());
}

#[tokio::test]
async fn protected_people_are_as_if_nobody_were_there() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let known = subject(&phone).await;
    let keeper = world.staff(&[(Duty::Protection, areas::PREFECTURE)]).await;
    let _given = consent(&phone, 101, "safety", true).await.ok();
    // The list of another town, where the name is written otherwise.
    let line = json!({
        "command": uuid(110), "municipality": "02201", "name": "吉田太郎", "kana": "ヨシダタロウ", "birth": "H13.2.3"
    });
    let _set = keeper.put("/api/households/protection", &line).await.ok();
    let staff = actor(Duty::Evacuees, "02203");
    for purpose in [Purpose::LeftBehind, Purpose::Safety, Purpose::BreakGlass, Purpose::Care] {
        let unknown = nobody(&world, &office(purpose), &staff).await;
        let refused = open(world.app(), &staff, &office(purpose), known).await.unwrap_err();
        assert_eq!(format!("{refused:?}"), unknown, "{purpose:?}");
    }
    let refused = open(world.app(), &clerk(), &desk(false), known).await.unwrap_err();
    assert_eq!(format!("{refused:?}"), nobody(&world, &desk(false), &clerk()).await);
    assert!(open_many(world.app(), &staff, &office(Purpose::LeftBehind), &[known]).await.unwrap().is_empty());
    assert!(!kinds(&world).await.contains(&"disclosed".to_owned()));

    assert!(open(world.app(), &clerk(), &desk(true), known).await.is_ok(), "at the desk where they stand");
    let own = |jis5: &str| Look {
        purpose: Purpose::Protection,
        audience: Audience::Protection { municipality: jis5.to_owned() },
        mode: Mode::Live,
    };
    assert!(open(world.app(), &actor(Duty::Protection, "02201"), &own("02201"), known).await.is_ok());
    assert!(open(world.app(), &actor(Duty::Protection, "02203"), &own("02203"), known).await.is_err());
    let ended = keeper.delete(&format!("/api/households/protection/02201/{}", uuid(110))).await;
    assert_eq!(ended.status, 204);
    assert!(open(world.app(), &staff, &office(Purpose::LeftBehind), known).await.is_ok());
}

#[tokio::test]
async fn registered_households_are_examined_before_they_are_opened() {
    let world = world().await;
    let (one, _two) = (registered(&world, 100).await, registered(&world, 200).await);
    let mut conn = world.store().read().await.unwrap();
    let (all, next) = disclosure::registered_in(&mut conn, "02203", None).await.unwrap();
    assert_eq!((all.len(), next), (2, None));
    for subject in &all {
        let household = disclosure::find(world.app(), &mut conn, *subject).await.unwrap().unwrap();
        assert!(household.examine(|household| household.municipality == "02203"));
    }
    let (elsewhere, _) = disclosure::registered_in(&mut conn, "02201", None).await.unwrap();
    assert!(elsewhere.is_empty());
    let known = subject(&one).await;
    let household = disclosure::find(world.app(), &mut conn, known).await.unwrap().unwrap();
    drop(conn);
    let wanted = vec![Held { subject: known, household, origin: Origin::Registration }];
    let staff = actor(Duty::Evacuees, "02203");
    let opened = release(world.app(), &staff, &office(Purpose::LeftBehind), wanted).await.unwrap();
    assert_eq!(opened.into_keys().collect::<Vec<_>>(), [known]);
    assert_eq!(kinds(&world).await, ["registered", "registered", "disclosed"], "who was not opened was not seen");
}

#[tokio::test]
async fn what_a_desk_wrote_passes_the_same_gate() {
    let world = world().await;
    let today = world.clock().now().jst().date_naive();
    let card = || Personal::new(Household::read(family(), today).unwrap());
    let held = |safety| vec![Held { subject: 7, household: card(), origin: Origin::Desk { safety } }];
    assert_eq!(format!("{:?}", card()), "Personal(…)");
    assert!(card().examine(|household| household.persons.len() == 2));
    let staff = actor(Duty::Evacuees, "02203");
    let opened = release(world.app(), &clerk(), &desk(true), held(None)).await.unwrap();
    assert_eq!(opened[&7].persons[0].needs.allergies, ["卵"], "they were said at the desk");
    let asked = async |safety| release(world.app(), &staff, &office(Purpose::Safety), held(safety)).await.unwrap();
    assert!(asked(None).await.is_empty());
    assert!(asked(Some(false)).await.is_empty());
    assert_eq!(asked(Some(true)).await.len(), 1);
    let line = json!({ "command": uuid(110), "municipality": "02203", "subject": format!("{:032x}", 7) });
    let keeper = world.staff(&[(Duty::Protection, areas::PREFECTURE)]).await;
    let _set = keeper.put("/api/households/protection", &line).await.ok();
    assert!(asked(Some(true)).await.is_empty());
    record_look(world.app(), &clerk(), &desk(true), 7).await.unwrap();
    assert!(disclosure::require(&staff, &desk(true)).is_err());
}

#[tokio::test]
async fn whoever_was_looked_at_before_anybody_knew_them_reads_it_once_the_cards_are_tied() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let known = subject(&phone).await;
    let (walk_in, other) = (0x77, 0x78);
    for card in [walk_in, other] {
        record_look(world.app(), &clerk(), &desk(true), card).await.unwrap();
    }
    world.settle().await;
    let looked = async || {
        let looks = phone.get("/api/households/mine/looked").await.ok().json();
        looks.as_array().unwrap().len()
    };
    let tie = async |subjects: &[u128]| {
        let mut tx = world.store().write().await.unwrap();
        households::tie(&mut tx, uuid(700), subjects, world.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    assert_eq!(looked().await, 0);
    for _ in 0..2 {
        tie(&[walk_in, known]).await;
        assert_eq!(looked().await, 1);
    }
    // The same look at both cards is one.
    record_look(world.app(), &clerk(), &desk(true), known).await.unwrap();
    world.settle().await;
    assert_eq!(looked().await, 1);
    tie(&[known]).await;
    tie(&[walk_in]).await;
    assert_eq!(looked().await, 1, "untied: the look at its own card stays");
    // A card that is protected by itself is not read by whoever it was tied to.
    let line = json!({ "command": uuid(110), "municipality": "02203", "subject": format!("{other:032x}") });
    let keeper = world.staff(&[(Duty::Protection, areas::PREFECTURE)]).await;
    let _set = keeper.put("/api/households/protection", &line).await.ok();
    world.clock().advance(Duration::from_mins(20));
    record_look(world.app(), &clerk(), &desk(true), other).await.unwrap();
    world.settle().await;
    tie(&[other, known]).await;
    assert_eq!(looked().await, 1);
}

#[tokio::test]
async fn a_look_in_a_drill_is_recorded_as_one() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let known = subject(&phone).await;
    let drill = Look { mode: Mode::Drill, ..desk(true) };
    let _seen = open(world.app(), &clerk(), &drill, known).await.unwrap();
    let _seen = open(world.app(), &clerk(), &desk(true), known).await.unwrap();
    world.settle().await;
    let looks = phone.get("/api/households/mine/looked").await.ok().json();
    let modes: Vec<&str> = looks.as_array().unwrap().iter().map(|look| look["mode"].as_str().unwrap()).collect();
    assert_eq!(modes.len(), 2, "{looks}");
    assert!(modes.contains(&"drill") && modes.contains(&"live"));
}

#[tokio::test]
async fn a_survey_counts_without_a_look_and_without_needs_that_are_not_shared() {
    let world = world().await;
    let phone = registered(&world, 100).await;
    let known = subject(&phone).await;
    let needing = async || {
        let mut conn = world.store().read().await.unwrap();
        let household = disclosure::find(world.app(), &mut conn, known).await.unwrap().unwrap();
        drop(conn);
        let held = vec![Held { subject: known, household, origin: Origin::Registration }];
        let (mut people, mut needing) = (0, 0);
        let count = |_, household: &Household| {
            people += household.persons.len();
            needing += household.persons.iter().filter(|person| !person.needs.is_silent()).count();
        };
        disclosure::survey(world.app(), held, count).await.unwrap();
        (people, needing)
    };
    assert_eq!(needing().await, (2, 0));
    let _shared = consent(&phone, 101, "desk", true).await.ok();
    assert_eq!(needing().await, (2, 1));
    assert!(!kinds(&world).await.contains(&"disclosed".to_owned()));
}
