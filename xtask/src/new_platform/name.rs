//! The name of a platform, and what is made of it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{self, Error, Result};

/// What a crate cannot be called in Rust: its keywords, in use and reserved, its own crates, and its primitive types,
/// which a crate of that name would hide from the ones that use it.
const RUST: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "bool",
    "box",
    "break",
    "char",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "f32",
    "f64",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "if",
    "impl",
    "in",
    "isize",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "str",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "unsafe",
    "unsized",
    "use",
    "usize",
    "virtual",
    "where",
    "while",
    "yield",
];

/// A platform's name: that of its crate, its folders, its feature, and in records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(String);

impl Name {
    /// The name of a new platform, once it is known that it fits and is free.
    pub(super) fn new(root: &Path, name: &str) -> Result<Self> {
        let refused = |problem: String| Err(Error::Refused(format!("`{name}` {problem}")));
        if let Some(problem) = malformed(name) {
            return refused(problem.to_owned());
        }
        let known = Self::known(name);
        let taken = [PathBuf::from(name)].into_iter().chain(known.folders());
        if let Some(folder) = taken.into_iter().find(|folder| root.join(folder).exists()) {
            return refused(format!("is taken: there is {}", folder.display()));
        }
        for (file, line) in [
            ("Cargo.lock", format!("name = \"{name}\"")),
            // Packages whose names differ in this alone are one to Rust and to registries.
            ("Cargo.lock", format!("name = \"{}\"", known.module())),
            (super::AFTERSALES, format!("{name} = [")),
        ] {
            let text = error::read(&root.join(file))?;
            if text.lines().any(|known| known.starts_with(&line)) {
                return refused(format!("is taken: {file} has `{line}`"));
            }
        }
        Ok(known)
    }

    /// The name of a platform that is there.
    pub(super) fn known(name: &str) -> Self {
        Self(name.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders that hold nothing but this platform: its crate and its sheets.
    pub(super) fn folders(&self) -> [PathBuf; 2] {
        ["crates", "fixtures"].map(|folder| Path::new(folder).join(&self.0))
    }

    /// A template with the name in it: `a-shop`, `a_shop`, `AShop`, `A_SHOP`.
    pub(super) fn fill(&self, template: &str) -> String {
        let module = self.module();
        template
            .replace("{{name}}", &self.0)
            .replace("{{crate}}", &module)
            .replace("{{Type}}", &self.type_name())
            .replace("{{VARIABLE}}", &module.to_ascii_uppercase())
    }

    fn module(&self) -> String {
        self.0.replace('-', "_")
    }

    fn type_name(&self) -> String {
        let words = self.0.split('-').map(|word| {
            let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
            first.to_ascii_uppercase() + rest
        });
        words.collect()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn malformed(name: &str) -> Option<&'static str> {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if !name.split('-').all(is_word) {
        Some("is no name: use lower-case letters, digits and single hyphens, such as `a-shop`")
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        Some("is no name: it has to begin with a letter")
    } else if RUST.contains(&name) {
        Some("means something else in Rust")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            (
                "Cargo.lock",
                "[[package]]\nname = \"serde\"\n\n[[package]]\nname = \"serde_json\"\n",
            ),
            (super::super::AFTERSALES, "[features]\ncommand = [\n]\n"),
            ("crates/xiaoe/Cargo.toml", ""),
            ("fixtures/sheets-only/list.md", ""),
            ("xtask/Cargo.toml", ""),
        ] {
            error::write(&root.path().join(path), text).unwrap();
        }
        root
    }

    #[test]
    fn a_name_is_refused_with_what_is_wrong_with_it() {
        let form =
            "is no name: use lower-case letters, digits and single hyphens, such as `a-shop`";
        let root = workspace();
        for (name, problem) in [
            ("", form),
            ("Shop", form),
            ("a_shop", form),
            ("a--shop", form),
            ("-shop", form),
            ("shop-", form),
            ("a shop", form),
            ("shöp", form),
            ("../shop", form),
            ("1688", "is no name: it has to begin with a letter"),
            ("match", "means something else in Rust"),
            ("core", "means something else in Rust"),
            ("str", "means something else in Rust"),
            ("xiaoe", "is taken: there is crates/xiaoe"),
            ("sheets-only", "is taken: there is fixtures/sheets-only"),
            ("xtask", "is taken: there is xtask"),
            ("serde", "is taken: Cargo.lock has `name = \"serde\"`"),
            (
                "serde-json",
                "is taken: Cargo.lock has `name = \"serde_json\"`",
            ),
            (
                "command",
                "is taken: crates/aftersales/Cargo.toml has `command = [`",
            ),
        ] {
            let error = Name::new(root.path(), name).unwrap_err();
            assert_eq!(error.to_string(), format!("`{name}` {problem}"));
        }
    }

    #[test]
    fn a_free_name_is_accepted() {
        let root = workspace();
        for name in ["a", "shop", "a-shop", "shop24", "shop-1688", "serde-shop"] {
            assert_eq!(Name::new(root.path(), name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_template_takes_the_name_in_each_form() {
        let template = "{{name}} {{crate}} {{Type}} {{VARIABLE}}";
        for (name, filled) in [
            ("xiaoe", "xiaoe xiaoe Xiaoe XIAOE"),
            (
                "shop-1688-cn",
                "shop-1688-cn shop_1688_cn Shop1688Cn SHOP_1688_CN",
            ),
        ] {
            assert_eq!(Name::known(name).fill(template), filled);
        }
    }
}
