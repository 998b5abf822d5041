//! `aftersales platforms`: what each platform can do.

use std::iter;

use aftersales::{ActionKind, Capabilities, Generation, PLATFORMS, Paging, Proof, Quota, Support};
use serde::Serialize;

use crate::args::OutputArgs;
use crate::console::{Console, Stop};
use crate::format::{Column, Format, Row, plain_table, print_rows};

pub(crate) fn run(output: &OutputArgs, console: &mut Console) -> Result<(), Stop> {
    let rows: Vec<PlatformRow> = PLATFORMS
        .iter()
        .flat_map(|platform| {
            let name = platform.platform().as_str();
            let generations = platform.generations().iter();
            generations.map(move |generation| PlatformRow::new(name, generation))
        })
        .collect();
    match Format::chosen(output) {
        Format::Table => console.print(&turned(&rows))?,
        format => print_rows(&rows, format, console)?,
    }
    Ok(())
}

#[derive(Serialize)]
struct PlatformRow {
    platform: &'static str,
    /// The value of the setting that chooses it.
    generation: Option<&'static str>,
    #[serde(flatten)]
    capabilities: Capabilities,
}

impl PlatformRow {
    fn new(platform: &'static str, generation: &Generation) -> Self {
        Self {
            platform,
            generation: generation.name,
            capabilities: generation.capabilities,
        }
    }
}

impl Row for PlatformRow {
    const COLUMNS: &'static [&'static str] = &[
        "platform",
        "generation",
        "list",
        "get by id",
        "get by order",
        "by merchant order",
        "needs buyer",
        "needs start",
        "ids only",
        "filter status",
        "filter created",
        "filter updated",
        "paging",
        "page size",
        "window",
        "quota",
        "approve",
        "reject",
        "accept return",
        "confirm receipt",
        "refund",
        "cancel",
        "submit evidence",
        "send message",
        "pushes",
    ];

    fn cells(&self) -> Vec<String> {
        let Capabilities {
            operations,
            filters,
            paging,
            page_size,
            window,
            quota,
            abilities,
            pushes,
        } = self.capabilities;
        let mut cells = vec![
            self.platform.to_owned(),
            self.generation.unwrap_or_default().to_owned(),
            yes(operations.list),
            yes(operations.find_by_id),
            yes(operations.find_by_order),
            yes(operations.find_by_merchant_order),
            yes(operations.needs_buyer),
            yes(operations.needs_start),
            yes(operations.lists_ids_only),
            support(filters.status),
            support(filters.created),
            support(filters.updated),
            match paging {
                Paging::None => String::new(),
                Paging::Numbered => "numbered".to_owned(),
                Paging::Cursor => "cursor".to_owned(),
            },
            match page_size.max {
                _ if page_size.default == 0 => String::new(),
                Some(max) if max != page_size.default => {
                    format!("{}, max {max}", page_size.default)
                }
                _ => page_size.default.to_string(),
            },
            window.map_or(String::new(), |it| format!("{} h", it.as_secs() / 3600)),
            quota.map_or(String::new(), quota_text),
        ];
        cells.extend(ActionKind::ALL.map(|kind| yes(abilities.can(kind))));
        cells.push(pushes.map_or(String::new(), proof));
        cells
    }
}

fn yes(it: bool) -> String {
    if it { "yes" } else { "" }.to_owned()
}

fn support(support: Support) -> String {
    match support {
        Support::No => "",
        Support::Native => "yes",
        Support::Emulated => "emulated",
    }
    .to_owned()
}

/// What is signed of a push.
fn proof(proof: Proof) -> String {
    match proof {
        Proof::Body => "signed",
        Proof::Sender => "signed, but not the body",
        Proof::Address => "not signed",
    }
    .to_owned()
}

fn quota_text(quota: Quota) -> String {
    match quota {
        Quota::Bucket {
            capacity,
            per_second,
        } => format!("{capacity}, +{per_second}/s"),
        Quota::Window { calls, seconds } => format!("{calls} in {seconds} s"),
    }
}

/// One line per capability: so many columns fit no screen. The platforms are the columns of one table, and a platform
/// of several generations has a table of its own.
fn turned(rows: &[PlatformRow]) -> String {
    let single: Vec<_> = rows.iter().filter(|row| row.generation.is_none()).collect();
    let several = rows.iter().filter(|row| row.generation.is_some());
    let mut tables = vec![table("", single, |row| row.platform)];
    let mut several: Vec<_> = several.collect();
    while let Some(first) = several.first() {
        let platform = first.platform;
        let (its_own, others) = several
            .into_iter()
            .partition(|row| row.platform == platform);
        let name = |row: &PlatformRow| row.generation.unwrap_or_default();
        tables.push(table(platform, its_own, name));
        several = others;
    }
    tables.join("\n")
}

/// What none of the rows has is left out.
fn table(
    corner: &'static str,
    rows: Vec<&PlatformRow>,
    name: impl Fn(&PlatformRow) -> &'static str,
) -> String {
    let names = iter::once(corner).chain(rows.iter().map(|row| name(row)));
    let columns: Vec<Column> = names.map(Column::whole).collect();
    let cells: Vec<Vec<String>> = rows.into_iter().map(Row::cells).collect();
    let lines = PlatformRow::COLUMNS
        .iter()
        .enumerate()
        .skip_while(|(_, name)| ["platform", "generation"].contains(name))
        .filter_map(|(line, name)| {
            let cells = cells.iter().filter_map(|cells| cells.get(line).cloned());
            let cells: Vec<String> = cells.collect();
            let is_there = cells.iter().any(|cell| !cell.is_empty());
            is_there.then(|| iter::once((*name).to_owned()).chain(cells).collect())
        });
    plain_table(&columns, lines.collect())
}
