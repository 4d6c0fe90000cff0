//! Every defect that real records have, by itself and in ten thousand generated records: nothing lost, everything reported.

use registry::import::{mend, read};
use registry::model::Record;
use serde_json::{Value, json};

fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

fn named(name: &str, mut more: Value) -> Value {
    more["institutionName"] = json!({ "canonicalName": name });
    more
}

fn said(more: Value) -> Value {
    named("支援", more)
}

type OneDefect = (Value, &'static str, &'static str, Value);

/// The same for links and texts.
fn of_texts() -> Vec<OneDefect> {
    vec![
        (
            said(json!({ "relatedLink": ["案内;https://example.jp/a"] })),
            "link-joined",
            "relatedLink",
            json!([{ "uri": "https://example.jp/a", "title": "案内" }]),
        ),
        (
            said(json!({ "relatedLink": [{ "uri": "https://example.jp/aをご覧ください", "title": "案内" }] })),
            "link-text",
            "relatedLink",
            json!([{ "uri": "https://example.jp/a", "title": "案内 をご覧ください" }]),
        ),
        (said(json!({ "summary": "|a|b|\n|---|---|" })), "markdown-table", "summary", json!("|a|b|\n|---|---|")),
        (
            said(json!({ "support": { "description": "x", "monetarySupport": "x", "materiallySupport": "x" } })),
            "same-text",
            "support.description",
            json!("x"),
        ),
    ]
}

/// A record with one defect, its code, and the path and value it must have afterwards.
fn of_fields() -> Vec<OneDefect> {
    let ages = |bound: &str, years: Value, months: Value| json!({ "target": { bound: { "targetAge": years, "targetAgeOfMonths": months } } });
    let none = json!({ "targetAge": null, "targetAgeOfMonths": null });
    vec![
        (
            said(json!({ "tag": { "categoryCode": ["002，003"] } })),
            "tag-joined",
            "tag.categoryCode",
            json!(["002", "003"]),
        ),
        (said(json!({ "tag": { "categoryCode": ["027 "] } })), "tag-space", "tag.categoryCode", json!(["027"])),
        (said(json!({ "tag": { "targetCode": ["86"] } })), "tag-digits", "tag.targetCode", json!(["086"])),
        (said(json!({ "tag": { "categoryCode": ["086"] } })), "tag-list", "tag.targetCode", json!(["086"])),
        (said(json!({ "tag": { "categoryCode": ["999"] } })), "tag-unknown", "_quarantined.tag", json!(["999"])),
        (
            said(json!({ "area": { "areaCode": "022039;八戸市\t" } })),
            "area-tab",
            "area.areaCode",
            json!("022039;八戸市"),
        ),
        (
            said(json!({ "procedurePeriod": { "fromYMD": "随時" } })),
            "date-words",
            "procedurePeriod.conditions",
            json!("随時"),
        ),
        (said(json!({ "updateDate": "2024/04/01" })), "date-form", "updateDate", json!("2024-04-01")),
        (said(json!({ "updateDate": "未定" })), "date-words", "updateDate", Value::Null),
        (
            said(json!({ "implementationPeriod": { "fromYMD": "2026-04-01", "toYMD": "2025-03-31" } })),
            "dates-reversed",
            "implementationPeriod.toYMD",
            Value::Null,
        ),
        (
            said(json!({ "contact": { "contactPhone": "0178-1,0178-2" } })),
            "several-values",
            "contact.contactPhone",
            json!("0178-1"),
        ),
        (said(ages("lessThan", Value::Null, json!(0))), "age-zero", "target.lessThan", none.clone()),
        (
            named("３〜４カ月児健診", ages("lessThan", json!(6), Value::Null)),
            "age-unit",
            "target.lessThan",
            none.clone(),
        ),
        (said(ages("lessThan", json!("6"), Value::Null)), "age-text", "target.lessThan.targetAge", json!(6)),
        (
            said(json!({ "target": {
                "greaterThanOrEqualTo": { "targetAge": 7 }, "lessThan": { "targetAge": 3 }
            } })),
            "age-reversed",
            "target.lessThan",
            none,
        ),
    ]
}

#[test]
fn each_defect_is_mended_or_put_aside_and_said() {
    for (value, code, path, after) in [of_fields(), of_texts()].concat() {
        let mut mended = record(value.clone());
        let found = mend(&mut mended);
        assert!(found.iter().any(|defect| defect.code == code), "{code}: {found:?}");
        assert_eq!(mended.at(path).cloned().unwrap_or(Value::Null), after, "{code}: {mended:?}");
        assert_eq!(
            mend(&mut mended.clone())
                .iter()
                .filter(|again| again.code == code && !matches!(code, "markdown-table" | "same-text"))
                .count(),
            0,
            "{code} is mended once"
        );
    }
}

#[test]
fn ten_thousand_records_lose_nothing() {
    let kinds = [of_fields(), of_texts()].concat();
    let mut values = Vec::new();
    let mut wanted = Vec::new();
    for n in 0..10_000 {
        let (value, code, ..) = &kinds[n % kinds.len()];
        let clean = n % 3 == 0;
        let mut value = if clean { json!({ "institutionName": { "canonicalName": "支援" } }) } else { value.clone() };
        value["basicInformation"] = json!({ "psid": format!("psid{n}") });
        value["remarks"] = json!(format!("備考{n}"));
        value[format!("own{n}")] = json!({ "deep": [n, { "x": null }] });
        wanted.push((value.clone(), (!clean).then_some(*code)));
        values.push(value);
    }
    let rows = read("all.json", serde_json::to_string(&values).unwrap().as_bytes(), "02203").unwrap();
    assert_eq!(rows.len(), wanted.len());
    for (row, (value, code)) in rows.iter().zip(&wanted) {
        match code {
            None => assert_eq!((&row.record, row.defects.len()), (&record(value.clone()), 0)),
            Some(code) => assert!(row.defects.iter().any(|defect| defect.code == *code), "{code}: {row:?}"),
        }
        // Every leaf that was there is there still, or named with what it was.
        let said = serde_json::to_string(&row.defects).unwrap();
        for (field, inner) in value.as_object().unwrap() {
            let kept = row.record.at(field).is_some_and(|now| now == inner);
            assert!(kept || row.defects.iter().any(|d| d.field.starts_with(field.as_str())), "{field}: {said}");
        }
        let round: Record = serde_json::from_str(&serde_json::to_string(&row.record).unwrap()).unwrap();
        assert_eq!(round, row.record);
    }
}

#[test]
fn the_published_sample_reads_whole() {
    let Some(file) = testkit::data_dir().map(|data| data.join("family/registry/tokyo_registry_sample.json")) else {
        return testkit::skip("no data");
    };
    if !file.is_file() {
        return testkit::skip("no data");
    }
    let bytes = std::fs::read(file).unwrap();
    let rows = read("tokyo_registry_sample.json", &bytes, "13101").unwrap();
    let values: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(rows.len(), 3);
    for (row, value) in rows.iter().zip(values) {
        let mut round = serde_json::to_value(&row.record).unwrap();
        for defect in &row.defects {
            assert!(defect.code == "same-text" || defect.code.starts_with("age"), "{defect:?}");
        }
        if row.defects.is_empty() {
            assert_eq!(round, value, "a round trip is equal");
        }
        assert_eq!(round["institutionName"].take(), value["institutionName"]);
    }
    assert_eq!(rows[2].record.psid(), Some("psid3.0+9000020131016+10+UM54"));
}
