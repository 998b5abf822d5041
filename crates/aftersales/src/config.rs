//! The configuration file: which accounts there are, and where their secrets are kept.
//!
//! No error repeats anything that stands to the right of an equals sign: it may be a secret.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use core_model::{Account, Actions, AfterSales, Source};
use etcetera::BaseStrategy;
use secrecy::SecretString;
use toml::de::DeTable;
use toml::{Table, Value};
use transport::Options;
use transport::push::Receiver;

use crate::registry::{PLATFORMS, RegisteredPlatform};
use crate::settings::SettingError;

/// Names the configuration file, when no path is given.
const ENVIRONMENT: &str = "AFTERSALES_CONFIG";
const FILE_NAME: &str = "aftersales.toml";
/// The copy, unless the configuration says otherwise.
const COPY: &str = "aftersales.db";
/// The table of an account that has the settings for what is pushed.
const PUSH: &str = "push";

/// The accounts of a configuration file, in its order.
pub struct Configuration {
    file: PathBuf,
    store: Option<Value>,
    accounts: Vec<ConfiguredAccount>,
}

impl Configuration {
    /// Reads the file at `path`; without a path the one that `$AFTERSALES_CONFIG` names, else
    /// `aftersales.toml` in the working directory, else in the user's configuration directory.
    ///
    /// # Errors
    /// When there is no such file, or it is not a list of accounts. What is wrong inside an account
    /// shows when that account is [connected](ConfiguredAccount::connect).
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let file = match path {
            Some(path) => path.to_owned(),
            None => locate()?,
        };
        match fs::read_to_string(&file) {
            Ok(text) => Self::parse(&text, &file),
            Err(error) => Err(ConfigError {
                place: file.display().to_string(),
                problem: format!("cannot be read: {error}"),
                advice: "check the path and the file's permissions".to_owned(),
            }),
        }
    }

    /// Reads configuration from text. `file` is for messages, and secrets that are kept in files of
    /// their own are looked for in its folder.
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let table = read_table(text, file)?;
        let refused = |key: &str, problem: &str, advice: &str| ConfigError {
            place: format!("{}: {key}", file.display()),
            problem: problem.to_owned(),
            advice: advice.to_owned(),
        };
        let (mut store, mut accounts) = (None, Vec::new());
        for (key, value) in table {
            let configured = match (key.as_str(), value) {
                ("accounts", Value::Table(configured)) => configured,
                ("store", value) => {
                    store = Some(value);
                    continue;
                }
                _ => {
                    let problem = "there is no such setting";
                    let advice = "begin each account with a line of its own: [accounts.NAME]";
                    return Err(refused(&key, problem, advice));
                }
            };
            for (name, settings) in configured {
                let Value::Table(settings) = settings else {
                    let problem = "is not an account";
                    let advice = format!("write [accounts.{name}], and its settings below");
                    return Err(refused(&name, problem, &advice));
                };
                accounts.push(ConfiguredAccount {
                    name: name.into(),
                    settings,
                    file: file.to_owned(),
                });
            }
        }
        Ok(Self {
            file: file.to_owned(),
            store,
            accounts,
        })
    }

    /// Where the copy is kept: the path of a file, or the URL of a PostgreSQL server, which may hold a password. Without
    /// the setting `store` it is `aftersales.db` beside the configuration.
    ///
    /// # Errors
    /// When the setting is neither a text nor says where there is one.
    pub fn store(&self) -> Result<SecretString, ConfigError> {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        let stated = self.store.as_ref().map(|value| resolved(value, folder));
        let stated = stated.transpose().and_then(|value| match value {
            None => Ok(COPY.to_owned()),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
            Some(_) => Err(SettingError::new("must be the path of a file or a URL")),
        });
        let text = stated.map_err(|error| ConfigError {
            place: format!("{}: store", self.file.display()),
            problem: error.to_string(),
            advice: error.advice().to_owned(),
        })?;
        // A URL stands for itself; a path begins at the folder of the configuration.
        let is_url = text.contains("://");
        let place = if is_url {
            text
        } else {
            folder.join(text).to_string_lossy().into_owned()
        };
        Ok(place.into())
    }

    /// The file that was read.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The accounts, in the order of the file.
    pub fn accounts(&self) -> &[ConfiguredAccount] {
        &self.accounts
    }

    /// The account with this name.
    ///
    /// # Errors
    /// When there is none; the message lists those that there are.
    pub fn account(&self, name: &str) -> Result<&ConfiguredAccount, ConfigError> {
        let found = self
            .accounts
            .iter()
            .find(|account| account.name.as_str() == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = self.accounts.iter().map(|it| it.name.as_str()).collect();
            ConfigError {
                place: self.file.display().to_string(),
                problem: format!("there is no account {name:?}"),
                advice: match names.as_slice() {
                    [] => "the file has no [accounts.NAME] yet".to_owned(),
                    names => format!("the accounts are {}", names.join(", ")),
                },
            }
        })
    }
}

