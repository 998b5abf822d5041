//! `aftersales export`: the cases of the local copy, for other programs.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

use aftersales::AfterSale;
use indicatif::{HumanCount, ProgressBar};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::{Filter, Mark, Sort, Stats};

use crate::args::{ExportArgs, OutputArgs};
use crate::console::{Console, Failure, Stop};
use crate::existing::Existing;
use crate::export::{Content, Folder, OneFile};
use crate::format::{Cases, Shown};
use crate::interrupt::Interrupt;
use crate::moment;

/// So many cases are read at a time.
const CHUNK: u32 = 500;

pub(crate) async fn run(
    args: &ExportArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let (since, until) = moment::range(args.since, args.until, console.now())?;
    // SIGTERM as well: what is not whole is to be taken away.
    let mut interrupt = Interrupt::of_service(Duration::MAX);
    let copy = Existing::open(&args.copy, config).await?;
    let filter = filter(&copy, args, since, until)?;
    let content = output
        .content()
        .ok_or_else(|| Failure::usage("there is no such export", "see --help"))?;
    let shown = Shown::new(output);
    let mut target = Target::create(args, content, shown)?;
    let bar = bar(args, &copy, console).await?;
    let copied = {
        let bar = bar.as_ref();
        target
            .take_all(&copy, &filter, shown, bar, &mut interrupt, console)
            .await
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let cases = copied?;
    target.finish(cases, args, console)
}

fn filter(
    copy: &Existing,
    args: &ExportArgs,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Filter, Failure> {
    let filter = copy.filter(&args.choice)?;
    let filter = if args.open {
        filter.only_open()
    } else {
        filter
    };
    let statuses = args.statuses.iter().copied();
    let filter = statuses.fold(filter, Filter::with_status);
    let filter = since.into_iter().fold(filter, Filter::with_created_since);
    Ok(until.into_iter().fold(filter, Filter::with_created_until))
}

/// A bar as long as there are cases, or a little longer: what is between two times is not counted beforehand. None
/// where the cases themselves are on the screen.
async fn bar(
    args: &ExportArgs,
    copy: &Existing,
    console: &Console,
) -> Result<Option<ProgressBar>, Failure> {
    if args.output.is_none() && io::stdout().is_terminal() {
        return Ok(None);
    }
    let Some(bar) = console.bar("export") else {
        return Ok(None);
    };
    let counted = copy.stats_filter(&args.choice)?;
    let today = console.now().to_zoned(TimeZone::UTC).date();
    let stats = copy.store.stats(&counted, today).await?;
    bar.set_length(most(args, &stats));
    Ok(Some(bar))
}

/// There are no more cases than this.
fn most(args: &ExportArgs, stats: &Stats) -> u64 {
    let all = if args.open {
        stats.total.open
    } else {
        stats.total.cases
    };
    if args.statuses.is_empty() {
        return all;
    }
    let by_status = stats.by_status.iter();
    let named = by_status.filter(|(status, _)| args.statuses.contains(status));
    named.map(|(_, tally)| tally.cases).sum::<u64>().min(all)
}

/// Where cases go.
enum Target {
    Stdout(Cases),
    File(Box<OneFile>),
    Folder(Box<Folder>),
}

impl Target {
    fn create(args: &ExportArgs, content: Content, shown: Shown) -> Result<Self, Failure> {
        let Some(path) = &args.output else {
            let Content::Lines(lines) = content else {
                return Err(Failure::usage(
                    "parquet needs a file",
                    "name it with --output",
                ));
            };
            return Ok(Self::Stdout(Cases::of_lines(lines, shown)));
        };
        Ok(if args.partition.is_empty() {
            Self::File(Box::new(OneFile::create(path, content, shown.raw)?))
        } else {
            let folder = Folder::create(path, &args.partition, content, shown.raw)?;
            Self::Folder(Box::new(folder))
        })
    }

    /// Takes all cases in the order in which they were first seen, and tells how many there were.
    async fn take_all(
        &mut self,
        copy: &Existing,
        filter: &Filter,
        shown: Shown,
        bar: Option<&ProgressBar>,
        interrupt: &mut Interrupt,
        console: &mut Console,
    ) -> Result<u64, Stop> {
        let mut taken = 0;
        let mut after: Option<Mark> = None;
        loop {
            let listing = tokio::select! {
                biased;
                () = interrupt.raised() => return Err(Stop::Interrupted),
                listing = copy.store.list(filter, Sort::FirstSeen, after.as_ref(), CHUNK) => listing?,
            };
            for case in listing.cases {
                self.take(case, shown, console)?;
                taken += 1;
            }
            if let Some(bar) = bar {
                bar.set_position(taken);
                bar.set_message(format!("{} cases", HumanCount(taken)));
            }
            after = listing.next;
            if after.is_none() {
                return Ok(taken);
            }
        }
    }

    fn take(&mut self, case: AfterSale, shown: Shown, console: &mut Console) -> Result<(), Stop> {
        match self {
            Self::Stdout(cases) => cases.print(case, console)?,
            Self::File(file) => file.add(&shown.of(case))?,
            Self::Folder(folder) => folder.add(&shown.of(case))?,
        }
        Ok(())
    }

    fn finish(self, cases: u64, args: &ExportArgs, console: &mut Console) -> Result<(), Stop> {
        let files = match self {
            Self::Stdout(cases) => return Ok(cases.finish(console)?),
            Self::File(file) => {
                file.finish()?;
                1
            }
            Self::Folder(folder) => folder.finish()?,
        };
        let path = args.output.as_deref().unwrap_or(Path::new("")).display();
        console.note(&format!(
            "{} cases in {} file{}: {path}",
            HumanCount(cases),
            HumanCount(files),
            if files == 1 { "" } else { "s" }
        ));
        Ok(())
    }
}
