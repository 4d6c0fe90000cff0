//! A code that was scanned where nobody could read it (読めなかったコード): sealed along with a count, and read by whoever can.

use households::{Household, disclosure};
use http::App;
use serde_json::Value;

use crate::live::Live;
use crate::node::Role;
use crate::scan::{Code, PhoneCode};

/// The household of the code in the content of a count; `None` for a count without one, for what cannot be read here, for what
/// was taken back, and for a phone's code that is not of the family that it names.
pub(crate) async fn household(app: &App, live: &Live, content: &Value) -> anyhow::Result<Option<Household>> {
    let Some(text) = content["scanned"].as_str() else { return Ok(None) };
    match Code::read(text) {
        Code::Unreadable => Ok(None),
        Code::Token(token) => {
            let mut conn = app.store.read().await?;
            let found = households::find_by_token(app, &mut conn, &token).await?.filter(|found| !found.revoked);
            let Some(found) = found else { return Ok(None) };
            let registered = disclosure::find(app, &mut conn, found.subject).await?;
            Ok(registered.map(|household| household.examine(Household::clone)))
        }
        Code::Phone(phone) => {
            if live.node()?.role == Role::Centre && is_anothers(app, &phone).await? {
                return Ok(None);
            }
            Ok(live.keyring().with_code_key(&phone.kid, |key| phone.open(key)).flatten())
        }
    }
}

/// Whether a registered family's token stands in a code that none of its phones signed.
async fn is_anothers(app: &App, phone: &PhoneCode) -> anyhow::Result<bool> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
    let mut conn = app.store.read().await?;
    let Some(found) = households::find_by_token(app, &mut conn, &phone.token).await? else { return Ok(false) };
    let keys = households::signers(&mut conn, found.household).await?;
    let keys: Vec<Vec<u8>> = keys.iter().filter_map(|key| B64.decode(key.as_str()).ok()).collect();
    Ok(found.revoked || found.subject != phone.subject || !phone.is_signed_by(&keys))
}
