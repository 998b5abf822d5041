//! Where data, diagnostics and progress go, and how it all ends.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use aftersales::{ConfigError, Error, ErrorKind, Queue};
use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::Timestamp;

use crate::args::OutputArgs;
use crate::text::clean;

/// Data is handed on in pieces of about this size.
const FULL: usize = 64 * 1024;
/// A listing that takes longer than this shows its progress.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a bar turns.
const REDRAW: Duration = Duration::from_millis(100);

/// Data on stdout, everything else on stderr.
pub(crate) struct Console {
    now: Timestamp,
    started: Instant,
    data: Vec<u8>,
    /// None where nobody would see them.
    bars: Option<MultiProgress>,
    listing: Option<ProgressBar>,
    shows_answers: bool,
    exit: Exit,
}

impl Console {
    pub(crate) fn new(output: &OutputArgs, now: Timestamp) -> Self {
        // Progress would be torn apart by the lines of `--verbose`.
        let progress = io::stderr().is_terminal() && !output.verbose;
        Self {
            now,
            started: Instant::now(),
            data: Vec::new(),
            bars: progress.then(MultiProgress::new),
            listing: None,
            shows_answers: output.verbose && !output.redact,
            exit: Exit::Fine,
        }
    }

    /// When the command was started.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Takes a whole piece of output. It is kept until there is enough of it, or until
    /// [`flush`](Self::flush), so that output ends between two pieces whatever happens.
    pub(crate) fn print(&mut self, piece: &str) -> io::Result<()> {
        self.print_with(|data| {
            data.extend_from_slice(piece.as_bytes());
            Ok(())
        })
    }

    /// The same for a piece that is appended to what is kept. Of one that fails nothing is left.
    pub(crate) fn print_with(
        &mut self,
        append: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        let whole = self.data.len();
        append(&mut self.data).inspect_err(|_| self.data.truncate(whole))?;
        if self.data.len() < FULL {
            return Ok(());
        }
        self.flush()
    }

    /// Hands on what was printed.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.data.is_empty() {
            return Ok(());
        }
        let mut data = std::mem::take(&mut self.data);
        let written = self.beside_progress(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(&data)?;
            stdout.flush()
        });
        data.clear();
        self.data = data;
        written
    }

    /// Tells something that is no failure.
    pub(crate) fn note(&self, text: &str) {
        self.say(AnsiColor::Cyan.on_default(), "note", text, None);
    }

    /// Shows lines for whoever has to decide, whole.
    pub(crate) fn show(&self, lines: &[String]) {
        self.beside_progress(|| {
            let mut stderr = anstream::stderr().lock();
            for line in lines {
                // There is nobody left to tell when stderr is closed.
                let _ = writeln!(stderr, "{}", clean(line));
            }
        });
    }

    /// Asks, on a terminal: anything but `y` or `yes` is a no. `None` where there is nobody to ask.
    pub(crate) async fn ask(&self, question: &str) -> io::Result<Option<bool>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        self.beside_progress(|| {
            let mut stderr = anstream::stderr().lock();
            write!(stderr, "{question} [y/N] ")?;
            stderr.flush()
        })?;
        // Beside the runtime, so that Ctrl-C is heard meanwhile.
        let read = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().read_line(&mut answer).map(|_| answer)
        });
        let answer = read.await.map_err(io::Error::other)??;
        let answer = answer.trim();
        Ok(Some(
            ["y", "yes"]
                .iter()
                .any(|yes| answer.eq_ignore_ascii_case(yes)),
        ))
    }

    /// Tells of a failure that is no reason to end, and for which the exit code does not change.
    pub(crate) fn warn(&self, text: &str, hint: &str) {
        let yellow = AnsiColor::Yellow.on_default().bold();
        self.say(yellow, "warning", text, Some(hint));
    }

    /// Reports a failure, and remembers it for the exit code.
    pub(crate) fn fail(&mut self, failure: impl Into<Failure>) {
        let failure = failure.into();
        let red = AnsiColor::Red.on_default().bold();
        self.say(red, "error", &failure.what, Some(&failure.hint));
        if let Some(answer) = failure.answer.filter(|_| self.shows_answers) {
            self.say(Style::new().dimmed(), "  answer", &answer, None);
        }
        self.remember(failure.exit);
    }

    /// Lets the command end with this code, unless a worse one is known already.
    pub(crate) fn remember(&mut self, exit: Exit) {
        self.exit = self.exit.max(exit);
    }

    /// Shows how far a listing is, once it takes long.
    pub(crate) fn show_progress(&mut self, queue: &Queue, accounts: usize) {
        let Some(bars) = &self.bars else { return };
        if self.started.elapsed() < PATIENCE {
            return;
        }
        let bar = self.listing.get_or_insert_with(|| {
            let bar =
                ProgressBar::new_spinner().with_style(style("{spinner} {msg}, {human_pos} cases"));
            bars.add(bar)
        });
        let done = accounts - queue.accounts_left();
        bar.set_message(format!("{done}/{accounts} accounts"));
        bar.set_position(queue.examined());
        bar.tick();
    }

    /// A bar of its own for something that has a name and takes its time; `None` where nobody would see it.
    pub(crate) fn bar(&self, name: &str) -> Option<ProgressBar> {
        let bars = self.bars.as_ref()?;
        let bar = ProgressBar::no_length().with_style(style("{spinner} {prefix} {wide_bar} {msg}"));
        let bar = bars.add(bar.with_prefix(clean(name).into_owned()));
        bar.enable_steady_tick(REDRAW);
        Some(bar)
    }

    /// Ends everything.
    pub(crate) fn close(mut self, done: Result<(), Stop>) -> Exit {
        let done = done.and(self.flush().map_err(Stop::from));
        if let Some(bar) = &self.listing {
            bar.finish_and_clear();
        }
        match done {
            Ok(()) => self.exit,
            Err(Stop::Failed(failure)) => {
                self.fail(*failure);
                self.exit
            }
            Err(Stop::Interrupted) => {
                // What was printed before is whole, and still goes out.
                let _ = self.flush();
                Exit::Interrupted
            }
            // Whoever reads has seen enough, as in `aftersales list | head`.
            Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => self.exit,
            Err(Stop::Output(error)) => {
                let what = format!("the output cannot be written: {error}");
                self.fail(Failure::new(
                    what,
                    "check the disk or the program that reads it",
                ));
                self.exit
            }
        }
    }

    fn say(&self, style: Style, label: &str, text: &str, hint: Option<&str>) {
        self.beside_progress(|| {
            let mut stderr = anstream::stderr().lock();
            // There is nobody left to tell when stderr is closed.
            let _ = writeln!(stderr, "{style}{label}:{style:#} {}", clean(text));
            if let Some(hint) = hint {
                let _ = writeln!(stderr, "  hint: {}", clean(hint));
            }
        });
    }

    fn beside_progress<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style.unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// Whether tables are coloured.
