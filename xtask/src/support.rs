//! `cargo xtask support`: the capability tables of the READMEs, from the capability data of the crates.
//!
//! The data comes from the command `aftersales platforms`: only the command knows all platforms, and these tasks
//! depend on no platform crate, so that they run when one does not compile.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::command::{cargo_output, words};
use crate::error::{self, Error, Result};
use crate::fixtures;

/// With all features: a new platform is not among the default ones before the sandbox knows it.
const PLATFORMS: &str =
    "run --quiet --package aftersales --all-features -- platforms --format json";

const BEGIN: &str = "<!-- support: begin, written by cargo xtask support -->";
const END: &str = "<!-- support: end -->";

const EMULATED: &str = "*emulated*: filtered on our side, with an exact result.";
const BLANK: &str = "\
A blank means that the platform documents no such thing, or not well enough to rely on it; asking for it is refused
before anything is sent.";

/// Writes each README whose table is stale.
pub(crate) fn write(root: &Path) -> Result<()> {
    let stale = stale(root, &platforms(root, PLATFORMS, &[])?)?;
    for readme in &stale {
        error::write(&root.join(&readme.file), &readme.text)?;
        println!("wrote {}", readme.file);
    }
    if stale.is_empty() {
        println!("every table was up to date");
    }
    Ok(())
}

/// Fails with the name of each README that `write` would change.
pub(crate) fn check(root: &Path) -> Result<()> {
    let stale = stale(root, &platforms(root, PLATFORMS, &[])?)?;
    if stale.is_empty() {
        return Ok(());
    }
    let list: Vec<_> = stale
        .iter()
        .map(|readme| format!("\n  stale: {}", readme.file))
        .collect();
    Err(Error::Check(format!(
        "tables do not agree with the capabilities in code:{}\nrun `cargo xtask support` and commit the result",
        list.concat()
    )))
}

/// Fails when the README of one platform does not agree with its crate, built without the others.
pub(crate) fn check_one(root: &Path, name: &str, env: &[(&str, &str)]) -> Result<()> {
    let command = PLATFORMS.replace(
        "--all-features",
        &format!("--no-default-features --features command,{name}"),
    );
    let platforms = platforms(root, &command, env)?;
    let file = format!("crates/{name}/README.md");
    let readme = error::read(&root.join(&file))?;
    let table = details(&platforms.iter().collect::<Vec<_>>());
    if with_table(&file, &readme, &table)? == readme {
        Ok(())
    } else {
        let message = format!(
            "the table of {file} does not agree with its capabilities; it should be\n{table}"
        );
        Err(Error::Check(message))
    }
}

fn platforms(root: &Path, command: &str, env: &[(&str, &str)]) -> Result<Vec<Platform>> {
    let printed = cargo_output(root, &words(command), env)?;
    serde_json::from_str(&printed).map_err(|error| {
        let outcome = format!(
            "printed what xtask/src/support.rs does not know ({error}): give a new capability a row in `QUESTIONS`"
        );
        Error::command(format!("cargo {command}"), outcome)
    })
}

/// What a platform can do, as the command prints it. Strict, so that a new capability cannot be left out of the tables.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Platform {
    platform: String,
    /// The value of the setting that chooses it, where a platform has several.
    generation: Option<String>,
    operations: Operations,
    filters: Filters,
    paging: Paging,
    page_size: PageSize,
    window: Option<Duration>,
    quota: Option<Quota>,
    abilities: Abilities,
    pushes: Option<Proof>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Abilities {
    approve: bool,
    reject: bool,
    accept_return: bool,
    confirm_receipt: bool,
    refund: bool,
    cancel: bool,
    submit_evidence: bool,
    send_message: bool,
}

