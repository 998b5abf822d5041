//! Coverage-guided: libFuzzer makes the inputs for the parser that `$PARSER` names. See the README.

#![forbid(unsafe_code)]
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
use std::sync::LazyLock;

#[cfg(fuzzing)]
static PARSER: LazyLock<&fuzz::Parser> = LazyLock::new(|| {
    let name = std::env::var("PARSER").unwrap_or_default();
    fuzz::parsers()
        .find(|parser| parser.name() == name)
        .expect("$PARSER has to be a name that `cargo run -p fuzz -- --list` prints")
});

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(init: LazyLock::force(&PARSER), |input: &[u8]| {
    PARSER.read(input);
});

#[cfg(not(fuzzing))]
#[expect(clippy::print_stderr, reason = "a command talks to the terminal")]
fn main() -> std::process::ExitCode {
    eprintln!("only `cargo fuzz` can run this: see fuzz/README.md");
    std::process::ExitCode::from(2)
}
