//! Columns on a screen.

use anstyle::Style;

use crate::text::{shortened, shortened_inside, width};

/// Between two columns.
pub(super) const GAP: &str = "  ";
/// A column with a lower rank goes before an id is cut.
const INDISPENSABLE: u8 = 7;

/// What a column is, whatever stands in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(super) name: &'static str,
    /// The column is never made narrower than this; a value that is whole is never cut at all.
    pub(super) at_least: AtLeast,
    /// The column is never made wider than this.
    pub(super) at_most: usize,
    /// Where space is short, the column with the lowest rank gives way first.
    pub(super) rank: u8,
    pub(super) align: Align,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtLeast {
    Whole,
    Columns(usize),
    /// Whole while there is a dispensable column to leave out; then cut in the middle, to this.
    WholeElse(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

impl Column {
    /// A column that is always there, and never cut.
    pub(crate) const fn whole(name: &'static str) -> Self {
        Self {
            name,
            at_least: AtLeast::Whole,
            at_most: usize::MAX,
            rank: u8::MAX,
            align: Align::Left,
        }
    }

    /// The same for numbers.
    pub(crate) const fn number(name: &'static str) -> Self {
        Self {
            align: Align::Right,
            ..Self::whole(name)
        }
    }
}

/// A value with the way it looks.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Cell {
    pub(super) fn plain(text: String) -> Self {
        Self {
            text,
            style: Style::new(),
        }
    }
}

/// Which columns are shown, and how wide. Made from some rows, used for those and all that follow.
#[derive(Debug)]
pub(super) struct Layout {
    shown: Vec<Shown>,
    color: bool,
}

#[derive(Debug, Clone, Copy)]
struct Shown {
    index: usize,
    column: Column,
    empty: bool,
    width: usize,
    /// Narrower than what stands in it.
    cut: bool,
}

impl Shown {
    fn least(&self) -> usize {
        match self.column.at_least {
            AtLeast::Whole => self.width,
            AtLeast::Columns(columns) | AtLeast::WholeElse(columns) => self.width.min(columns),
        }
    }

    /// The least width while there are dispensable columns.
    fn good(&self) -> usize {
        match self.column.at_least {
            AtLeast::WholeElse(_) => self.width,
            _ => self.least(),
        }
    }

    fn is_dispensable(&self) -> bool {
        self.empty || self.column.rank < INDISPENSABLE
    }
}

impl Layout {
    /// Finds the widths for a screen.
    pub(super) fn measure(
        columns: &[Column],
        rows: &[Vec<Cell>],
        screen: usize,
        color: bool,
    ) -> Self {
        let mut shown: Vec<Shown> = columns
            .iter()
            .enumerate()
            .map(|(index, &column)| {
                let cells = rows.iter().filter_map(|row| row.get(index));
                let widest = cells.map(|cell| width(&cell.text)).max().unwrap_or(0);
                Shown {
                    index,
                    column,
                    empty: widest == 0,
                    width: widest.max(width(column.name)).min(column.at_most),
                    cut: false,
                }
            })
            .collect();
        leave_out(&mut shown, screen, Shown::good, Shown::is_dispensable);
        leave_out(&mut shown, screen, Shown::least, |it| {
            it.column.rank < u8::MAX
        });
        narrow(&mut shown, screen);
        Self { shown, color }
    }

    /// The line with the names.
    pub(super) fn header(&self) -> String {
        let bold = Style::new().bold();
        self.joined(|shown| (shown.column.name, bold))
    }

    /// The line of a row.
    pub(super) fn line(&self, row: &[Cell]) -> String {
        self.joined(|shown| match row.get(shown.index) {
            Some(cell) => (&*cell.text, cell.style),
            None => ("", Style::new()),
        })
    }

    fn joined<'t>(&'t self, cell: impl Fn(&'t Shown) -> (&'t str, Style)) -> String {
        let mut line = String::new();
        let mut blanks = 0;
        for shown in &self.shown {
            let (text, style) = cell(shown);
            let text = match shown.column.at_least {
                AtLeast::Columns(_) => shortened(text, shown.width),
                AtLeast::WholeElse(_) if shown.cut => shortened_inside(text, shown.width),
                AtLeast::Whole | AtLeast::WholeElse(_) => text.into(),
            };
            let free = shown.width.saturating_sub(width(&text));
            if shown.column.align == Align::Right {
                blanks += free;
            }
            // Blanks are written when something follows them, so that no line ends with any.
            if !text.is_empty() {
                line.extend(std::iter::repeat_n(' ', blanks));
                blanks = 0;
                if self.color {
                    line.push_str(&format!("{style}{text}{style:#}"));
                } else {
                    line.push_str(&text);
                }
            }
            if shown.column.align == Align::Left {
                blanks += free;
            }
            blanks += GAP.len();
        }
        line.push('\n');
        line
    }
}

fn needed(shown: &[Shown], width: impl Fn(&Shown) -> usize) -> usize {
    let gaps = GAP.len() * shown.len().saturating_sub(1);
    shown.iter().map(width).sum::<usize>() + gaps
}

/// Leaves columns out until the others fit: empty ones first, then those with the lowest rank.
fn leave_out(
    shown: &mut Vec<Shown>,
    screen: usize,
    width: impl Fn(&Shown) -> usize,
    may_go: impl Fn(&Shown) -> bool,
) {
    while needed(shown, &width) > screen {
        let expendable = shown
            .iter()
            .enumerate()
            .filter(|(_, shown)| may_go(shown))
            .min_by_key(|(_, shown)| (!shown.empty, shown.column.rank));
        let Some((position, _)) = expendable else {
            return;
        };
        shown.remove(position);
    }
}

/// Takes columns back towards their least width, those with the lowest rank first.
fn narrow(shown: &mut [Shown], screen: usize) {
    let mut excess = needed(shown, |it| it.width).saturating_sub(screen);
    let mut by_rank: Vec<&mut Shown> = shown.iter_mut().collect();
    by_rank.sort_by_key(|shown| shown.column.rank);
    for shown in by_rank {
        let given = excess.min(shown.width - shown.least());
        shown.width -= given;
        shown.cut = given > 0;
        excess -= given;
    }
}