pub(crate) fn stdout_has_color() -> bool {
    AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Whether diagnostics are coloured.
pub(crate) fn stderr_has_color() -> bool {
    AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// How the command ends; a later one outweighs an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// All fine.
    Fine,
    /// Some account failed, or a case could not be read.
    Failed,
    /// An action may have taken effect, and nobody knows.
    Unconfirmed,
    /// Something has to be corrected before the command is run again.
    Usage,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unconfirmed => 3,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command ends before its time.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(Box<Failure>),
    Output(io::Error),
    Interrupted,
}

impl<T: Into<Failure>> From<T> for Stop {
    fn from(failure: T) -> Self {
        Self::Failed(Box::new(failure.into()))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What happened, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: String,
    answer: Option<String>,
    exit: Exit,
}

impl Failure {
    /// Something that went wrong on this machine.
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
            answer: None,
            exit: Exit::Failed,
        }
    }

    /// Something that has to be corrected before the command is run again.
    pub(crate) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            ..Self::new(what, hint)
        }
    }

    /// Something that went wrong with one account of several: that it cannot do what was asked of
    /// all is no wrong usage.
    pub(crate) fn of_account(error: Error) -> Self {
        let unsupported = error.kind() == ErrorKind::Unsupported;
        let failure = Self::from(error);
        Self {
            exit: if unsupported {
                Exit::Failed
            } else {
                failure.exit
            },
            ..failure
        }
    }

    /// An action of which nobody knows whether it took effect.
    pub(crate) fn unconfirmed(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            exit: Exit::Unconfirmed,
            ..Self::new(what, hint)
        }
    }

    /// Something that does not show in how the command ends.
    #[cfg(feature = "listen")]
    pub(crate) fn in_passing(self) -> Self {
        Self {
            exit: Exit::Fine,
            ..self
        }
    }

    /// Says more about what to do.
    pub(crate) fn with_hint(self, hint: String) -> Self {
        Self { hint, ..self }
    }

    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    pub(crate) fn hint(&self) -> &str {
        &self.hint
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            what: error.to_string(),
            hint: error.kind().advice().to_owned(),
            answer: error.body_excerpt().map(str::to_owned),
            exit: match error.kind() {
                ErrorKind::Config | ErrorKind::Unsupported => Exit::Usage,
                _ => Exit::Failed,
            },
        }
    }
}

impl From<&store::Error> for Failure {
    fn from(error: &store::Error) -> Self {
        let (what, hint) = (error.to_string(), error.kind().advice());
        match error.kind() {
            store::ErrorKind::Config => Self::usage(what, hint),
            _ => Self::new(what, hint),
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&sync::Failure> for Failure {
    fn from(failure: &sync::Failure) -> Self {
        match failure {
            sync::Failure::Platform(error) => Self::of_account(error.clone()),
            sync::Failure::Copy(error) => error.into(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string(), error.advice())
    }
}
