//! The scan: paper, cards and phones, good and bad. Nobody is turned away.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use households::Token;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use store::envelope::{PublicKey, QR_INFO, seal_once};
use testkit::World;

use crate::support::{DISASTER, Desk, HACHINOHE, ICHIKAWA, Phone, code, family, id, public_key, subject, world};

pub(crate) async fn scan(desk: &Desk, code: &str) -> Value {
    let asked = json!({ "code": code, "disaster": id(DISASTER), "shelter": id(ICHIKAWA) });
    desk.caller.post("/api/reception/scan", &asked).await.ok().json()
}

/// What the desk is told in short: assurance, flags, and the name on the card.
pub(crate) fn told(scanned: &Value) -> (u64, Vec<String>, Option<String>) {
    let flags = scanned["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap().to_owned());
    let name = scanned["household"]["persons"][0]["name"].as_str().map(str::to_owned);
    (scanned["assurance"].as_u64().unwrap(), flags.collect(), name)
}

pub(crate) fn flags(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The code that a phone would show.
pub(crate) struct Shown<'a> {
    pub(crate) token: &'a Token,
    pub(crate) subject: u128,
    pub(crate) minute: i64,
    pub(crate) key: &'a PublicKey,
    pub(crate) household: &'a Value,
}

impl Shown<'_> {
    pub(crate) fn by(&self, signer: &SigningKey) -> String {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        packed.write_all(self.household.to_string().as_bytes()).unwrap();
        let (enc, sealed) = seal_once(self.key, QR_INFO, self.token.bytes(), &packed.finish().unwrap()).unwrap();
        let mut bytes = vec![1];
        bytes.extend(self.token.bytes());
        bytes.extend(self.subject.to_be_bytes());
        bytes.extend(u32::try_from(self.minute).unwrap().to_be_bytes());
        let kid = u64::from_str_radix(&self.key.kid(), 16).unwrap();
        bytes.extend(kid.to_be_bytes());
        bytes.extend(enc);
        bytes.extend(u16::try_from(sealed.len()).unwrap().to_be_bytes());
        bytes.extend(sealed);
        let signature: Signature = signer.sign(&bytes);
        bytes.extend(signature.to_bytes());
        format!("M2:{}", base45(&bytes))
    }
}

fn base45(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut text = String::new();
    for chunk in bytes.chunks(2) {
        let (mut value, letters) = match chunk {
            [a, b] => (usize::from(*a) * 256 + usize::from(*b), 3),
            _ => (usize::from(chunk[0]), 2),
        };
        for _ in 0..letters {
            text.push(char::from(LETTERS[value % 45]));
            value /= 45;
        }
    }
    text
}

#[tokio::test]
async fn paper_shows_the_family_until_it_is_taken_back() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let phone = Phone::registered(&world, 20, &family(&["見本 花子"], "市川一")).await;
    let paper = phone.paper().await;
    let known = scan(&desk, &format!("M1:{paper}")).await;
    assert_eq!(told(&known), (2, flags(&[]), Some("見本 花子".to_owned())), "{known}");
    assert_eq!((&known["subject"], &known["presence"]), (&json!(phone.subject().await), &json!(null)));
    assert_eq!(phone.looked(&world).await, [("municipality:02203".to_owned(), "reception".to_owned())]);

    let arrived = json!({ "subject": known["subject"], "counts": { "adults": 1 } });
    assert_eq!(desk.sent(&[desk.event("check-in", &arrived)]).await, ["stored"]);
    let again = scan(&desk, &paper.to_lowercase()).await;
    assert_eq!((&again["presence"]["presence"], &again["presence"]["shelter"]), (&json!("in"), &json!(id(ICHIKAWA))));
    assert_eq!(again["presence"]["heads"].as_array().unwrap().len(), 1);

    phone.revoke_paper().await;
    let revoked = scan(&desk, &paper).await;
    assert_eq!(told(&revoked), (1, flags(&["revoked"]), None));
    assert_eq!(revoked["subject"], known["subject"], "still the same household");
    world.settle().await;
}

#[tokio::test]
async fn what_nobody_registered_is_one_subject_at_every_desk_and_rubbish_is_said_to_be_so() {
    let world = world().await;
    let (desk, other) = (Desk::open(&world, HACHINOHE, 1).await, Desk::open(&world, HACHINOHE, 2).await);
    let card = Token::of_card("04A1B2C3").reveal();
    let (here, there) = (scan(&desk, &card).await, scan(&other, &card).await);
    assert_eq!(told(&here), (1, flags(&["unknown"]), None));
    assert_eq!(here["subject"], there["subject"]);
    for rubbish in ["", "https://example.jp/", "🐟", "M2:::::", &"9".repeat(8_000)] {
        let told_so = scan(&desk, rubbish).await;
        assert_eq!((told(&told_so), &told_so["subject"]), ((0, flags(&["unreadable"]), None), &json!(null)));
    }
    world.settle().await;
}

