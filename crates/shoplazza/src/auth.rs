//! A header with the shop's token, and how a public app comes by one (OAuth 2.0, pages "OAuth
//! Authentication" and "HMAC Signature Verification").

use core_model::lenient::Literal;
use core_model::{Error, ErrorKind, Result};
use data_encoding::HEXLOWER;
use form_urlencoded::Serializer;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use transport::push::is_hmac_sha256;
use transport::{Auth, BaseUrl, Moment, Options, Reply, Request, TokenSource, setting};

use crate::{ShopDomain, api, wire};

/// The header `Access-Token`.
#[derive(Debug)]
pub(crate) struct AccessToken(pub(crate) SecretString);

impl Auth for AccessToken {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::Fixed(&self.0)
    }

    fn sign(&self, request: &mut Request, token: Option<&SecretString>, _: &Moment) -> Result<()> {
        let token = token.unwrap_or(&self.0);
        request.set_secret_header("access-token", token.expose_secret())
    }

    fn secrets(&self) -> Vec<&SecretString> {
        vec![&self.0]
    }
}

/// A public app, which merchants install into their shops.
///
/// Where it keeps tokens is its own business: they are handed out, and never renewed behind its back.
///
/// ```
/// use shoplazza::{App, ShopDomain};
///
/// let app = App::new("client-id", "client-secret", "https://app.example.com/callback")?;
/// // The merchant's browser goes there, and comes back to the callback with a code.
/// let shop = ShopDomain::new("mystore")?;
/// let url = app.authorize_url(&shop, &["read_order"], "a random text of this session")?;
/// assert!(url.starts_with("https://mystore.myshoplaza.com/admin/oauth/authorize?client_id=client-id&"));
/// # Ok::<(), shoplazza::core_model::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct App {
    client_id: String,
    client_secret: SecretString,
    redirect_uri: String,
    pub(crate) base_url: Option<BaseUrl>,
    pub(crate) options: Options,
}

impl App {
    /// An app as the partner centre knows it. `redirect_uri` has to be the one there, to the letter.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) with the name of what is empty.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        redirect_uri: impl Into<String>,
    ) -> Result<Self> {
        Ok(Self {
            client_id: setting::required("client_id", Some(client_id.into()))?,
            client_secret: setting::secret_needed("client_secret", Some(client_secret.into()))?,
            redirect_uri: setting::required("redirect_uri", Some(redirect_uri.into()))?,
            base_url: None,
            options: Options::default(),
        })
    }

    /// What stands before `/admin/oauth/token`, in place of the address of any shop.
    ///
    /// # Errors
    /// As for [`BaseUrl::new`].
    pub fn with_base_url(self, url: &str) -> Result<Self> {
        let base_url = Some(BaseUrl::new(url)?);
        Ok(Self { base_url, ..self })
    }

    /// Limits and patience.
    #[must_use]
    pub fn with_options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Where the merchant's browser has to go to grant scopes, such as `read_order`. `state` is a random
    /// text that the app keeps in the merchant's session until the callback.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) when `state` is empty, or has an `&` in it, which the signature of
    /// the callback cannot tell from the end of it.
    pub fn authorize_url(&self, shop: &ShopDomain, scopes: &[&str], state: &str) -> Result<String> {
        let state = setting::stated("state", state)?;
        if state.contains('&') {
            return Err(Error::config("state", "has an & in it"));
        }
        let mut query = Serializer::new(String::new());
        query
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", state);
        let query = query.finish();
        Ok(format!("https://{shop}/admin/oauth/authorize?{query}"))
    }

    /// The shop that calls the app's URL to have it installed, if the platform signed the call. `query` is
    /// the query string as it arrived, still encoded.
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) when the platform did not sign it, or not for
    /// a shop: answer with an error, and go no further.
    pub fn verify_installation(&self, query: &str) -> Result<ShopDomain> {
        self.verified(query)?.shop()
    }

    /// What the merchant's browser brings to the callback, if the platform signed it and it belongs to the
    /// session that `state` was made for. `query` is the query string as it arrived, still encoded.
    ///
    /// # Errors
    /// As for [`verify_installation`](Self::verify_installation), and when `state` is another one.
    pub fn verify_callback(&self, query: &str, state: &str) -> Result<Callback> {
        let state = setting::stated("state", state)?;
        let parameters = self.verified(query)?;
        // How long this takes tells nobody anything: only the platform can sign a guess.
        if parameters.get("state") != Some(state) {
            return Err(unauthenticated("the state is not that of this session"));
        }
        let code = parameters
            .get("code")
            .filter(|code| !code.is_empty())
            .ok_or_else(|| unauthenticated("there is no code"))?;
        Ok(Callback {
            shop: parameters.shop()?,
            code: code.into(),
        })
    }

    fn verified(&self, query: &str) -> Result<Parameters> {
        let parameters = Parameters::parse(query)?;
        if parameters.are_signed_with(&self.client_secret) {
            Ok(parameters)
        } else {
            let message = "the query is not signed with the secret of this app";
            Err(unauthenticated(message))
        }
    }

    pub(crate) fn code_request(&self, code: &SecretString) -> Request {
        let mut request = api::token("authorization_code", &self.client_id)
            .with_field("redirect_uri", &self.redirect_uri);
        request.set_secret_field("client_secret", &self.client_secret);
        request.set_secret_field("code", code);
        request
    }

    pub(crate) fn refresh_request(&self, refresh_token: &SecretString) -> Request {
        let mut request = api::token("refresh_token", &self.client_id);
        request.set_secret_field("client_secret", &self.client_secret);
        request.set_secret_field("refresh_token", refresh_token);
        request
    }
}