impl fmt::Debug for Configuration {
    /// Leaves out where the copy is, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration")
            .field("file", &self.file)
            .field("accounts", &self.accounts)
            .finish_non_exhaustive()
    }
}

/// One account of a configuration file. Its secrets are fetched when it is connected.
#[derive(Clone)]
pub struct ConfiguredAccount {
    name: Account,
    settings: Table,
    file: PathBuf,
}

impl ConfiguredAccount {
    /// The label that the file gives it.
    pub fn name(&self) -> &Account {
        &self.name
    }

    /// The platform, if the file names one that this build knows.
    pub fn platform(&self) -> Option<&'static RegisteredPlatform> {
        let name = self.settings.get("platform")?.as_str()?;
        RegisteredPlatform::named(name)
    }

    /// Where its records come from, if the file names a platform that this build knows.
    pub fn source(&self) -> Option<Source> {
        let known = self.platform()?;
        let (platform, name) = (known.platform().clone(), self.name.clone());
        Some(Source::new(platform, name, known.side()))
    }

    /// The generation of its platform's interface that it is set to; `None` where there is only one, or the setting is
    /// none of their names.
    pub fn generation(&self) -> Option<&'static str> {
        let platform = self.platform()?;
        let stated = self.settings.get(platform.generation_setting()?);
        let mut names = platform.generations().iter().filter_map(|it| it.name);
        match stated {
            None => names.next(),
            Some(stated) => names.find(|&name| stated.as_str() == Some(name)),
        }
    }

    /// The same account with another generation of its platform's interface; `None` where there is only one.
    pub fn with_generation(&self, name: &str) -> Option<Self> {
        let setting = self.platform()?.generation_setting()?;
        let mut account = self.clone();
        account.settings.insert(setting.to_owned(), name.into());
        Some(account)
    }

    /// Fetches the account's secrets and makes its client. Nothing is sent yet.
    ///
    /// # Errors
    /// When a secret is not where the file says, or a setting is missing, unknown or refused.
    pub fn connect(&self) -> Result<Arc<dyn AfterSales>, ConfigError> {
        Ok(self.connect_to_act()?)
    }

    /// The same with other limits and patience than the default ones.
    ///
    /// # Errors
    /// As for [`connect`](Self::connect).
    pub fn connect_with(&self, options: Options) -> Result<Arc<dyn AfterSales>, ConfigError> {
        Ok(self.connected(options)?)
    }

    /// The same client, which can act on cases as well.
    ///
    /// # Errors
    /// As for [`connect`](Self::connect).
    pub fn connect_to_act(&self) -> Result<Arc<dyn Actions>, ConfigError> {
        self.connected(Options::default())
    }

    fn connected(&self, options: Options) -> Result<Arc<dyn Actions>, ConfigError> {
        self.try_connect(options)
            .map_err(|error| self.refused(&error))
    }

    /// Fetches the secrets for what the platform pushes and makes what verifies and reads it; `None` where the account has
    /// no table `push`.
    ///
    /// # Errors
    /// As for [`connect`](Self::connect), and when settings are not enough to read what the platform pushes.
    pub fn receiver(&self) -> Result<Option<Arc<dyn Receiver>>, ConfigError> {
        self.try_receiver().map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &SettingError) -> ConfigError {
        ConfigError {
            place: format!("{}: account {}", self.file.display(), self.name),
            problem: error.to_string(),
            advice: error.advice().to_owned(),
        }
    }

    fn try_connect(&self, options: Options) -> Result<Arc<dyn Actions>, SettingError> {
        let platform = self.known_platform()?;
        let mut settings = self.settings.clone();
        settings.retain(|key, _| key != "platform" && key != PUSH);
        platform.connect(self.name.clone(), self.resolved(&settings)?, options)
    }

    fn try_receiver(&self) -> Result<Option<Arc<dyn Receiver>>, SettingError> {
        let mut settings = match self.settings.get(PUSH) {
            None => return Ok(None),
            Some(Value::Table(settings)) => settings.clone(),
            Some(_) => {
                let problem = format!("is not a table; write [accounts.{}.{PUSH}]", self.name);
                return Err(SettingError::new(problem).at(PUSH));
            }
        };
        let pushes = self.known_platform()?.pushes().ok_or_else(|| {
            let problem = "settings are not enough to read what this platform pushes";
            let advice =
                "take the table out; the README of the platform's crate says what a program can do";
            SettingError::new(problem).with_advice(advice).at(PUSH)
        })?;
        for &shared in pushes.shared {
            if let Some(value) = self.settings.get(shared) {
                settings.entry(shared).or_insert_with(|| value.clone());
            }
        }
        let receiver = self
            .resolved(&settings)
            .and_then(|settings| (pushes.receiver)(self.name.clone(), settings));
        receiver.map(Some).map_err(|error| error.below(PUSH))
    }

    fn known_platform(&self) -> Result<&'static RegisteredPlatform, SettingError> {
        self.platform().ok_or_else(|| {
            let names: Vec<&str> = PLATFORMS.iter().map(|it| it.platform().as_str()).collect();
            SettingError::new(format!("must be one of {}", names.join(", "))).at("platform")
        })
    }

    /// The settings with all secrets in place.
    fn resolved(&self, settings: &Table) -> Result<Table, SettingError> {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        let resolve = |(key, value): (&String, &Value)| {
            let value = resolved(value, folder).map_err(|error| error.at(key))?;
            Ok((key.clone(), value))
        };
        settings.iter().map(resolve).collect()
    }
}

