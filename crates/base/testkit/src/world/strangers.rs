//! Tests that enumerate the API description: what it lists must refuse those who have no business there.
//!
//! Who may call an operation stands in its description as `x-who`:
//! `anyone`; `device` (a resident's device; it concerns only its own family); `staff` (anybody who has signed in; it
//! concerns only themselves); `own-area` (whoever has the duty anywhere; they see their own area);
//! without it: whoever has the duty for the area concerned.

use std::fmt::Write as _;

use axum::http::Method;
use http::Duty;
use kernel::AreaCode;
use serde_json::Value;

use super::{Caller, World};

/// A municipality that no example speaks of (新郷村).
const ELSEWHERE: &str = "02450";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Tries every operation as nobody, as a resident's device, as staff without duties and as staff of another municipality,
/// with the values of its own example: each must be refused with 401, 403 or 404.
pub async fn refuses_strangers(world: &World) {
    let elsewhere = AreaCode::municipality(ELSEWHERE);
    let all = [
        Duty::Administrator,
        Duty::EvacuationOrders,
        Duty::FeedOperator,
        Duty::DrillControl,
        Duty::Places,
        Duty::Shelters,
        Duty::ShelterDesk,
        Duty::Evacuees,
        Duty::Protection,
        Duty::Notices,
        Duty::Programmes,
        Duty::Watch,
    ];
    let everything: Vec<_> = all.iter().map(|duty| (*duty, elsewhere.clone())).collect();
    let callers = [
        ("nobody", world.anonymous()),
        ("a device", world.device().await),
        ("staff without duties", world.staff(&[]).await),
        ("staff of another municipality", world.staff(&everything).await),
    ];
    let mut let_in = String::new();
    for operation in operations(world) {
        for (who, caller) in callers.iter().enumerate().filter(|(n, _)| operation.refuses(*n)).map(|(_, one)| one) {
            let status = operation.try_as(caller).await;
            if !matches!(status, 401 | 403 | 404) {
                let _ = writeln!(let_in, "{} {} answered {status} to {who}", operation.method, operation.path);
            }
        }
    }
    assert!(let_in.is_empty(), "operations that did not refuse strangers:\n{let_in}");
}

/// Every operation has an id, a tag, words, and examples of what goes in and what comes out.
pub fn describes_itself(world: &World) {
    let mut faults = http::faults(world.openapi());
    for operation in operations(world) {
        let (method, path, value) = (&operation.method, &operation.path, &operation.value);
        if value["requestBody"].is_object() && operation.body().is_none() {
            faults.push(format!("{method} {path} has no example of its request"));
        }
        let success =
            value["responses"].as_object().into_iter().flatten().filter(|(status, _)| status.starts_with('2'));
        for (status, response) in success {
            let content = &response["content"]["application/json"];
            let known_elsewhere = content["schema"]["$ref"].is_string();
            if content.is_object() && example(content).is_none() && !known_elsewhere {
                faults.push(format!("{method} {path} has no example of its answer {status}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

struct Operation {
    method: String,
    path: String,
    value: Value,
}

impl Operation {
    /// Whether the nth kind of stranger must be refused.
    fn refuses(&self, nth: usize) -> bool {
        match self.value["x-who"].as_str() {
            Some("anyone") => false,
            Some("device") => nth != 1,
            Some("staff") => nth < 2,
            Some("own-area") => nth < 3,
            _ => true,
        }
    }

    fn body(&self) -> Option<(String, Vec<u8>)> {
        let (media_type, content) = self.value["requestBody"]["content"].as_object()?.iter().next()?;
        let example = example(content)?;
        let bytes = match (&example, media_type.contains("json")) {
            (Value::String(text), false) => text.clone().into_bytes(),
            _ => serde_json::to_vec(&example).ok()?,
        };
        Some((media_type.clone(), bytes))
    }

    async fn try_as(&self, caller: &Caller) -> u16 {
        let method: Method = self.method.to_uppercase().parse().expect("a method");
        let path = self
            .parameters()
            .fold(self.path.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), &value));
        let (media_type, body) = match self.body() {
            Some((media_type, body)) => (Some(media_type), body),
            None if self.value["requestBody"].is_object() => (Some("application/json".to_owned()), b"{}".to_vec()),
            None => (None, Vec::new()),
        };
        caller.send(method, &path, media_type.as_deref(), body).await.status
    }

    /// Path parameters with their examples.
    fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        let parameters = self.value["parameters"].as_array().into_iter().flatten();
        parameters.filter(|parameter| parameter["in"] == "path").map(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let value = match example(parameter).or_else(|| example(&parameter["schema"])) {
                Some(Value::String(text)) => text,
                Some(other) => other.to_string(),
                None => "0".to_owned(),
            };
            (name, value)
        })
    }
}

/// Everything under `/api/`; the server's own addresses are for everybody.
fn operations(world: &World) -> Vec<Operation> {
    let api = serde_json::to_value(world.openapi()).expect("a description");
    let paths = api["paths"].as_object().into_iter().flatten().filter(|(path, _)| path.starts_with("/api/"));
    let mut all = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            if item[method].is_object() {
                all.push(Operation { method: method.to_owned(), path: path.clone(), value: item[method].clone() });
            }
        }
    }
    assert!(!all.is_empty(), "this world has operations");
    all
}

fn example(of: &Value) -> Option<Value> {
    if !of["example"].is_null() {
        return Some(of["example"].clone());
    }
    match &of["examples"] {
        Value::Array(several) => several.first().cloned(),
        Value::Object(named) => named.values().next().map(|one| one["value"].clone()),
        _ => None,
    }
}
