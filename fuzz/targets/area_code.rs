//! Any text as an area code, a municipality's code or a name: no panic, and what is printed reads back as the same.
#![no_main]

use kernel::{AreaCode, CodeType, areas};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(code) = text.parse::<AreaCode>() {
        assert_eq!(code.to_string().parse::<AreaCode>().as_ref(), Ok(&code));
        look_up(&code);
    }
    for kind in CodeType::all() {
        look_up(&AreaCode::new(kind, text));
    }
    let found = [areas::municipality(text), areas::from_jma7(text), areas::from_lg6(text)];
    for municipality in found.into_iter().flatten() {
        assert!(areas::is_aomori(&AreaCode::municipality(municipality.jis5)));
    }
    let _ = areas::check_digit(text);
    let _ = areas::jma7(text);
    if let Some(named) = areas::by_name(text) {
        assert!(areas::municipality(named.jis5).is_some());
    }
});

fn look_up(code: &AreaCode) {
    let _ = areas::name(code);
    if !areas::municipalities_in(code).is_empty() {
        assert!(areas::is_aomori(code) || code.kind == CodeType::TsunamiZone || code.kind == CodeType::RiverForecast);
    }
}