#[tokio::test]
async fn a_phone_is_believed_when_it_is_fresh_and_its_own() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let household = family(&["見本 花子"], "市川一");
    let phone = Phone::registered(&world, 20, &household).await;
    let token = Token::parse(&phone.paper().await).unwrap();
    let own = u128::from_str_radix(&phone.subject().await, 16).unwrap();
    let key = households::public_key(world.app(), HACHINOHE).await.unwrap().unwrap();
    let elsewhere = households::public_key(world.app(), "02201").await.unwrap().unwrap();
    let minute = world.clock().now().secs() / 60;
    let mut said = household.clone();
    said["persons"][0]["name"] = json!("見本 花子（改姓）");
    let shown = |minute| Shown { token: &token, subject: own, minute, key: &key, household: &said };
    let name = Some("見本 花子（改姓）".to_owned());

    let fresh = scan(&desk, &shown(minute).by(&phone.key)).await;
    assert_eq!(told(&fresh), (2, flags(&[]), name.clone()), "{fresh}");
    assert_eq!(told(&scan(&desk, &shown(minute - 16).by(&phone.key)).await), (1, flags(&["stale"]), name.clone()));
    assert_eq!(told(&scan(&desk, &shown(minute + 15).by(&phone.key)).await), (2, flags(&[]), name));
    // Somebody else's signature, or somebody else's subject: nothing of the family is shown.
    let (thief, _) = public_key(99);
    let forged = scan(&desk, &shown(minute).by(&thief)).await;
    assert_eq!(told(&forged), (1, flags(&["forged"]), None));
    assert_eq!(forged["subject"], format!("{own:032x}"));
    let claimed = Shown { subject: 7, ..shown(minute) };
    let claimed = scan(&desk, &claimed.by(&phone.key)).await;
    assert_eq!((told(&claimed), &claimed["subject"]), ((1, flags(&["forged"]), None), &forged["subject"]));
    // Sealed to another municipality: what the family registered here is known all the same.
    let foreign = scan(&desk, &Shown { key: &elsewhere, ..shown(minute) }.by(&phone.key)).await;
    assert_eq!(told(&foreign).1, flags(&["foreign"]));
    // A token that nobody registered: what the phone says is shown as such.
    let new = Token::new([5; 16]);
    let walked_in = scan(&desk, &Shown { token: &new, ..shown(minute) }.by(&thief)).await;
    assert_eq!(told(&walked_in), (1, flags(&["unknown"]), Some("見本 花子（改姓）".to_owned())));
    assert_eq!(walked_in["subject"], reception::Subject::of_token(new.bytes()).to_string());
    // Cut at every length it is rubbish, or flagged; never an error.
    let whole = shown(minute).by(&phone.key);
    for length in (0..whole.len()).step_by(17) {
        let _ = scan(&desk, &whole[..length]).await;
    }
    world.settle().await;
}

#[tokio::test]
async fn protected_people_are_shown_where_they_stand_and_nowhere_else() {
    let world = world().await;
    let desk = Desk::open(&world, HACHINOHE, 1).await;
    let phone = Phone::registered(&world, 20, &family(&["見本 花子"], "市川一")).await;
    let keeper = protect(&world, "見本 花子").await;
    let paper = phone.paper().await;
    assert_eq!(told(&scan(&desk, &paper).await), (2, flags(&[]), None));
    let arrived = json!({ "subject": phone.subject().await, "counts": { "adults": 1 } });
    assert_eq!(desk.sent(&[desk.event("check-in", &arrived)]).await, ["stored"]);
    assert_eq!(told(&scan(&desk, &paper).await).2, Some("見本 花子".to_owned()));
    let gone = json!({ "subject": phone.subject().await });
    assert_eq!(desk.sent(&[desk.event("check-out", &gone)]).await, ["stored"]);
    assert_eq!(told(&scan(&desk, &paper).await).2, None);
    let asked = json!({ "code": paper, "disaster": id(DISASTER), "shelter": id(ICHIKAWA) });
    let elsewhere = Desk::open(&world, "02201", 3).await;
    assert_eq!(elsewhere.caller.post("/api/reception/scan", &asked).await.status, 404);
    assert_eq!(code(&keeper.post("/api/reception/scan", &asked).await).0, 403);
    assert_ne!(subject("x"), phone.subject().await);
    world.settle().await;
}

pub(crate) async fn protect(world: &World, name: &str) -> testkit::Caller {
    let keeper = world.staff(&[(http::Duty::Protection, kernel::AreaCode::municipality(HACHINOHE))]).await;
    let wanted = json!({ "command": id(7_000), "municipality": HACHINOHE, "name": name, "birth": "1950-04-01" });
    let _ = keeper.put("/api/households/protection", &wanted).await.ok();
    keeper
}
