//! Five headers, one of them a signature over others.

use std::sync::Arc;

use core_model::Result;
use secrecy::{ExposeSecret, SecretString};
use transport::{Auth, Moment, Request, TokenSource};

use crate::signature::{Signer, Unsigned};

/// A developer's key. Time and nonce are fresh on every attempt: the platform refuses a time that is
/// more than 600 s off.
#[derive(Debug, Clone)]
pub(crate) struct AccessKey {
    pub(crate) access_key: SecretString,
    pub(crate) secret_key: SecretString,
    pub(crate) user_id: String,
    pub(crate) signer: Arc<dyn Signer>,
}

impl Auth for AccessKey {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::None
    }

    fn sign(&self, request: &mut Request, _: Option<&SecretString>, moment: &Moment) -> Result<()> {
        let timestamp = moment.now.as_millisecond().to_string();
        let unsigned = Unsigned {
            access_key: &self.access_key,
            timestamp: &timestamp,
            nonce_str: &moment.nonce,
            path: request.path(),
            body: request.body(),
        };
        let signature = self.signer.sign(&unsigned, &self.secret_key);
        request.set_secret_header("access-key", self.access_key.expose_secret())?;
        request.set_header("timestamp", &timestamp)?;
        request.set_header("nonce-str", &moment.nonce)?;
        request.set_header("user-id", &self.user_id)?;
        request.set_secret_header("signature", &signature)
    }

    fn secrets(&self) -> Vec<&SecretString> {
        vec![&self.access_key, &self.secret_key]
    }
}
