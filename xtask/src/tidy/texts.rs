//! What the files of the tree say about places: nothing of one machine, and no link that leads nowhere.

use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::error::{self, Result};
use crate::tidy::{Finding, relative};

/// The folders in which people and systems keep what is theirs alone.
const PRIVATE_FOLDERS: [&str; 4] = ["home", "root", "tmp", "Users"];

pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in error::walk(root)? {
        let file = relative(root, &path);
        let Some(text) = error::read_text(&path)? else {
            continue;
        };
        findings.extend(private_paths(&file, &text));
        // The pages and templates of these tasks are not read where they lie.
        if file.ends_with(".md") && !file.starts_with("xtask/") {
            findings.extend(dead_links(&path, &file, &text));
        }
    }
    Ok(findings)
}

fn private_paths(file: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (position, line) in text.lines().enumerate() {
        if let Some(folder) = private_folder(line) {
            let message = format!(
                "a path below /{folder} is of one machine: write it relative to the workspace"
            );
            findings.push(Finding::new(file, position + 1, message));
        }
    }
    findings
}

/// The private folder below which a path on this line is. `example.com/home/` and `../tmp/` are other places.
fn private_folder(line: &str) -> Option<&'static str> {
    let begins_path = |start: usize| {
        let before = line.get(..start).and_then(|before| before.chars().last());
        before.is_none_or(|last| !last.is_alphanumeric() && !"./_-~*}>".contains(last))
    };
    PRIVATE_FOLDERS.into_iter().find(|folder| {
        let path = format!("/{folder}/");
        line.match_indices(&path)
            .any(|(start, _)| begins_path(start))
    })
}

fn dead_links(path: &Path, file: &str, text: &str) -> Vec<Finding> {
    let folder = path.parent().unwrap_or(path);
    let links = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
    let dead = links.filter_map(|(event, range)| {
        let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else {
            return None;
        };
        let target = dest_url.split('#').next().unwrap_or_default();
        // With a colon it is an address of the web, or an item of the crate that the README documents.
        if target.is_empty() || target.contains(':') || folder.join(target).exists() {
            return None;
        }
        let before = text.bytes().take(range.start);
        let line = before.filter(|&byte| byte == b'\n').count() + 1;
        let message = format!("the link leads nowhere: there is no `{target}` beside this file");
        Some(Finding::new(file, line, message))
    });
    dead.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::{lines, tree};

    #[test]
    fn paths_of_one_machine_are_found_in_every_file() {
        let below = |folder: &str| format!("fine\nsee \"/{folder}/me/x\"\n");
        let root = tree(&[
            ("a.toml", below("home").as_str()),
            (".ci/run", below("root").as_str()),
            ("b/c.rs", below("tmp").as_str()),
            ("b/d.md", below("Users").as_str()),
            ("target/e.rs", below("tmp").as_str()),
            (".git/f", below("tmp").as_str()),
            ("aftersales.toml", below("home").as_str()),
            ("out/CACHEDIR.TAG", ""),
            ("out/g.rs", below("tmp").as_str()),
        ]);
        let found = lines(&check(root.path()).unwrap());
        let places: Vec<_> = found
            .iter()
            .map(|line| line.split(" is of one machine").next().unwrap())
            .collect();
        assert_eq!(
            places,
            [
                ".ci/run:2: a path below /root",
                "a.toml:2: a path below /home",
                "b/c.rs:2: a path below /tmp",
                "b/d.md:2: a path below /Users",
            ]
        );
    }

    #[test]
    fn relative_paths_and_addresses_are_of_no_machine() {
        for line in [
            "https://example.com/home/x",
            "../tmp/x",
            "{root}/tmp/x",
            "~/tmp/x",
            "/run/secrets/wx",
            "src/home/x",
            "/homepage/x",
        ] {
            assert_eq!(private_folder(line), None, "{line}");
        }
    }

    #[test]
    fn a_link_leads_to_a_file_an_address_or_an_item() {
        let sound = "[a](src) [b](src/lib.rs#L1) [c](#top) [d](https://example.com/) [e](core_model::Error)\n";
        let dead = "[`f`](src/gone.rs)\n\n| t |\n|---|\n| ![g](gone.png) |\n";
        let root = tree(&[
            ("crates/p/README.md", &format!("{sound}{dead}")),
            ("crates/p/src/lib.rs", ""),
            ("xtask/templates/README.md", dead),
        ]);
        let found = lines(&check(root.path()).unwrap());
        assert_eq!(
            found,
            [
                "crates/p/README.md:2: the link leads nowhere: there is no `src/gone.rs` beside this file",
                "crates/p/README.md:6: the link leads nowhere: there is no `gone.png` beside this file",
            ]
        );
    }
}
