//! `import` and `drift` as a maintainer runs them: what they print where, and how they exit.

// `clippy.toml` allows these in tests, but does not see that helpers of tests are tests, too.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

use serde_json::{Value, json};

const PAGE: &str = include_str!("pages/xiaoe.after-sale-detail.txt");

/// Runs a command on a page that has been saved.
fn xtask(command: &str, page: &[u8], options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page");
    std::fs::write(&file, page).unwrap();
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args([command, "xiaoe", "after-sale-detail"])
        .arg(&file)
        .args(options)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn a_page_without_drift_exits_with_0() {
    let output = xtask("drift", PAGE.as_bytes(), &[]);
    assert_eq!(
        stdout(&output),
        "no drift: the page says what fixtures/xiaoe/after-sale-detail.md says\n"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn drift_exits_with_1_and_is_printed_for_people_and_for_machines() {
    let page = PAGE.replace("19:商家已签收]", "19:商家已签收,20:平台介入]");
    assert_ne!(page, PAGE);
    let output = xtask("drift", page.as_bytes(), &[]);
    let first = stdout(&output).lines().next().unwrap();
    assert_eq!(first, "codes added (response): `data.state`: 20");
    assert_eq!(output.status.code(), Some(1));

    let output = xtask("drift", page.as_bytes(), &["--format", "json"]);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let drift = json!({
        "kind": "codes_added", "part": "response", "subject": "data.state", "was": null, "is": "20"
    });
    let expected = json!({"platform": "xiaoe", "endpoint": "after-sale-detail", "drift": [drift]});
    assert_eq!(printed, expected);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_exits_with_2_and_says_why() {
    let broken = PAGE.replace("\"actual_fee\": 10", "\"actual_fee\": ten");
    for (page, why) in [
        (&b""[..], "it documents no field and shows no example"),
        (
            b"Just a notice.\n",
            "it documents no field and shows no example",
        ),
        (b"\xff\xfe\x00", "stream did not contain valid UTF-8"),
        (broken.as_bytes(), "`ten` is not a JSON value"),
    ] {
        let output = xtask("drift", page, &[]);
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        assert_eq!(output.status.code(), Some(2), "{why}");
    }
    let unknown = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["drift", "xiaoe", "no-such-call", file!()])
        .output()
        .unwrap();
    assert!(stderr(&unknown).contains("fixtures/xiaoe/no-such-call.md"));
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_draft_goes_to_stdout_and_what_its_reviewer_has_to_know_to_stderr() {
    let page = PAGE.replace("\"study_time\": null,", "'study_time': null,");
    let output = xtask("import", page.as_bytes(), &[]);
    assert!(stdout(&output).starts_with("---\nplatform: xiaoe\n"));
    let line = page
        .lines()
        .position(|line| line.contains("'study_time'"))
        .unwrap()
        + 1;
    let repaired = format!("line {line}: repaired at column 1: single quotes\n");
    assert!(stderr(&output).contains(&repaired), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("not understood:\n"),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(0));
}
