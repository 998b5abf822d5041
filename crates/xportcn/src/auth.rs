//! Five headers, one of them a signature over others.

use std::sync::Arc;

use core_model::Result;
use secrecy::{ExposeSecret, SecretString};
use transport::{Auth, Moment, Request, TokenSource};

use crate::signature::{Signer, Unsigned};

/// A developer's key. Time and nonce are fresh on every attempt: a time more than 600 s off is
/// refused, says the manual of the same software under another name.
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
            query: request.query(),
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

#[cfg(test)]
mod tests {
    use core_model::{AfterSales, Query};
    use transport::testing::{FixedMoments, Script};
    use transport::{Exchange, Options};

    use super::*;
    use crate::signature::Scheme;
    use crate::{Client, Config};

    #[tokio::test]
    async fn a_call_carries_the_five_documented_headers() {
        let script = Script::always(200, r#"{"code":200}"#);
        let moment = Moment {
            now: "2023-11-14T22:13:20Z".parse().unwrap(),
            nonce: "abcdefghijklmnopqrstuvwxyz012345".to_owned(),
        };
        let options = Options::default()
            .with_exchange(Arc::clone(&script) as Arc<dyn Exchange>)
            .with_moments(Arc::new(FixedMoments(moment)));
        let config = Config::builder()
            .key("0123456789abcdef0123456789abcdef", "sandbox-secret")
            .user_id("1000000000001")
            .signature(Scheme::HmacSha256)
            .options(options)
            .build()
            .unwrap();
        let client = Client::new("sourcing", config).unwrap();
        client.page(&Query::new(), None).await.unwrap();

        let request = &script.requests()[0];
        let url = "https://www.xportcn.com/api/open/order/refund/queryList";
        assert_eq!(request.uri(), url);
        for (name, value) in [
            ("access-key", "0123456789abcdef0123456789abcdef"),
            ("timestamp", "1700000000000"),
            ("nonce-str", "abcdefghijklmnopqrstuvwxyz012345"),
            ("user-id", "1000000000001"),
            (
                "signature",
                "83e05fc3e52b5ea80e28d14e88f2c9a4a157fa90c31aba0d0ad08368163ceff9",
            ),
        ] {
            assert_eq!(request.headers()[name], value, "{name}");
        }
    }
}
