//! The record of a programme (制度の記録) in the layout of the childcare support registry of Tokyo, which stands on the
//! ユニバーサルメニュー. Every field is kept as it was published, also those nobody knows; accessors name what we read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// The record of a programme (制度の記録): the whole object, spelled as published.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(as = RegistryRecord, value_type = Object)]
pub struct Record(pub Map<String, Value>);

/// The complete layout with nothing in it. `condiutilizationConditionstions` is misspelled at its source.
fn blank() -> Value {
    let period = json!({ "fromYMD": null, "fromHM": null, "toYMD": null, "toHM": null, "conditions": null });
    let age = json!({ "targetAge": null, "targetAgeOfMonths": null });
    json!({
        "institutionName": { "canonicalName": null, "shortName": null },
        "summary": null,
        "description": null,
        "target": {
            "targetPersons": null, "lessThan": age, "lessThanOrEqualTo": age, "greaterThanOrEqualTo": age,
            "greaterThan": age, "conditions": null
        },
        "support": { "description": null, "monetarySupport": null, "materiallySupport": null },
        "cost": null,
        "costConditions": null,
        "implementationPeriod": period,
        "implementationPlace": { "implementationName": null, "implementationAddress": null },
        "capacity": null,
        "utilizationTime": { "fromHM": null, "toHM": null, "condiutilizationConditionstions": null },
        "specificDate": null,
        "holiday": null,
        "utilization": null,
        "procedurePersons": null,
        "procedureMethod": null,
        "procedurePeriod": period,
        "electronicSubmission": false,
        "belongings": null,
        "procedureDocumentsCode": { "code": null, "others": null },
        "procedureCounter": null,
        "relatedLink": [],
        "localGovernmentLink": { "uri": null, "title": null },
        "formLink": [],
        "contact": {
            "contactName": null, "contactPhone": null, "contactEx": null, "contactEmail": null, "contactUrl": null,
            "contactComment": null, "zipCode": null, "contactAddress": null
        },
        "area": { "areaCode": null, "areaText": null },
        "class": null,
        "remarks": null,
        "basicInformation": {
            "psid": null, "organization": null, "compartment": null, "compartmentCode": null, "institutionType": null
        },
        "updateDate": null,
        "odInformation": { "updateDate": null, "updater": null, "content": null },
        "regulation": { "regulationName": null, "regulationArticle": null },
        "tag": { "categoryCode": [], "targetCode": [], "contentsCode": [] },
        "useConsiderationFlag": null
    })
}

impl Record {
    /// The same with every field of the layout, in its order; fields of the record's own come after.
    #[must_use]
    pub fn completed(&self) -> Self {
        let mut whole = blank();
        lay_over(&mut whole, &Value::Object(self.0.clone()));
        match whole {
            Value::Object(fields) => Self(fields),
            _ => self.clone(),
        }
    }

    /// A text of a path such as `institutionName.canonicalName`; `None` when there is none.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.at(path)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Whatever stands at a path.
    pub fn at(&self, path: &str) -> Option<&Value> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let start = self.0.get(first)?;
        rest.map_or(Some(start), |rest| rest.split('.').try_fold(start, |value, name| value.get(name)))
    }

    /// Puts a value at a path, making what is missing on the way.
    pub fn set(&mut self, path: &str, value: Value) {
        let mut names = path.split('.').peekable();
        let mut fields = &mut self.0;
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                fields.insert(name.to_owned(), value);
                return;
            }
            let next = fields.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if !next.is_object() {
                *next = Value::Object(Map::new());
            }
            let Value::Object(inner) = next else { return };
            fields = inner;
        }
    }

    /// Puts a value under a name of a field's own, which may hold dots.
    pub fn set_in(&mut self, field: &str, name: &str, value: Value) {
        let inner = self.0.entry(field).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(inner) = inner {
            inner.insert(name.to_owned(), value);
        }
    }

    /// 正式名称
    pub fn name(&self) -> Option<&str> {
        self.text("institutionName.canonicalName")
    }

    /// 通称, if it says something else.
    pub fn short_name(&self) -> Option<&str> {
        self.text("institutionName.shortName").filter(|short| Some(*short) != self.name())
    }

    /// The id of the universal menu with the organisation's: `psid3.0+1000020133621+1+UM11`.
    pub fn psid(&self) -> Option<&str> {
        self.text("basicInformation.psid")
    }

    /// The JIS code of the area, from `131016;千代田区`.
    pub fn area_code(&self) -> Option<&str> {
        let code = self.text("area.areaCode")?;
        let digits = code.split([';', '；']).next()?.trim();
        digits.get(..5).filter(|jis5| jis5.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// Codes of one of the three lists of tags.
    pub fn tags(&self, list: &str) -> Vec<&str> {
        let codes = self.at("tag").and_then(|tag| tag.get(list)).and_then(Value::as_array);
        codes.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Every text of the record, for the search.
    pub fn texts(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.0.values().for_each(|value| collect(value, &mut found));
        found
    }
}

fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

fn lay_over(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                match under.get_mut(name) {
                    Some(held) => lay_over(held, value),
                    None => {
                        under.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (under, over) => *under = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completed_record_has_the_layout_and_loses_nothing() {
        let own: Record = serde_json::from_value(json!({
            "institutionName": { "canonicalName": "子育て広場" }, "area": { "areaCode": "022039;八戸市" }, "_note": [1, { "a": null }],
            "tag": { "categoryCode": ["003"] }
        }))
        .unwrap();
        let whole = own.completed();
        assert_eq!(whole.0.len(), 34 + 1);
        assert_eq!(
            (whole.name(), whole.area_code(), whole.tags("categoryCode")),
            (Some("子育て広場"), Some("02203"), vec!["003"])
        );
        assert_eq!(whole.at("_note"), own.at("_note"));
        assert_eq!(whole.at("utilizationTime.condiutilizationConditionstions"), Some(&Value::Null));
        assert_eq!(whole.completed(), whole);
    }

    #[test]
    fn a_path_is_made_where_it_is_missing() {
        let mut record = Record::default();
        record.set("contact.contactPhone", json!("0178-00-0000"));
        record.set("summary", json!("概要"));
        record.set("summary.inner", json!("置き換え"));
        assert_eq!(record.text("contact.contactPhone"), Some("0178-00-0000"));
        assert_eq!(record.text("summary.inner"), Some("置き換え"));
        assert_eq!(record.text("nothing.here"), None);
    }
}
