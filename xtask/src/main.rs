//! The command. What it does is in the library, so that its readers can be fuzzed.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main()
}