/// What is signed of a push.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Proof {
    Body,
    Sender,
    Address,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operations {
    list: bool,
    find_by_id: bool,
    find_by_order: bool,
    find_by_merchant_order: bool,
    needs_buyer: bool,
    needs_start: bool,
    lists_ids_only: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filters {
    status: Support,
    created: Support,
    updated: Support,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Support {
    No,
    Native,
    Emulated,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Paging {
    None,
    Numbered,
    Cursor,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageSize {
    default: u32,
    max: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Quota {
    Bucket { capacity: u32, per_second: u32 },
    Window { calls: u32, seconds: u32 },
}

/// A README whose table is not as the capabilities say, with the text that it should have.
#[derive(Debug)]
struct Readme {
    file: String,
    text: String,
}

fn stale(root: &Path, platforms: &[Platform]) -> Result<Vec<Readme>> {
    let mut tables = vec![("README.md".to_owned(), overview(platforms))];
    for name in fixtures::platform_crates(root)? {
        let own = platforms
            .iter()
            .filter(|platform| platform.platform == name);
        let own: Vec<_> = own.collect();
        if own.is_empty() {
            return Err(Error::Check(format!(
                "`aftersales platforms` does not know {name}: add it to crates/aftersales/src/registry.rs"
            )));
        }
        tables.push((format!("crates/{name}/README.md"), details(&own)));
    }
    let mut stale = Vec::new();
    for (file, table) in tables {
        let present = error::read(&root.join(&file))?;
        let text = with_table(&file, &present, &table)?;
        if text != present {
            stale.push(Readme { file, text });
        }
    }
    Ok(stale)
}

/// The README with `table` between the two marks.
fn with_table(file: &str, readme: &str, table: &str) -> Result<String> {
    let parts = readme.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| {
        Error::Check(format!(
            "{file} has no place for the table of capabilities: put these two lines where it belongs\n  {BEGIN}\n  {END}"
        ))
    })?;
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

/// One line of a table.
struct Question {
    text: &'static str,
    /// None: the platform does not have it.
    answer: fn(&Platform) -> Option<String>,
    /// What a table of one platform says for none.
    otherwise: &'static str,
    /// Asked only of platforms that can list.
    of_list: bool,
}

const QUESTIONS: [Question; 20] = [
    Question {
        text: "list all cases",
        answer: list,
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "look a case up by its id",
        answer: |it| yes(it.operations.find_by_id),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "look cases up by order id",
        answer: |it| by_order(it, it.operations.find_by_order),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "look cases up by the merchant's own order id",
        answer: |it| by_order(it, it.operations.find_by_merchant_order),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "filter the list by status",
        answer: |it| support(it.filters.status),
        otherwise: "no",
        of_list: true,
    },
    Question {
        text: "filter the list by time of creation",
        answer: |it| support(it.filters.created),
        otherwise: "no",
        of_list: true,
    },
    Question {
        text: "filter the list by time of the last change",
        answer: |it| support(it.filters.updated),
        otherwise: "no",
        of_list: true,
    },
    Question {
        text: "pages of the list",
        answer: |it| paging(it.paging),
        otherwise: "none",
        of_list: true,
    },
    Question {
        text: "cases on a page",
        answer: |it| it.operations.list.then(|| page_size(&it.page_size)),
        otherwise: "unknown",
        of_list: true,
    },
    Question {
        text: "longest time range of a list",
        answer: |it| it.window.map(window),
        otherwise: "no limit known",
        of_list: true,
    },
    Question {
        text: "quota",
        answer: |it| it.quota.as_ref().map(quota),
        otherwise: "no figure is documented",
        of_list: false,
    },
    Question {
        text: "approve a case",
        answer: |it| yes(it.abilities.approve),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "reject a case",
        answer: |it| yes(it.abilities.reject),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "accept a return",
        answer: |it| yes(it.abilities.accept_return),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "confirm receipt of a return",
        answer: |it| yes(it.abilities.confirm_receipt),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "refund an amount",
        answer: |it| yes(it.abilities.refund),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "cancel a case",
        answer: |it| yes(it.abilities.cancel),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "submit evidence",
        answer: |it| yes(it.abilities.submit_evidence),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "send a message to the other side",
        answer: |it| yes(it.abilities.send_message),
        otherwise: "no",
        of_list: false,
    },
    Question {
        text: "pushes",
        answer: |it| it.pushes.map(pushes),
        otherwise: "none",
        of_list: false,
    },
];

impl Platform {
    /// As the column of a table that has all platforms.
    fn column(&self) -> String {
        match &self.generation {
            None => self.platform.clone(),
            Some(generation) => format!("{} {generation}", self.platform),
        }
    }
}

/// One line per question, one column per generation of a platform. A question that no platform can answer is left out.
fn overview(platforms: &[Platform]) -> String {
    let names: Vec<_> = platforms.iter().map(Platform::column).collect();
    let mut table = format!(
        "| | {} |\n|{}\n",
        names.join(" | "),
        "---|".repeat(names.len() + 1)
    );
    for question in &QUESTIONS {
        let answers: Vec<_> = platforms
            .iter()
            .map(|platform| (question.answer)(platform).unwrap_or_default())
            .collect();
        if answers.iter().any(|answer| !answer.is_empty()) {
            table += &row(question.text, &answers);
        }
    }
    table += "\n";
    if platforms.iter().any(emulates) {
        table += EMULATED;
        table += "\n";
    }
    table + BLANK + "\n"
}

/// One line per question that makes sense for the platform, one column per generation.
fn details(generations: &[&Platform]) -> String {
    let names: Vec<_> = generations
        .iter()
        .map(|it| it.generation.as_deref().unwrap_or("answer"))
        .collect();
    let mut table = format!(
        "| question | {} |\n|{}\n",
        names.join(" | "),
        "---|".repeat(names.len() + 1)
    );
    let lists = generations.iter().any(|it| it.operations.list);
    for question in QUESTIONS.iter().filter(|it| lists || !it.of_list) {
        let answer = |it: &&Platform| {
            let answer = (question.answer)(it);
            answer.unwrap_or_else(|| question.otherwise.to_owned())
        };
        let answers: Vec<_> = generations.iter().map(answer).collect();
        table += &row(question.text, &answers);
    }
    if generations.iter().any(|it| emulates(it)) {
        table += &format!("\n{EMULATED}\n");
    }
    table
}

fn row(question: &str, answers: &[String]) -> String {
    let cells = answers.iter().map(|answer| {
        if answer.is_empty() {
            " |".to_owned()
        } else {
            format!(" {answer} |")
        }
    });
    format!("| {question} |{}\n", cells.collect::<String>())
}

fn emulates(platform: &Platform) -> bool {
    let Filters {
        status,
        created,
        updated,
    } = platform.filters;
    [status, created, updated].contains(&Support::Emulated)
}

fn yes(it: bool) -> Option<String> {
    it.then(|| "yes".to_owned())
}

fn list(platform: &Platform) -> Option<String> {
    let operations = &platform.operations;
    let answer = match (operations.lists_ids_only, operations.needs_start) {
        (false, false) => "yes",
        (false, true) => "from a start on",
        (true, false) => "ids only",
        (true, true) => "ids only, from a start on",
    };
    operations.list.then(|| answer.to_owned())
}

fn by_order(platform: &Platform, can: bool) -> Option<String> {
    let answer = if platform.operations.needs_buyer {
        "with the buyer's id"
    } else {
        "yes"
    };
    can.then(|| answer.to_owned())
}

fn support(support: Support) -> Option<String> {
    match support {
        Support::No => None,
        Support::Native => Some("yes".to_owned()),
        Support::Emulated => Some("emulated".to_owned()),
    }
}

fn paging(paging: Paging) -> Option<String> {
    match paging {
        Paging::None => None,
        Paging::Numbered => Some("numbered".to_owned()),
        Paging::Cursor => Some("each names the next".to_owned()),
    }
}

fn page_size(size: &PageSize) -> String {
    match size.max {
        None if size.default == 0 => "as many as the platform gives".to_owned(),
        None => format!("{} (maximum unknown)", size.default),
        Some(max) if max == size.default => format!("{max} (the maximum)"),
        Some(max) => format!("{} (at most {max})", size.default),
    }
}

fn window(window: Duration) -> String {
    let hours = window.as_secs() / 3600;
    if hours > 24 && hours.is_multiple_of(24) {
        format!("{} days", hours / 24)
    } else {
        format!("{hours} hours")
    }
}

fn pushes(proof: Proof) -> String {
    match proof {
        Proof::Body => "signed",
        Proof::Sender => "signed, but not the body",
        Proof::Address => "not signed",
    }
    .to_owned()
}

fn quota(quota: &Quota) -> String {
    match quota {
        Quota::Bucket {
            capacity,
            per_second,
        } => format!("{capacity} calls at once, {per_second} more per second"),
        Quota::Window { calls, seconds: 60 } => format!("{calls} calls per minute"),
        Quota::Window { calls, seconds } => format!("{calls} calls in {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// As `aftersales platforms --format json` prints it.
    const PRINTED: &str = r#"[
      {"platform": "p", "generation": null, "operations": {"list": false, "find_by_id": false, "find_by_order": true,
        "find_by_merchant_order": true, "needs_buyer": true, "needs_start": false, "lists_ids_only": false},
       "filters": {"status": "no", "created": "no", "updated": "no"}, "paging": "none",
       "page_size": {"default": 0, "max": null}, "window": null, "quota": null,
       "abilities": {"approve": false, "reject": false, "accept_return": false, "confirm_receipt": false, "refund": false, "cancel": false, "submit_evidence": false, "send_message": false}, "pushes": null},
      {"platform": "q", "generation": null, "operations": {"list": true, "find_by_id": true, "find_by_order": true,
        "find_by_merchant_order": false, "needs_buyer": false, "needs_start": true, "lists_ids_only": true},
       "filters": {"status": "emulated", "created": "native", "updated": "no"}, "paging": "numbered",
       "page_size": {"default": 20, "max": 50}, "window": {"secs": 2678400, "nanos": 0},
       "quota": {"bucket": {"capacity": 40, "per_second": 2}},
       "abilities": {"approve": true, "reject": true, "accept_return": false, "confirm_receipt": false, "refund": false, "cancel": false, "submit_evidence": false, "send_message": false}, "pushes": "sender"}
    ]"#;

    fn made_up() -> Vec<Platform> {
        serde_json::from_str(PRINTED).unwrap()
    }

    /// A workspace with two platforms whose tables are still empty.
    fn workspace() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("README.md", readme("")),
            ("crates/p/README.md", readme("")),
            ("crates/q/README.md", readme("")),
            ("crates/p/Cargo.toml", String::new()),
            ("crates/q/Cargo.toml", String::new()),
            ("fixtures/p/e.md", String::new()),
            ("fixtures/q/e.md", String::new()),
        ] {
            error::write(&root.path().join(file), &text).unwrap();
        }
        root
    }

    fn readme(table: &str) -> String {
        format!("# Before\n\n{BEGIN}\n{table}{END}\n\nafter\n")
    }

    fn files(readmes: &[Readme]) -> Vec<&str> {
        readmes.iter().map(|readme| readme.file.as_str()).collect()
    }

    #[test]
    fn the_overview_has_a_column_per_platform_and_explains_its_words() {
        let expected = format!(
            "| | p | q |\n|---|---|---|\n\
             | list all cases | | ids only, from a start on |\n\
             | look a case up by its id | | yes |\n\
             | look cases up by order id | with the buyer's id | yes |\n\
             | look cases up by the merchant's own order id | with the buyer's id | |\n\
             | filter the list by status | | emulated |\n\
             | filter the list by time of creation | | yes |\n\
             | pages of the list | | numbered |\n\
             | cases on a page | | 20 (at most 50) |\n\
             | longest time range of a list | | 31 days |\n\
             | quota | | 40 calls at once, 2 more per second |\n\
             | approve a case | | yes |\n\
             | reject a case | | yes |\n\
             | pushes | | signed, but not the body |\n\
             \n{EMULATED}\n{BLANK}\n"
        );
        assert_eq!(overview(&made_up()), expected);
    }

    #[test]
    fn a_platform_without_a_list_is_not_asked_about_its_list() {
        let [p, q] = made_up().try_into().unwrap();
        assert_eq!(
            details(&[&p]),
            "| question | answer |\n|---|---|\n\
             | list all cases | no |\n\
             | look a case up by its id | no |\n\
             | look cases up by order id | with the buyer's id |\n\
             | look cases up by the merchant's own order id | with the buyer's id |\n\
             | quota | no figure is documented |\n\
             | approve a case | no |\n\
             | reject a case | no |\n\
             | accept a return | no |\n\
             | confirm receipt of a return | no |\n\
             | refund an amount | no |\n\
             | cancel a case | no |\n\
             | submit evidence | no |\n\
             | send a message to the other side | no |\n\
             | pushes | none |\n"
        );
        let details = details(&[&q]);
        assert!(
            details.contains("| filter the list by time of the last change | no |\n"),
            "{details}"
        );
        assert!(details.ends_with(&format!("\n\n{EMULATED}\n")), "{details}");
    }

    #[test]
    fn every_stale_table_is_named_and_what_is_around_it_stays() {
        let root = workspace();
        let stale_readmes = stale(root.path(), &made_up()).unwrap();
        assert_eq!(
            files(&stale_readmes),
            ["README.md", "crates/p/README.md", "crates/q/README.md"]
        );
        for readme in &stale_readmes {
            error::write(&root.path().join(&readme.file), &readme.text).unwrap();
        }
        assert_eq!(files(&stale(root.path(), &made_up()).unwrap()), [""; 0]);
        let written = fs::read_to_string(root.path().join("crates/p/README.md")).unwrap();
        let [p, mut q] = made_up().try_into().unwrap();
        assert_eq!(written, readme(&details(&[&p])));

        q.quota = None;
        assert_eq!(
            files(&stale(root.path(), &[p, q]).unwrap()),
            ["README.md", "crates/q/README.md"]
        );
    }

    #[test]
    fn a_readme_without_a_place_for_the_table_is_refused_by_name() {
        for marks in ["", BEGIN, END] {
            let root = workspace();
            error::write(&root.path().join("crates/q/README.md"), marks).unwrap();
            let message = stale(root.path(), &made_up()).unwrap_err().to_string();
            assert!(
                message.starts_with("crates/q/README.md has no place"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_crate_that_the_command_does_not_know_is_refused() {
        let root = workspace();
        let known: Vec<_> = made_up().into_iter().take(1).collect();
        let message = stale(root.path(), &known).unwrap_err().to_string();
        assert!(message.contains("does not know q"), "{message}");
    }

    #[test]
    fn a_page_size_says_what_is_known_of_it() {
        for (default, max, text) in [
            (20, Some(50), "20 (at most 50)"),
            (50, Some(50), "50 (the maximum)"),
            (20, None, "20 (maximum unknown)"),
            (0, None, "as many as the platform gives"),
        ] {
            assert_eq!(page_size(&PageSize { default, max }), text);
        }
    }

    #[test]
    fn a_new_capability_cannot_be_left_out() {
        let printed = PRINTED.replace("\"paging\"", "\"can_fly\": true, \"paging\"");
        assert!(serde_json::from_str::<Vec<Platform>>(&printed).is_err());
    }
}
