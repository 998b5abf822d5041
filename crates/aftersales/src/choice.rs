//! Which accounts a command is about.

use aftersales::{Configuration, ConfiguredAccount};

use crate::args::ChoiceArgs;
use crate::console::Failure;

/// The accounts that the arguments name, in the order of the configuration.
pub(crate) fn chosen<'a>(
    args: &ChoiceArgs,
    configuration: &'a Configuration,
) -> Result<Vec<&'a ConfiguredAccount>, Failure> {
    for name in &args.accounts {
        configuration.account(name)?;
    }
    let is_chosen = |account: &&ConfiguredAccount| {
        let named = |name: &String| account.name().as_str() == name;
        let on = |name: &String| {
            let platform = account.platform();
            platform.is_some_and(|it| it.platform().as_str() == name)
        };
        (args.accounts.is_empty() || args.accounts.iter().any(named))
            && (args.platforms.is_empty() || args.platforms.iter().any(on))
    };
    let chosen: Vec<_> = configuration.accounts().iter().filter(is_chosen).collect();
    if chosen.is_empty() {
        let what = format!("{}: no account to read", configuration.file().display());
        let hint = "name other accounts or platforms, or add [accounts.NAME] to the file";
        return Err(Failure::usage(what, hint));
    }
    Ok(chosen)
}
