//! Passkeys (パスキー): the two ceremonies, over webauthn-rs. The authenticator must verify its user, and finds the key itself,
//! so that nobody types a name and no name can be tried.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// Who asks for passkeys: the site's name, id and origin.
pub(crate) struct Ceremonies(Webauthn);

/// A ceremony begun: what the browser needs, and what we keep until it answers.
pub(crate) struct Begun {
    pub(crate) public_key: Value,
    pub(crate) state: Value,
}

/// A passkey that was proven to be new.
pub(crate) struct Registered {
    pub(crate) credential: String,
    pub(crate) passkey: Value,
}

/// Why a passkey was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejected {
    /// The signature is right but the counter went back: there may be a copy of the key.
    #[error("the passkey's counter went back")]
    Copied,
    #[error("the passkey was not accepted: {0}")]
    Wrong(WebauthnError),
    #[error("stored state is unreadable")]
    Stored(#[from] serde_json::Error),
}

impl From<WebauthnError> for Rejected {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::Copied,
            other => Self::Wrong(other),
        }
    }
}

impl Ceremonies {
    pub(crate) fn new(rp_id: &str, origin: &str, name: &str) -> anyhow::Result<Self> {
        let url = Url::parse(origin).context("the site's origin is an address")?;
        let webauthn = WebauthnBuilder::new(rp_id, &url).and_then(|b| b.rp_name(name).build());
        Ok(Self(webauthn.context("the passkey settings fit each other")?))
    }

    pub(crate) fn begin_registration(&self, account: Uuid, name: &str) -> anyhow::Result<Begun> {
        let (options, state) = self.0.start_passkey_registration(account, name, name, None)?;
        let mut public_key = serde_json::to_value(&options.public_key)?;
        // The library only discourages keys that the authenticator finds by itself; sign-in without a name needs one.
        public_key["authenticatorSelection"]["residentKey"] = "required".into();
        public_key["authenticatorSelection"]["requireResidentKey"] = true.into();
        Ok(Begun { public_key, state: serde_json::to_value(&state)? })
    }

    pub(crate) fn finish_registration(
        &self,
        answer: &RegisterPublicKeyCredential,
        state: Value,
    ) -> Result<Registered, Rejected> {
        let state: PasskeyRegistration = serde_json::from_value(state)?;
        let passkey = self.0.finish_passkey_registration(answer, &state)?;
        Ok(Registered { credential: text(passkey.cred_id()), passkey: serde_json::to_value(&passkey)? })
    }

    pub(crate) fn begin_sign_in(&self) -> anyhow::Result<Begun> {
        let (options, state) = self.0.start_discoverable_authentication()?;
        Ok(Begun { public_key: serde_json::to_value(&options.public_key)?, state: serde_json::to_value(&state)? })
    }

    /// Checks an answer against the stored passkey; gives the passkey as it is now to be stored.
    pub(crate) fn finish_sign_in(
        &self,
        answer: &PublicKeyCredential,
        state: Value,
        passkey: Value,
    ) -> Result<Value, Rejected> {
        let state: DiscoverableAuthentication = serde_json::from_value(state)?;
        let mut passkey: Passkey = serde_json::from_value(passkey)?;
        let key = DiscoverableKey::from(&passkey);
        let result = self.0.finish_discoverable_authentication_v2(answer, state, &key)?;
        passkey.update_credential(&result);
        Ok(serde_json::to_value(&passkey)?)
    }
}

/// The credential's id, as the database names it.
pub(crate) fn credential(answer: &PublicKeyCredential) -> String {
    URL_SAFE_NO_PAD.encode(answer.get_credential_id())
}

/// The account that the authenticator says it holds a key of. A claim until the signature is checked.
pub(crate) fn claimed_account(answer: &PublicKeyCredential) -> Option<Uuid> {
    answer.get_user_unique_id().and_then(|bytes| Uuid::from_slice(bytes).ok())
}

fn text(id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(id)
}