/// Token calls carry the credentials in their form, so there is nothing to sign.
impl Auth for App {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::None
    }

    fn sign(&self, _: &mut Request, _: Option<&SecretString>, _: &Moment) -> Result<()> {
        Ok(())
    }

    fn secrets(&self) -> Vec<&SecretString> {
        vec![&self.client_secret]
    }
}

/// A merchant's consent, as the platform signed it.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Whose it is.
    pub shop: ShopDomain,
    /// What [`App::exchange_code`] takes. It is good for one exchange.
    pub code: SecretString,
}

/// Tokens of a shop, for the app to keep. [`ExposeSecret`] shows what has to be stored.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// For [`ConfigBuilder::access_token`](crate::ConfigBuilder::access_token).
    pub access_token: SecretString,
    /// For [`App::refresh`]. Where the platform sends none, the one before stays.
    pub refresh_token: Option<SecretString>,
    /// When the access token expires.
    pub expires_at: Option<Timestamp>,
    /// The platform's id of the shop.
    pub store_id: Option<String>,
}

impl Tokens {
    pub(crate) fn read(reply: &Reply) -> Result<Self> {
        let wire: wire::TokenReply<'_> = reply.decode()?;
        let token = wire.access_token.owned();
        let seconds = wire.expires_at.get().map(str::parse).transpose();
        let seconds = seconds.map_err(|_| reply.unreadable("expires_at is no number"))?;
        Ok(Self {
            access_token: token
                .ok_or_else(|| reply.unreadable("access_token is missing"))?
                .into(),
            refresh_token: wire.refresh_token.owned().map(Into::into),
            expires_at: seconds
                .filter(|&seconds| seconds > 0)
                .and_then(|seconds| Timestamp::from_second(seconds).ok()),
            store_id: wire.store_id.owned(),
        })
    }
}

/// What a query says, decoded and sorted by name, and its signature.
struct Parameters {
    pairs: Vec<(String, String)>,
    hmac: String,
}

impl Parameters {
    /// A name that is there twice is refused: nobody could say which of the two was checked.
    fn parse(query: &str) -> Result<Self> {
        let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        pairs.sort();
        let is_twice = |pair: &[(String, String)]| matches!(pair, [(a, _), (b, _)] if a == b);
        if pairs.windows(2).any(is_twice) {
            return Err(unauthenticated("a parameter is there twice"));
        }
        let hmac = pairs.iter().position(|(name, _)| name == "hmac");
        let (_, hmac) = hmac
            .map(|position| pairs.remove(position))
            .ok_or_else(|| unauthenticated("there is no hmac"))?;
        Ok(Self { pairs, hmac })
    }

