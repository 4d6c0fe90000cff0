//! The description of the API (API記述): every room's routes in one OpenAPI document, the same in `/openapi.json`, in the
//! committed file and in the web's generated types.

use std::collections::BTreeMap;

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{Info, OpenApi, Ref, RefOr, Response};

use crate::Router;
use crate::admission::{operations, operations_mut};
use crate::problem::{Details, ProblemBody};
use crate::site::own_routes;

/// The API description of these rooms and of the server itself.
pub fn openapi(rooms: impl IntoIterator<Item = Router>) -> OpenApi {
    merge(rooms).into_openapi()
}

/// What is wrong with a description: operations without an id, a tag or words, and ids that occur twice. For a test.
pub fn faults(api: &OpenApi) -> Vec<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for (path, item) in &api.paths.paths {
        for (method, operation) in operations(item) {
            let id = operation.operation_id.as_deref().unwrap_or("");
            *seen.entry(id).or_default() += 1;
            if id.is_empty() {
                faults.push(format!("{method} {path} has no operation id"));
            }
            if operation.tags.as_ref().is_none_or(Vec::is_empty) {
                faults.push(format!("{method} {path} has no tag"));
            }
            if operation.summary.is_none() && operation.description.is_none() {
                faults.push(format!("{method} {path} is not described"));
            }
        }
    }
    faults.extend(
        seen.into_iter()
            .filter(|(_, times)| *times > 1)
            .map(|(id, times)| format!("operation id {id} occurs {times} times")),
    );
    faults
}

/// All routes as one router, described, each operation with the shape of its refusals.
pub(crate) fn merge(rooms: impl IntoIterator<Item = Router>) -> Router {
    let mut all = rooms.into_iter().fold(own_routes(), Router::merge);
    let api = all.get_openapi_mut();
    api.info = Info::new("mamori", env!("CARGO_PKG_VERSION"));
    api.info.description = Some(
        "災害のときに人を守るためのAPI。Times are RFC 3339; refusals are RFC 9457 problems with stable codes.".into(),
    );
    let components = api.components.get_or_insert_with(Default::default);
    components.schemas.insert("Problem".into(), <ProblemBody<'_> as utoipa::PartialSchema>::schema());
    components.schemas.insert("ProblemDetails".into(), <Details<'_> as utoipa::PartialSchema>::schema());
    for item in api.paths.paths.values_mut() {
        for operation in operations_mut(item) {
            operation.responses.responses.entry("default".into()).or_insert_with(refusal);
        }
    }
    all
}

fn refusal() -> RefOr<Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new()
        .description("A refusal or failure")
        .content("application/problem+json", content)
        .build()
        .into()
}