impl fmt::Debug for ConfiguredAccount {
    /// Leaves the settings out, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfiguredAccount")
            .field("name", &self.name)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a configuration: the file, the account and the key, and what to do. It never
/// holds a value of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    place: String,
    problem: String,
    advice: String,
}

impl ConfigError {
    /// What to do about it.
    pub fn advice(&self) -> &str {
        &self.advice
    }
}

fn locate() -> Result<PathBuf, ConfigError> {
    if let Some(named) = env::var_os(ENVIRONMENT).filter(|path| !path.is_empty()) {
        return Ok(named.into());
    }
    let here = PathBuf::from(FILE_NAME);
    let users = etcetera::choose_base_strategy()
        .map(|strategy| strategy.config_dir().join("aftersales").join(FILE_NAME))
        .ok();
    let looked_at: Vec<PathBuf> = [Some(here), users].into_iter().flatten().collect();
    if let Some(file) = looked_at.iter().find(|file| file.is_file()) {
        return Ok(file.clone());
    }
    let looked_at: Vec<String> = looked_at
        .iter()
        .map(|it| it.display().to_string())
        .collect();
    Err(ConfigError {
        place: "configuration".to_owned(),
        problem: format!("there is none; looked for {}", looked_at.join(" and ")),
        advice: format!("write one, or name it with --config or ${ENVIRONMENT}"),
    })
}

/// Reads TOML. The parser's own display of an error quotes the line, and its message of a number
/// that does not fit quotes the number; either may be a secret.
fn read_table(text: &str, file: &Path) -> Result<Table, ConfigError> {
    DeTable::parse(text).map_err(|error| {
        let problem = format!("is not TOML: {}", error.message());
        malformed(&error, problem, text, file)
    })?;
    text.parse().map_err(|error| {
        let problem = "this value cannot be read; a text stands in quotes".to_owned();
        malformed(&error, problem, text, file)
    })
}

fn malformed(error: &toml::de::Error, problem: String, text: &str, file: &Path) -> ConfigError {
    let before = error.span().and_then(|span| text.get(..span.start));
    let place = match before {
        Some(before) => {
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            format!("{}:{line}:{column}", file.display())
        }
        None => file.display().to_string(),
    };
    ConfigError {
        place,
        problem,
        advice: "correct the line".to_owned(),
    }
}

/// The value itself, or what the environment variable or file that it names holds.
fn resolved(value: &Value, folder: &Path) -> Result<Value, SettingError> {
    let Value::Table(place) = value else {
        return Ok(value.clone());
    };
    let mut entries = place.iter();
    match (entries.next(), entries.next()) {
        (Some((key, Value::String(name))), None) if key == "env" => from_environment(name),
        (Some((key, Value::String(path))), None) if key == "file" => from_file(&folder.join(path)),
        _ => Err(SettingError::new(
            r#"must be a text, { env = "NAME" } or { file = "PATH" }"#,
        )),
    }
    .map(Value::String)
}

fn from_environment(name: &str) -> Result<String, SettingError> {
    let problem = match env::var(name) {
        Ok(value) if !value.is_empty() => return Ok(value),
        Ok(_) => "is empty",
        Err(env::VarError::NotPresent) => "is not set",
        Err(env::VarError::NotUnicode(_)) => "is not UTF-8",
    };
    // A name that does not look like one may be the secret itself, in the wrong place.
    let shown = if is_conventional(name) {
        name
    } else {
        "that it names"
    };
    let error = SettingError::new(format!("the environment variable {shown} {problem}"));
    Err(error.with_advice("set the variable for this command"))
}

