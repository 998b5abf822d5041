//! Shops to run the real binary against: a sandbox, and a folder with its configuration.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Output, Stdio};

use aftersales::AfterSale;
use sandbox::{Builder, OrderRef, Sandbox};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What is configured as a secret somewhere below contains this, or is the sandbox's own.
const CANARY: &str = "CANARY";
const SECRETS: [&str; 6] = [
    CANARY,
    "sandbox-imetastore-password",
    "sandbox-shoplazza-token",
    "sandbox-wechat-secret",
    "sandbox-xiaoe-secret",
    "sandbox-xportcn-secret",
];

/// A sandbox, and a folder with its configuration.
pub(crate) struct Shops {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
    // Serves until it is dropped.
    pub(crate) runtime: Runtime,
}

impl Shops {
    pub(crate) fn open(faults: &[&str]) -> Self {
        let builder = faults.iter().fold(Sandbox::builder(), |builder, fault| {
            builder.fault(fault.parse().unwrap())
        });
        Self::with(builder)
    }

    pub(crate) fn with(builder: Builder) -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(builder.start()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let shops = Self {
            sandbox,
            folder,
            runtime,
        };
        shops.configure(&shops.sandbox.config());
        shops
    }

    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.folder.path().join("aftersales.toml"), text).unwrap();
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aftersales"));
        command
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path().join("config"))
            .env("COLUMNS", "200")
            .env_remove("AFTERSALES_CONFIG");
        command
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        Ran::new(line, self.command(line).output().unwrap())
    }

    pub(crate) fn spawn(&self, line: &str) -> Child {
        self.command(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn order(&self, platform: &str) -> OrderRef {
        self.sandbox.orders(platform).next().unwrap()
    }
}

/// How a command ended. Made only where nothing leaked.
pub(crate) struct Ran {
    pub(crate) line: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn new(line: &str, output: Output) -> Self {
        let ran = Self {
            line: line.to_owned(),
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        for secret in SECRETS {
            assert!(!ran.stdout.contains(secret), "{secret}: {ran}");
            assert!(!ran.stderr.contains(secret), "{secret}: {ran}");
        }
        assert!(!ran.stderr.contains("panicked"), "{ran}");
        ran
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is missing: {self}");
        self
    }

    pub(crate) fn cases(&self) -> Vec<AfterSale> {
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn accounts(&self) -> BTreeSet<String> {
        let cases = self.cases().into_iter();
        cases.map(|case| case.account.as_str().to_owned()).collect()
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stdout: String = self.stdout.chars().take(2000).collect();
        write!(
            f,
            "aftersales {}\nexit {}\n{stdout}\n{}",
            self.line, self.code, self.stderr
        )
    }
}