    /// The page signs values as they are. The vendor's Go SDK signs them percent-encoded, so that is taken,
    /// too.
    fn are_signed_with(&self, secret: &SecretString) -> bool {
        let Ok(hmac) = HEXLOWER.decode(self.hmac.as_bytes()) else {
            return false;
        };
        let texts = [self.plain(), Some(self.encoded())];
        let mut texts = texts.iter().flatten();
        texts.any(|text| is_hmac_sha256(&hmac, secret, &[text.as_bytes()]))
    }

    /// As Go encodes a query, which has other ideas of two characters than browsers have.
    fn encoded(&self) -> String {
        let mut encoded = Serializer::new(String::new());
        let encoded = encoded.extend_pairs(&self.pairs).finish();
        encoded.replace("%7E", "~").replace('*', "%2A")
    }

    /// `code=…&shop=…`, unless other parameters would look the same: a value with an `&` in it can be
    /// made to hold what was signed as a parameter of its own.
    fn plain(&self) -> Option<String> {
        let is_ambiguous =
            |(name, value): &(String, String)| name.contains(['&', '=']) || value.contains('&');
        if self.pairs.iter().any(is_ambiguous) {
            return None;
        }
        let pairs = self.pairs.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Some(pairs.join("&"))
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn shop(&self) -> Result<ShopDomain> {
        let host = self.get("shop").unwrap_or_default();
        ShopDomain::of_host(host).map_err(|error| unauthenticated(error.message()))
    }
}

fn unauthenticated(message: &str) -> Error {
    Error::new(ErrorKind::Unauthenticated, message)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;
    use transport::testing::{Script, answer};
    use transport::{Exchange, Outgoing, RetryPolicy};

    use super::*;

    const SECRET: &str = "test-client-secret";

    fn app() -> App {
        App::new("id", SECRET, "https://app.example.com/callback").unwrap()
    }

    fn hmac(text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        HEXLOWER.encode(&mac.finalize().into_bytes())
    }

    /// A query that is signed as the page has it.
    fn signed(query: &str) -> String {
        format!("{query}&hmac={}", hmac(query))
    }

    #[test]
    fn the_documented_query_is_signed_for_its_secret_only() {
        // The query is that of the page; the digest was computed with another implementation.
        let query = "hmac=3af4b7a8342fa4e6ed7583e56fc176035df833d704656223bab5e39f217516a0\
                     &install_from=app_store&shop=xxx.myshoplaza.com&store_id=1339409";
        let shop = app().verify_installation(query).unwrap();
        assert_eq!(shop.to_string(), "xxx.myshoplaza.com");
        let reversed: Vec<_> = query.split('&').rev().collect();
        assert!(app().verify_installation(&reversed.join("&")).is_ok());

        let other = App::new("id", "other", "https://app.example.com/callback").unwrap();
        assert!(other.verify_installation(query).is_err());
        for forged in [
            query.replace("xxx", "yyy"),
            query.replace("=3af4", "=3af5"),
            query.replace("=3af4", "=3AF4"),
            query.replace(
                "3af4b7a8342fa4e6ed7583e56fc176035df833d704656223bab5e39f217516a0",
                "",
            ),
            query.replace("217516a0", "217516"),
            query.replace("hmac=", "mac="),
            format!("{query}&extra=1"),
            format!("{query}&shop=yyy.myshoplaza.com"),
            format!("{query}&hmac=1"),
            query.replace("&store_id=1339409", ""),
            String::new(),
        ] {
            let error = app().verify_installation(&forged).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{forged}");
        }
    }

    #[test]
    fn a_callback_is_signed_decoded_or_encoded() {
        let decoded = "code=a b:c&shop=mystore.myshoplaza.com&state=s~*";
        let encoded = "code=a+b%3Ac&shop=mystore.myshoplaza.com&state=s~%2A";
        for text in [decoded, encoded] {
            let hmac = hmac(text);
            let callback = app()
                .verify_callback(&format!("{encoded}&hmac={hmac}"), "s~*")
                .unwrap();
            assert_eq!(callback.shop.to_string(), "mystore.myshoplaza.com");
            assert_eq!(callback.code.expose_secret(), "a b:c");
            assert!(!format!("{callback:?}").contains("a b:c"));
        }
    }

    #[test]
    fn one_signature_does_not_serve_for_other_parameters() {
        // What is signed reads the same when one value swallows the parameters behind it.
        let query = signed("a=1&code=c&shop=mystore.myshoplaza.com&state=s");
        assert!(app().verify_callback(&query, "s").is_ok());
        let swallowed = query.replace("a=1&code=c&", "a=1%26code%3Dc&");
        assert_ne!(swallowed, query);
        let error = app().verify_callback(&swallowed, "s").unwrap_err();
        assert!(error.message().contains("not signed"), "{error}");
    }

    #[test]
    fn a_callback_belongs_to_its_session_and_to_a_shop() {
        let verify = |query: &str, state: &str| {
            let verified = app().verify_callback(&signed(query), state);
            verified.map_err(|error| (error.kind(), error.message().to_owned()))
        };
        let shop = "shop=mystore.myshoplaza.com";
        assert!(verify(&format!("code=c&{shop}&state=s"), "s").is_ok());
        for (query, state, problem) in [
            (&*format!("code=c&{shop}&state=t"), "s", "the state is not"),
            (&*format!("code=c&{shop}&state="), "s", "the state is not"),
            (&*format!("code=c&{shop}"), "s", "the state is not"),
            (&*format!("{shop}&state=s"), "s", "there is no code"),
            (&*format!("code=&{shop}&state=s"), "s", "there is no code"),
            ("code=c&state=s", "s", "shop: "),
            ("code=c&shop=mystore&state=s", "s", "shop: "),
            ("code=c&shop=evil.example&state=s", "s", "shop: "),
            (
                "code=c&shop=evil.example/.myshoplaza.com&state=s",
                "s",
                "shop: ",
            ),
            ("code=c&shop=a.b.myshoplaza.com&state=s", "s", "shop: "),
            ("code=c&shop=xmyshoplaza.com&state=s", "s", "shop: "),
        ] {
            let (kind, message) = verify(query, state).unwrap_err();
            assert_eq!(kind, ErrorKind::Unauthenticated, "{query}");
            assert!(message.starts_with(problem), "{query}: {message}");
        }
        let (kind, _) = verify(&format!("code=c&{shop}&state="), "").unwrap_err();
        assert_eq!(kind, ErrorKind::Config, "an empty state protects nobody");
    }

    #[test]
    fn the_merchant_is_sent_to_the_documented_address() {
        let shop = ShopDomain::new("mystore").unwrap();
        let url = app().authorize_url(&shop, &["read_order", "read_finance"], "s/1");
        assert_eq!(
            url.unwrap(),
            "https://mystore.myshoplaza.com/admin/oauth/authorize?client_id=id\
             &redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&response_type=code\
             &scope=read_order+read_finance&state=s%2F1"
        );
        for state in ["", " ", "a&b"] {
            let error = app().authorize_url(&shop, &[], state).unwrap_err();
            assert!(error.message().starts_with("state: "), "{error}");
        }
        for (id, secret, uri, field) in [
            ("", "s", "u", "client_id: "),
            ("i", "", "u", "client_secret: "),
            ("i", "s", " ", "redirect_uri: "),
        ] {
            let error = App::new(id, secret, uri).unwrap_err();
            assert!(error.message().starts_with(field), "{error}");
        }
    }

    fn connected(script: &Arc<Script>) -> App {
        let retry = RetryPolicy {
            attempts: 1,
            ..RetryPolicy::default()
        };
        let exchange = Arc::clone(script) as Arc<dyn Exchange>;
        app().with_options(Options::default().with_exchange(exchange).with_retry(retry))
    }

    fn callback() -> Callback {
        Callback {
            shop: ShopDomain::new("mystore").unwrap(),
            code: "CANARY-code".into(),
        }
    }

    fn text_of(request: &Outgoing) -> String {
        String::from_utf8(request.body().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn tokens_are_fetched_with_the_documented_form_and_handed_out() {
        let reply = include_str!("../../../fixtures/shoplazza/oauth-token.response.json");
        let script = Script::always(200, reply);
        let app = connected(&script);
        let tokens = app.exchange_code(&callback()).await.unwrap();
        assert_eq!(tokens.access_token.expose_secret(), "access-token-1");
        let refresh_token = tokens.refresh_token.unwrap();
        assert_eq!(refresh_token.expose_secret(), "refresh-token-1");
        assert_eq!(tokens.expires_at, "2023-03-24T07:37:18Z".parse().ok());
        assert_eq!(tokens.store_id.as_deref(), Some("168705"));
        app.refresh(&callback().shop, &refresh_token).await.unwrap();

        let requests = script.requests();
        let forms: Vec<_> = requests.iter().map(text_of).collect();
        assert_eq!(
            forms,
            [
                "grant_type=authorization_code&client_id=id\
                 &redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback\
                 &client_secret=test-client-secret&code=CANARY-code",
                "grant_type=refresh_token&client_id=id&client_secret=test-client-secret\
                 &refresh_token=refresh-token-1",
            ]
        );
        for request in requests {
            let address = "https://mystore.myshoplaza.com/admin/oauth/token";
            assert_eq!(request.uri().to_string(), address);
            assert_eq!(
                request.headers()["content-type"],
                "application/x-www-form-urlencoded"
            );
            assert!(!request.headers().contains_key("access-token"));
        }
    }

    #[tokio::test]
    async fn a_refusal_is_one_of_the_credentials() {
        for (status, body) in [
            (400, r#"{"error":"invalid_grant"}"#),
            (401, r#"{"error":"invalid_client"}"#),
            (422, r#"{"errors":["code is used"]}"#),
        ] {
            let app = connected(&Script::always(status, body));
            let error = app.exchange_code(&callback()).await.unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Unauthenticated,
                "{body}: {error:?}"
            );
            let shop = error.account().map(core_model::Account::as_str);
            assert_eq!(shop, Some("mystore.myshoplaza.com"), "{error:?}");
        }
        let app = connected(&Script::always(503, "{}"));
        let error = app.exchange_code(&callback()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    }

    #[tokio::test]
    async fn no_secret_of_a_token_call_is_ever_seen() {
        let mut seen = String::new();
        let mut secrets = vec![SECRET, "CANARY"];
        for answered in [
            r#"{"access_token":"CANARY-access","refresh_token":"CANARY-refresh","expires_at":"CANARY"}"#,
            r#"{"access_tokens":"CANARY-access","refresh_token":"CANARY-refresh"}"#,
            r#"{"access_token":"CANARY-access","#,
            r#"{"access_token":"CANARY-access","access_token":"CANARY-access"}"#,
            "access_token=CANARY-access&refresh_token=CANARY-refresh",
        ] {
            let app = connected(&Script::always(200, answered));
            let error = app.exchange_code(&callback()).await.unwrap_err();
            seen += &format!("{app:?} {error} {error:?} {:?} ", error.body_excerpt());
        }
        for status in [200, 400, 401, 500] {
            let echo = move |request: &Outgoing| {
                Ok(answer(
                    status,
                    format!("{{\"error\":{:?}}}", text_of(request)),
                ))
            };
            let app = connected(&Script::new(echo));
            let errors = [
                app.exchange_code(&callback()).await.unwrap_err(),
                app.refresh(&callback().shop, &"CANARY-old".into())
                    .await
                    .unwrap_err(),
            ];
            for error in errors {
                seen += &format!("{error} {error:?} {:?} ", error.body_excerpt());
            }
        }
        let reply = r#"{"access_token":"CANARY-access","refresh_token":"CANARY-refresh"}"#;
        let tokens = connected(&Script::always(200, reply));
        seen += &format!("{:?}", tokens.exchange_code(&callback()).await.unwrap());
        secrets.retain(|secret| seen.contains(secret));
        assert!(secrets.is_empty(), "{secrets:?} in {seen}");
    }
}