/// Whether this is how environment variables are called: `SHOPLAZZA_TOKEN`.
fn is_conventional(name: &str) -> bool {
    name.contains('_')
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn from_file(path: &Path) -> Result<String, SettingError> {
    let text = fs::read_to_string(path).map_err(|error| {
        SettingError::new(format!("the file that it names cannot be read: {error}")).with_advice(
            "check the path, which starts at the folder of the configuration, and who may read it",
        )
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Configuration, ConfigError> {
        Configuration::parse(text, Path::new("a.toml"))
    }

    #[test]
    fn accounts_keep_the_order_of_the_file() {
        let configuration = parse(
            "[accounts.zebra]\nplatform = 'x'\n[accounts.ant]\nplatform = 'x'\n[accounts.cat]\n",
        )
        .unwrap();
        let names: Vec<&str> = configuration
            .accounts()
            .iter()
            .map(|account| account.name().as_str())
            .collect();
        assert_eq!(names, ["zebra", "ant", "cat"]);
    }

    #[test]
    fn a_broken_file_is_located_and_not_quoted() {
        for (text, message) in [
            (
                "[accounts.a]\naccess_token = \"CANARY\n",
                "a.toml:2:23: is not TOML: invalid basic string, expected `\"`",
            ),
            (
                "[accounts.a]\naccess_token = CANARY\n",
                "a.toml:2:16: is not TOML: string values must be quoted, expected literal string",
            ),
            (
                "[accounts.a]\naccess_token 'CANARY'\n",
                "a.toml:2:14: is not TOML: key with no value, expected `=`",
            ),
            (
                "[accounts.a]\nCANARY\n",
                "a.toml:2:7: is not TOML: key with no value, expected `=`",
            ),
            (
                "[accounts.a]\ntoken = 'CANARY'\ntoken = 'CANARY'\n",
                "a.toml:3:1: is not TOML: duplicate key",
            ),
            (
                "[accounts.a]\ntoken = 'CANARY' 'CANARY'\n",
                "a.toml:2:18: is not TOML: unexpected key or value, expected newline, `#`",
            ),
            (
                "[accounts.a]\ntoken = 99999999999999999999999\n",
                "a.toml:2:9: this value cannot be read; a text stands in quotes",
            ),
            (
                "[accounts.a\ntoken = 'CANARY'\n",
                "a.toml:1:12: is not TOML: unclosed table, expected `]`",
            ),
            (
                "[accounts.a]\ntoken = \"\\CANARY\"\n",
                "a.toml:2:11: is not TOML: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\\`, `\"`, `x`, `u`, `U`",
            ),
            (
                "token = 'CANARY'",
                "a.toml: token: there is no such setting",
            ),
            (
                "[account.a]\ntoken = 'CANARY'",
                "a.toml: account: there is no such setting",
            ),
            (
                "accounts = 'CANARY'",
                "a.toml: accounts: there is no such setting",
            ),
            ("[accounts]\na = 'CANARY'", "a.toml: a: is not an account"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
            assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
        }
    }

    #[test]
    fn an_unknown_platform_is_not_quoted() {
        let configuration = parse("[accounts.a]\nplatform = 'CANARY'\n").unwrap();
        let error = configuration.account("a").unwrap().connect().unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with("a.toml: account a: platform: must be one of "),
            "{message}"
        );
        assert!(!message.contains("CANARY"), "{message}");
    }

    #[test]
    fn an_unknown_account_is_answered_with_those_that_there_are() {
        let configuration = parse("[accounts.a]\n[accounts.b]\n").unwrap();
        let error = configuration.account("c").unwrap_err();
        assert_eq!(error.to_string(), "a.toml: there is no account \"c\"");
        assert_eq!(error.advice(), "the accounts are a, b");
    }

    #[test]
    fn secrets_come_from_the_text_the_environment_or_a_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token"), "from-file\r\n").unwrap();
        let missing = fs::read(folder.path().join("canary")).unwrap_err();
        let unreadable = format!("the file that it names cannot be read: {missing}");
        for (value, secret) in [
            ("'literal'", Ok("literal")),
            ("{ env = 'CARGO_PKG_NAME' }", Ok("aftersales")),
            ("{ file = 'token' }", Ok("from-file")),
            (
                "{ env = 'AFTERSALES_TEST_UNSET' }",
                Err("the environment variable AFTERSALES_TEST_UNSET is not set"),
            ),
            (
                "{ env = 'canary' }",
                Err("the environment variable that it names is not set"),
            ),
            ("{ file = 'canary' }", Err(unreadable.as_str())),
            (
                "{ env = 'A', file = 'canary' }",
                Err(r#"must be a text, { env = "NAME" } or { file = "PATH" }"#),
            ),
            (
                "{ canary = 'canary' }",
                Err(r#"must be a text, { env = "NAME" } or { file = "PATH" }"#),
            ),
        ] {
            let table: Table = format!("key = {value}").parse().unwrap();
            let found = resolved(&table["key"], folder.path());
            let found = found.map_err(|error| error.to_string());
            let found = found.as_ref().map(|it| it.as_str().unwrap_or_default());
            assert_eq!(found.map_err(String::as_str), secret, "{value}");
        }
    }
}
