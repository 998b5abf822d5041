//! The five clients, pointed at a sandbox, with the documented quotas switched off.

use sandbox::{Sandbox, credentials};
use transport::{Limiter, Options};

use crate::Result;

/// The label of every account.
const ACCOUNT: &str = "bench";

/// iMetaStore's.
///
/// # Errors
/// When TLS cannot be set up.
pub fn imetastore(sandbox: &Sandbox) -> Result<imetastore::Client> {
    let config = imetastore::Config::builder()
        .base_url(sandbox.base_url("imetastore"))
        .access_token(credentials::imetastore::ACCESS_TOKEN)
        .options(unlimited())
        .build()?;
    Ok(imetastore::Client::new(ACCOUNT, config)?)
}

/// Shoplazza's.
///
/// # Errors
/// When TLS cannot be set up.
pub fn shoplazza(base_url: &str) -> Result<shoplazza::Client> {
    let config = shoplazza::Config::builder()
        .base_url(base_url)
        .access_token(credentials::shoplazza::ACCESS_TOKEN)
        .options(unlimited())
        .build()?;
    Ok(shoplazza::Client::new(ACCOUNT, config)?)
}

/// WeChat's.
///
/// # Errors
/// When TLS cannot be set up.
pub fn wechat_shop(sandbox: &Sandbox) -> Result<wechat_shop::Client> {
    let config = wechat_shop::Config::builder()
        .base_url(sandbox.base_url("wechat-shop"))
        .access_token(credentials::wechat_shop::ACCESS_TOKEN)
        .options(unlimited())
        .build()?;
    Ok(wechat_shop::Client::new(ACCOUNT, config)?)
}

/// Xiaoe's.
///
/// # Errors
/// When TLS cannot be set up.
pub fn xiaoe(sandbox: &Sandbox) -> Result<xiaoe::Client> {
    let config = xiaoe::Config::builder()
        .base_url(sandbox.base_url("xiaoe"))
        .access_token(credentials::xiaoe::ACCESS_TOKEN)
        .options(unlimited())
        .build()?;
    Ok(xiaoe::Client::new(ACCOUNT, config)?)
}

/// Xportcn's.
///
/// # Errors
/// When TLS cannot be set up.
pub fn xportcn(sandbox: &Sandbox) -> Result<xportcn::Client> {
    let config = xportcn::Config::builder()
        .base_url(sandbox.base_url("xportcn"))
        .key(
            credentials::xportcn::ACCESS_KEY,
            credentials::xportcn::SECRET_KEY,
        )
        .user_id(credentials::xportcn::USER_ID)
        .signature(xportcn::signature::Scheme::HmacSha256)
        .options(unlimited())
        .build()?;
    Ok(xportcn::Client::new(ACCOUNT, config)?)
}

fn unlimited() -> Options {
    Options::default().with_limiter(Limiter::unlimited())
}
