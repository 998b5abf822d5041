//! A Markdown page as the blocks that a sheet is made of, each with its line.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A block and the line it begins on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) line: usize,
    pub(crate) content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// The text between the `---` lines at the top.
    FrontMatter(String),
    Heading {
        level: usize,
        text: String,
    },
    /// A paragraph, or one item of a list.
    Prose(String),
    /// The header is the first row.
    Table(Vec<Row>),
    /// A fenced block, its text as written.
    Fence {
        language: String,
        text: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Row {
    pub(crate) line: usize,
    /// The cells under a header.
    pub(crate) cells: Vec<Cell>,
    /// How many cells the line has; Markdown drops those that have no header.
    pub(crate) written: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) style: Style,
}

/// How the whole cell is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    /// Plain, or a mixture.
    #[default]
    Plain,
    /// One code span: the text is verbatim.
    Code,
    Italic,
}

/// The blocks of a page, in order.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut builder = Builder {
        page,
        blocks: Vec::new(),
        text: String::new(),
        rows: Vec::new(),
        spans: Vec::new(),
    };
    for (event, range) in Parser::new_ext(page, options).into_offset_iter() {
        builder.event(event, range.start);
    }
    builder.blocks
}

struct Builder<'a> {
    page: &'a str,
    blocks: Vec<Block>,
    /// Of the block or cell that is being read.
    text: String,
    rows: Vec<Row>,
    /// The styles inside the cell that is being read.
    spans: Vec<Style>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, offset: usize) {
        match event {
            Event::Start(tag) => self.start(tag, offset),
            Event::End(tag) => self.end(tag, offset),
            Event::Text(text) => {
                self.text.push_str(&text);
                self.spans.push(Style::Plain);
            }
            Event::Code(text) => {
                self.text.push_str(&text);
                self.spans.push(Style::Code);
            }
            Event::SoftBreak | Event::HardBreak => self.text.push('\n'),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, offset: usize) {
        match tag {
            Tag::Emphasis => {
                self.spans.push(Style::Italic);
                return;
            }
            Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. } => return,
            Tag::Table(_) => self.rows.clear(),
            Tag::TableHead | Tag::TableRow => self.rows.push(Row {
                line: self.line(offset),
                cells: Vec::new(),
                written: cells_in(self.page.get(offset..).unwrap_or_default()),
            }),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.push(
                    offset,
                    Content::Fence {
                        language,
                        text: String::new(),
                    },
                );
            }
            _ => {}
        }
        self.text.clear();
        self.spans.clear();
    }

    fn end(&mut self, tag: TagEnd, offset: usize) {
        match tag {
            TagEnd::MetadataBlock(_) => {
                let text = self.take_text();
                self.push(offset, Content::FrontMatter(text));
            }
            TagEnd::Heading(level) => {
                let text = self.take_text();
                self.push(
                    offset,
                    Content::Heading {
                        level: depth(level),
                        text,
                    },
                );
            }
            TagEnd::Paragraph | TagEnd::Item if !self.text.is_empty() => {
                let text = self.take_text();
                self.push(offset, Content::Prose(text));
            }
            TagEnd::CodeBlock => {
                let written = self.take_text();
                if let Some(Content::Fence { text, .. }) =
                    self.blocks.last_mut().map(|block| &mut block.content)
                {
                    *text = written;
                }
            }
            TagEnd::TableCell => {
                let cell = Cell {
                    text: self.take_text(),
                    style: self.style(),
                };
                if let Some(row) = self.rows.last_mut() {
                    row.cells.push(cell);
                }
            }
            TagEnd::Table => {
                let rows = std::mem::take(&mut self.rows);
                self.push(offset, Content::Table(rows));
            }
            _ => {}
        }
    }

    fn style(&self) -> Style {
        match self.spans.as_slice() {
            [Style::Code] => Style::Code,
            [Style::Italic, Style::Plain] => Style::Italic,
            _ => Style::Plain,
        }
    }

    fn take_text(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    fn push(&mut self, offset: usize, content: Content) {
        let line = self.line(offset);
        self.blocks.push(Block { line, content });
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.page.bytes().take(offset);
        before.filter(|&byte| byte == b'\n').count() + 1
    }
}

/// The cells of the row that the text begins with.
fn cells_in(text: &str) -> usize {
    let row = text.lines().next().unwrap_or_default().trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let row = row.strip_suffix('|').unwrap_or(row);
    let pipes = row.matches('|').count() - row.matches("\\|").count();
    pipes + 1
}

fn depth(level: HeadingLevel) -> usize {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_keep_lines_styles_and_verbatim_text() {
        let page = "---\na: b\n---\n\n# Title\n\nSome *prose*.\n\n| p | n |\n|---|---|\n| `a\\|\"\\\"b` | *string* |\n| | x `y` |\n\n```json\n{ 'a' \\ }\n```\n";
        let cell = |text: &str, style| Cell {
            text: text.to_owned(),
            style,
        };
        let row = |line, cells: [Cell; 2]| Row {
            line,
            cells: cells.into(),
            written: 2,
        };
        let expected = [
            (1, Content::FrontMatter("a: b\n".to_owned())),
            (
                5,
                Content::Heading {
                    level: 1,
                    text: "Title".to_owned(),
                },
            ),
            (7, Content::Prose("Some prose.".to_owned())),
            (
                9,
                Content::Table(vec![
                    row(9, [cell("p", Style::Plain), cell("n", Style::Plain)]),
                    row(
                        11,
                        [
                            cell("a|\"\\\"b", Style::Code),
                            cell("string", Style::Italic),
                        ],
                    ),
                    row(12, [cell("", Style::Plain), cell("x y", Style::Plain)]),
                ]),
            ),
            (
                14,
                Content::Fence {
                    language: "json".to_owned(),
                    text: "{ 'a' \\ }\n".to_owned(),
                },
            ),
        ];
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(line, content)| Block { line, content })
            .collect();
        assert_eq!(blocks(page), expected);
    }
}
