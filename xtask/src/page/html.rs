//! A page saved as HTML, as blocks.
//!
//! The page is read as a stream of tags, with a list of the elements that are open. No tree is built, so neither the
//! depth of a page nor what is broken in it costs more than its length.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use html5gum::{DefaultEmitter, EndTag, HtmlString, Spanned, StartTag, Token, Tokenizer};

use super::block::{Block, Content, Row};

/// Whether a saved page is HTML. A Markdown page that contains tags, or begins with one, is not.
pub(crate) fn is_html(text: &str) -> bool {
    let text = without_prolog(text);
    let Some(tag) = text.strip_prefix('<') else {
        return false;
    };
    let is_name = |next: char| next.is_ascii_alphanumeric() || next == '!';
    let name = tag.split(|next| !is_name(next)).next().unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "!doctype" | "html" | "head" | "body" => true,
        name => (is_block(name) || matches!(name, "title" | "meta")) && !has_markdown(text),
    }
}

/// The blocks of a page, in order. Their `line` is the line of the saved page on which the element's tag or the text
/// begins.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut reader = Reader::new(page);
    for Ok(token) in Tokenizer::new_with_emitter(page, emitter) {
        reader.token(token);
    }
    reader.finish()
}

/// Without the byte order mark, the XML declaration and the comments that browsers put above a saved page.
fn without_prolog(text: &str) -> &str {
    let mut text = text.trim_start_matches('\u{feff}').trim_start();
    for (opening, closing) in [("<?", "?>"), ("<!--", "-->")] {
        while let Some((_, rest)) = text
            .strip_prefix(opening)
            .and_then(|rest| rest.split_once(closing))
        {
            text = rest.trim_start();
        }
    }
    text
}

/// A line that only Markdown begins like this: a heading, a fence, a row of a table.
fn has_markdown(text: &str) -> bool {
    text.lines().any(|line| {
        let after_hashes = line.trim_start_matches('#');
        let is_heading = after_hashes.len() < line.len() && after_hashes.starts_with(' ');
        is_heading || line.starts_with("```") || line.starts_with('|')
    })
}

struct Reader<'a> {
    place: Place<'a>,
    /// Those that mean something; of the others only what is left out has to be counted.
    open: Vec<Element>,
    /// Where in `open` the elements of a name are: no search has to walk the open elements.
    depths: HashMap<String, Vec<usize>>,
    /// How many of the open elements are left out with all that is in them.
    left_out: usize,
    /// The heading or line that is being read, outside of any table cell.
    text: Text,
    is_heading: bool,
    title: Text,
    is_title: bool,
    has_main_heading: bool,
    code: Option<Code>,
    tables: Vec<Table>,
    /// The block of a table that was nothing but a header.
    lone_header: Option<usize>,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Element {
    name: String,
    role: Role,
    /// The language of code that its class names.
    language: Option<String>,
}

/// What an element does to the text inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Nothing that matters here.
    Inline,
    /// It stands on lines of its own.
    Block,
    Title,
    Heading,
    /// `pre`, and what else keeps its lines.
    Preformatted,
    /// `code` outside of `pre`: a block, or words in a sentence.
    CodeSpan,
    Table,
    RowGroup,
    Row,
    Cell,
    LeftOut,
}

/// More columns than the table of a documentation has; a cell spans no more.
const WIDEST: usize = 64;

/// How far out of the code a highlighter names the language: `figure`, `table`, `tbody`, `tr`, `td`.
const NEAR: usize = 5;

impl<'a> Reader<'a> {
    fn new(page: &'a str) -> Self {
        Self {
            place: Place {
                page: page.as_bytes(),
                offset: 0,
                line: 1,
            },
            open: Vec::new(),
            depths: HashMap::new(),
            left_out: 0,
            text: Text::default(),
            is_heading: false,
            title: Text::default(),
            is_title: false,
            has_main_heading: false,
            code: None,
            tables: Vec::new(),
            lone_header: None,
            blocks: Vec::new(),
        }
    }

    fn token(&mut self, token: Token<usize>) {
        match token {
            Token::StartTag(tag) => self.start(&Tag::new(&tag)),
            Token::EndTag(tag) => self.end(&tag),
            Token::String(text) => self.characters(&text),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.close_from(0);
        self.end_line();
        let title = self.title.take();
        if !self.has_main_heading && !title.text.is_empty() {
            self.blocks.insert(0, title.into_block(Content::Heading));
        }
        self.blocks.retain(|block| !is_empty(&block.content));
        self.blocks
    }

    fn start(&mut self, tag: &Tag<'_>) {
        if is_void(&tag.name) {
            if matches!(&*tag.name, "br" | "hr") && self.left_out == 0 {
                match &mut self.code {
                    Some(code) => code.text.push('\n'),
                    None => self.end_line(),
                }
            }
            return;
        }
        self.imply_ends(&tag.name);
        let role = self.role(tag);
        if tag.is_empty_svg(self.left_out > 0) {
            return;
        }
        let language = tag.language();
        if let Some(code) = &mut self.code
            && code.language.is_none()
        {
            code.language.clone_from(&language);
        }
        if role != Role::Inline || self.left_out > 0 {
            self.enter(role, tag, language.as_deref());
            self.push_open(tag, role, language);
        }
    }

    fn end(&mut self, tag: &EndTag<usize>) {
        let name = String::from_utf8_lossy(&tag.name);
        // An end tag reaches no further than the cell it is in, or the table if it is that of a part of it.
        let walls: &[&str] = match &*name {
            "table" => &[],
            "caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" => &["table"],
            _ => &["td", "th", "caption"],
        };
        if let Some(depth) = self.innermost(&[&name], walls) {
            self.close_from(depth);
        }
    }

    fn characters(&mut self, text: &Spanned<HtmlString, usize>) {
        let written = String::from_utf8_lossy(text);
        if self.left_out > 0 {
            return;
        }
        if let Some(code) = &mut self.code {
            // HTML's way to keep a space, which is none in JSON.
            code.text.push_str(&written.replace('\u{a0}', " "));
            return;
        }
        let leading = written.find(|next: char| !next.is_whitespace());
        let line = self.place.line(text.span.start + leading.unwrap_or(0));
        self.flow().push(&written, line);
    }

    /// The end tags that a page may leave out before this tag.
    fn imply_ends(&mut self, name: &str) {
        let (ended, walls): (&[&str], &[&str]) = match name {
            "td" | "th" => (&["td", "th"], &["table"]),
            "tr" => (&["tr", "td", "th", "caption"], &["table"]),
            "thead" | "tbody" | "tfoot" => (
                &["thead", "tbody", "tfoot", "tr", "td", "th", "caption"],
                &["table"],
            ),
            "li" => (&["li"], &["ul", "ol", "table"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl", "table"]),
            "option" => (&["option"], &["select"]),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                (&["h1", "h2", "h3", "h4", "h5", "h6", "p"], &["td", "th"])
            }
            name if is_block(name) => (&["p"], &["td", "th", "caption", "button"]),
            _ => return,
        };
        let outermost = ended
            .iter()
            .filter_map(|name| self.innermost(&[name], walls))
            .min();
        if let Some(depth) = outermost {
            self.close_from(depth);
        }
    }

    /// The innermost open element of one of the names, unless one of the walls stands before it.
    fn innermost(&self, names: &[&str], walls: &[&str]) -> Option<usize> {
        let last = |names: &[&str]| {
            let depths = names
                .iter()
                .filter_map(|&name| self.depths.get(name)?.last());
            depths.max().copied()
        };
        last(names).filter(|depth| last(walls).is_none_or(|wall| wall < *depth))
    }

    /// What a tag means where it stands.
    fn role(&self, tag: &Tag<'_>) -> Role {
        let plain = if is_block(&tag.name) {
            Role::Block
        } else {
            Role::Inline
        };
        if self.left_out > 0 {
            return Role::Inline;
        }
        if tag.is_left_out() {
            return Role::LeftOut;
        }
        if self.code.is_some() || self.is_heading {
            return plain;
        }
        match &*tag.name {
            "title" => Role::Title,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if !self.is_in_cell() => Role::Heading,
            "pre" | "textarea" | "xmp" | "listing" | "plaintext" => Role::Preformatted,
            "code" => Role::CodeSpan,
            "table" => Role::Table,
            "thead" | "tbody" | "tfoot" if !self.tables.is_empty() => Role::RowGroup,
            "tr" if !self.tables.is_empty() => Role::Row,
            "td" | "th" if !self.tables.is_empty() => Role::Cell,
            _ => plain,
        }
    }

    fn enter(&mut self, role: Role, tag: &Tag<'_>, language: Option<&str>) {
        let line = self.place.line(tag.offset);
        match role {
            Role::Inline => {}
            Role::Block => self.end_line(),
            Role::Title => self.is_title = true,
            Role::Heading => {
                self.end_line();
                self.is_heading = true;
            }
            Role::Preformatted => {
                self.end_line();
                self.start_code(line, language);
            }
            Role::CodeSpan => self.start_code(line, language),
            Role::Table => {
                self.end_line();
                self.tables.push(Table::new(self.blocks.len()));
                let content = Content::Table(Vec::new());
                self.blocks.push(Block { line, content });
            }
            Role::RowGroup | Role::Row | Role::Cell => {
                if let Some(table) = self.tables.last_mut() {
                    table.enter(role, tag, line);
                }
            }
            Role::LeftOut => self.left_out += 1,
        }
    }

    fn push_open(&mut self, tag: &Tag<'_>, role: Role, language: Option<String>) {
        let name = tag.name.clone().into_owned();
        let depth = self.open.len();
        self.depths.entry(name.clone()).or_default().push(depth);
        self.open.push(Element {
            name,
            role,
            language,
        });
    }

    /// Closes the element at the depth and all that are in it.
    fn close_from(&mut self, depth: usize) {
        while self.open.len() > depth
            && let Some(element) = self.open.pop()
        {
            if let Some(depths) = self.depths.get_mut(&element.name) {
                depths.pop();
            }
            self.leave(&element);
        }
    }

    fn leave(&mut self, element: &Element) {
        match element.role {
            Role::Inline | Role::Row => {}
            Role::Block => self.end_line(),
            Role::Title => self.is_title = false,
            Role::Heading => self.end_heading(element.name == "h1"),
            Role::Preformatted | Role::CodeSpan => self.end_code(element.role),
            Role::RowGroup => {
                if let Some(table) = self.tables.last_mut() {
                    table.leave_group();
                }
            }
            Role::Cell => {
                if let Some(table) = self.tables.last_mut() {
                    table.has_open_cell = false;
                }
            }
            Role::Table => self.end_table(),
            Role::LeftOut => self.left_out -= 1,
        }
    }

    fn is_in_cell(&self) -> bool {
        self.tables.last().is_some_and(|table| table.has_open_cell)
    }

    /// Where text goes that is not code.
    fn flow(&mut self) -> &mut Text {
        if self.is_title {
            return &mut self.title;
        }
        match self.tables.last_mut().and_then(Table::open_cell) {
            Some(cell) => &mut cell.text,
            None => &mut self.text,
        }
    }

    /// In a heading or a cell, which have one line, a space.
    fn end_line(&mut self) {
        if let Some(code) = &mut self.code {
            code.end_line();
        } else if self.is_heading || self.is_in_cell() {
            self.flow().push(" ", 0);
        } else {
            let text = self.text.take();
            if !COPY_LABELS.contains(&text.text.to_lowercase().as_str()) {
                self.push_text(text.into_block(Content::Line));
            }
        }
    }

    fn end_heading(&mut self, is_main: bool) {
        self.is_heading = false;
        let mut heading = self.text.take();
        heading.text = without_anchor(&heading.text).to_owned();
        self.has_main_heading |= is_main && !heading.text.is_empty();
        self.push_text(heading.into_block(Content::Heading));
    }

    /// What stands in a table but in none of its cells, such as the caption, is shown above it.
    fn push_text(&mut self, block: Block) {
        if is_empty(&block.content) {
            return;
        }
        match self.tables.last_mut() {
            Some(table) => {
                self.blocks.insert(table.block, block);
                table.block += 1;
            }
            None => self.blocks.push(block),
        }
    }

    fn start_code(&mut self, line: usize, language: Option<&str>) {
        let around = || {
            let near = self.open.iter().rev().take(NEAR);
            near.filter_map(|element| element.language.as_deref())
                .next()
        };
        self.code = Some(Code {
            line,
            language: language.or_else(around).map(str::to_owned),
            text: String::new(),
        });
    }

    fn end_code(&mut self, role: Role) {
        let Some(code) = self.code.take() else {
            return;
        };
        let text = without_blank_edges(&code.text);
        let is_block = if self.is_in_cell() {
            role == Role::Preformatted && text.contains('\n')
        } else {
            role == Role::Preformatted || self.text.text.is_empty() && text.contains('\n')
        };
        if !is_block {
            self.flow().push(text, code.line);
            return;
        }
        self.drop_label(code.language.as_deref());
        let content = Content::Code {
            text: text.to_owned(),
            language: code.language,
        };
        self.blocks.push(Block {
            line: code.line,
            content,
        });
    }

    /// The name of the language that a highlighter shows above the code.
    fn drop_label(&mut self, language: Option<&str>) {
        if let (Some(language), Some(Content::Line(label))) =
            (language, self.blocks.last().map(|block| &block.content))
            && label.eq_ignore_ascii_case(language)
        {
            self.blocks.pop();
        }
    }

    fn end_table(&mut self) {
        self.end_line();
        let Some(table) = self.tables.pop() else {
            return;
        };
        let rows = table.grid();
        // Element UI and Ant Design draw the header as a table of its own, to keep it in sight.
        let header = self.lone_header.take();
        let is_below = header.is_some_and(|header| header + 1 == table.block);
        let target = match header {
            Some(header) if is_below && !table.rows.iter().any(|row| row.is_header) => header,
            _ => table.block,
        };
        if table.rows.iter().all(|row| row.is_header) {
            self.lone_header = Some(table.block);
        }
        if let Some(Content::Table(known)) =
            self.blocks.get_mut(target).map(|block| &mut block.content)
        {
            known.extend(rows);
        }
    }
}

/// Words on the button that copies a payload.
const COPY_LABELS: [&str; 7] = [
    "copy",
    "copy code",
    "copy to clipboard",
    "copied!",
    "复制",
    "复制代码",
    "复制成功",
];

fn is_empty(content: &Content) -> bool {
    match content {
        Content::Heading(text) | Content::Line(text) | Content::Code { text, .. } => {
            text.is_empty()
        }
        Content::Table(rows) => rows
            .iter()
            .all(|row| row.cells.iter().all(String::is_empty)),
    }
}

/// Without the mark that links to the heading.
fn without_anchor(heading: &str) -> &str {
    let heading = heading.trim_start_matches(['#', '¶', '§', '🔗', ' ']);
    let heading = heading.trim_end_matches(['¶', '§', '🔗', ' ']);
    heading.strip_suffix(" #").unwrap_or(heading)
}

/// Without the blank lines above and below; the first line keeps its indentation.
fn without_blank_edges(code: &str) -> &str {
    let code = code.trim_end();
    let indented = code.len() - code.trim_start().len();
    let blank = code.get(..indented).unwrap_or_default();
    let first = blank.rfind('\n').map_or(0, |end| end + 1);
    code.get(first..).unwrap_or_default()
}

/// Counts lines; offsets come in order.
struct Place<'a> {
    page: &'a [u8],
    offset: usize,
    line: usize,
}

impl Place<'_> {
    fn line(&mut self, offset: usize) -> usize {
        let offset = offset.min(self.page.len());
        if let Some(passed) = self.page.get(self.offset..offset) {
            self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
            self.offset = offset;
        }
        self.line
    }
}

/// Text in which any white space is one space.
#[derive(Debug, Default)]
struct Text {
    line: usize,
    text: String,
}

impl Text {
    fn push(&mut self, written: &str, line: usize) {
        for next in written.chars() {
            match next {
                // Marks without a width, such as the text of an invisible link to a heading.
                '\u{200b}' | '\u{feff}' => {}
                next if next.is_whitespace() => {
                    if !self.text.is_empty() && !self.text.ends_with(' ') {
                        self.text.push(' ');
                    }
                }
                next => {
                    if self.text.is_empty() {
                        self.line = line;
                    }
                    self.text.push(next);
                }
            }
        }
    }

    fn take(&mut self) -> Self {
        let mut taken = std::mem::take(self);
        taken.text.truncate(taken.text.trim_end().len());
        taken
    }

    fn into_block(self, content: fn(String) -> Content) -> Block {
        Block {
            line: self.line,
            content: content(self.text),
        }
    }
}

#[derive(Debug)]
struct Code {
    line: usize,
    language: Option<String>,
    text: String,
}

impl Code {
    /// Of an element that has the line to itself.
    fn end_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

#[derive(Debug)]
struct Table {
    /// Its place among the blocks; what is nested in it comes after it.
    block: usize,
    /// `thead`, `tbody` and `tfoot`: no cell spans rows of two of them.
    group: usize,
    is_header: bool,
    rows: Vec<WrittenRow>,
    has_open_cell: bool,
}

/// A row with the cells that the page has, not those that reach into it.
#[derive(Debug)]
struct WrittenRow {
    line: usize,
    group: usize,
    is_header: bool,
    cells: Vec<Cell>,
}

#[derive(Debug)]
struct Cell {
    text: Text,
    columns: usize,
    rows: usize,
}

impl Table {
    fn new(block: usize) -> Self {
        Self {
            block,
            group: 0,
            is_header: false,
            rows: Vec::new(),
            has_open_cell: false,
        }
    }

    fn enter(&mut self, role: Role, tag: &Tag<'_>, line: usize) {
        match role {
            Role::RowGroup => {
                self.group += 1;
                self.is_header = tag.name == "thead";
            }
            Role::Row => self.start_row(line),
            _ => {
                if self.rows.is_empty() {
                    self.start_row(line);
                }
                self.start_cell(tag);
            }
        }
    }

    fn start_row(&mut self, line: usize) {
        self.rows.push(WrittenRow {
            line,
            group: self.group,
            is_header: self.is_header,
            cells: Vec::new(),
        });
    }

    fn start_cell(&mut self, tag: &Tag<'_>) {
        if let Some(row) = self.rows.last_mut() {
            row.cells.push(Cell {
                text: Text::default(),
                columns: tag.span("colspan").clamp(1, WIDEST),
                // A span of 0 is to the end of the group.
                rows: tag
                    .span("rowspan")
                    .checked_sub(1)
                    .map_or(usize::MAX, |more| more + 1),
            });
            self.has_open_cell = true;
        }
    }

    fn open_cell(&mut self) -> Option<&mut Cell> {
        let row = self.rows.last_mut().filter(|_| self.has_open_cell)?;
        row.cells.last_mut()
    }

    fn leave_group(&mut self) {
        self.group += 1;
        self.is_header = false;
    }

    /// The rows with each cell in every place that it spans.
    fn grid(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut above = Vec::new();
        let mut group = 0;
        for row in &self.rows {
            if row.group != group {
                above.clear();
                group = row.group;
            }
            let cells = row.cells(&mut above);
            if !cells.is_empty() {
                rows.push(Row {
                    line: row.line,
                    cells,
                });
            }
        }
        rows
    }
}

/// What reaches down into the next rows, in one column.
#[derive(Debug, Clone, Default)]
struct Reach {
    rows: usize,
    text: String,
}

impl WrittenRow {
    fn cells(&self, above: &mut Vec<Reach>) -> Vec<String> {
        let mut cells = Vec::new();
        let mut written = self.cells.iter();
        loop {
            let reaches = |reach: &&mut Reach| reach.rows > 0;
            if let Some(reach) = above.get_mut(cells.len()).filter(reaches) {
                reach.rows -= 1;
                cells.push(reach.text.clone());
            } else if let Some(cell) = written.next() {
                cell.place(&mut cells, above);
            } else if above.iter().skip(cells.len()).any(|reach| reach.rows > 0) {
                cells.push(String::new());
            } else {
                return cells;
            }
        }
    }
}

impl Cell {
    fn place(&self, cells: &mut Vec<String>, above: &mut Vec<Reach>) {
        let text = self.text.text.trim_end();
        for _ in 0..self.columns {
            let column = cells.len();
            if self.rows > 1 && column < WIDEST {
                above.resize(above.len().max(column + 1), Reach::default());
                if let Some(reach) = above.get_mut(column) {
                    reach.rows = self.rows - 1;
                    text.clone_into(&mut reach.text);
                }
            }
            cells.push(text.to_owned());
        }
    }
}

struct Tag<'a> {
    name: Cow<'a, str>,
    attributes: &'a BTreeMap<HtmlString, Spanned<HtmlString, usize>>,
    is_self_closing: bool,
    offset: usize,
}

impl<'a> Tag<'a> {
    fn new(tag: &'a StartTag<usize>) -> Self {
        Self {
            name: String::from_utf8_lossy(&tag.name),
            attributes: &tag.attributes,
            is_self_closing: tag.self_closing,
            offset: tag.span.start,
        }
    }

    fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let value = self.attributes.get(name.as_bytes())?;
        Some(String::from_utf8_lossy(&value.value))
    }

    fn has_class(&self, classes: &[&str]) -> bool {
        let value = self.attribute("class").unwrap_or_default();
        value
            .split_whitespace()
            .any(|class| classes.contains(&class))
    }

    fn span(&self, name: &str) -> usize {
        let value = self.attribute(name);
        value
            .and_then(|value| value.trim().parse().ok())
            .unwrap_or(1)
    }

    /// Only in SVG does `/>` close a tag.
    fn is_empty_svg(&self, is_left_out: bool) -> bool {
        self.is_self_closing && (is_left_out || self.name == "svg")
    }

    fn is_left_out(&self) -> bool {
        match &*self.name {
            "html" | "body" => false,
            "script" | "style" | "noscript" | "svg" | "iframe" | "noembed" | "noframes" => true,
            // With the attribute, the content of a custom element as a browser saves it.
            "template" => self.attribute("shadowrootmode").is_none(),
            _ => self.is_hidden() || self.is_copy_button() || self.is_line_number(),
        }
    }

    /// A tab that is not in front is no copy of anything.
    fn is_hidden(&self) -> bool {
        let has = |name, value| self.attribute(name).is_some_and(|found| found == value);
        let hidden = self.attribute("hidden");
        (hidden.is_some_and(|hidden| hidden != "until-found") || has("aria-hidden", "true"))
            && !has("role", "tabpanel")
    }

    fn is_copy_button(&self) -> bool {
        let small = matches!(&*self.name, "a" | "button" | "i" | "span");
        small && self.has_class(&["copy"])
            || self.has_class(&[
                "btn-copy",
                "code-copy",
                "copy-btn",
                "copy-button",
                "copybtn",
            ])
    }

    /// The numbers that highlighters put beside the lines: Prism, highlight.js, Pygments, Rouge, Hexo, Chroma, …
    fn is_line_number(&self) -> bool {
        match &*self.name {
            // Prism wants its class here, or further out.
            "pre" | "code" | "table" | "ol" => false,
            "a" | "span" | "td" if self.has_class(&["line-numbers", "ln", "lnt"]) => true,
            _ => self.has_class(&LINE_NUMBERS),
        }
    }

    /// The language of code that the class or a `data` attribute names.
    fn language(&self) -> Option<String> {
        let class = self.attribute("class").unwrap_or_default();
        let named = match &*self.name {
            "pre" | "code" => {
                let is_code = class
                    .split_whitespace()
                    .any(|class| HIGHLIGHTED.contains(&class));
                class
                    .split_whitespace()
                    .find_map(|class| language_class(class).or_else(|| class.strip_prefix("lang-")))
                    .or_else(|| bare_language(&class).filter(|_| is_code))
                    .map(str::to_owned)
                    .or_else(|| Some(self.attribute("data-lang")?.into_owned()))
                    .or_else(|| Some(self.attribute("data-language")?.into_owned()))
            }
            "div" | "figure" | "td" => {
                let of_figure = bare_language(&class).filter(|_| self.name == "figure");
                let mut classes = class.split_whitespace();
                classes
                    .find_map(language_class)
                    .or(of_figure)
                    .map(str::to_owned)
            }
            _ => None,
        };
        let named = named?.to_lowercase();
        (!NO_LANGUAGE.contains(&named.as_str())).then_some(named)
    }
}

const LINE_NUMBERS: [&str; 14] = [
    "CodeMirror-gutter-wrapper",
    "CodeMirror-linenumber",
    "ace_gutter",
    "blob-num",
    "gutter",
    "hljs-ln-n",
    "hljs-ln-numbers",
    "line-number",
    "line-numbers-rows",
    "line-numbers-wrapper",
    "lineno",
    "linenos",
    "linenumber",
    "react-syntax-highlighter-line-number",
];

/// Classes of code beside which the language stands as a class of its own.
const HIGHLIGHTED: [&str; 4] = ["hljs", "highlight", "sourceCode", "prettyprint"];

/// What highlighters write where no language is known.
const NO_LANGUAGE: [&str; 5] = ["", "none", "undefined", "default", "no-highlight"];

/// Prism and highlight.js; GitHub; Sphinx.
fn language_class(class: &str) -> Option<&str> {
    let prefixed = ["language-", "highlight-source-"];
    let language = prefixed
        .iter()
        .find_map(|prefix| class.strip_prefix(prefix));
    language.or_else(|| bare_language(class.strip_prefix("highlight-")?))
}

fn bare_language(class: &str) -> Option<&str> {
    let known = |class: &&str| {
        matches!(
            *class,
            "json"
                | "http"
                | "bash"
                | "sh"
                | "shell"
                | "curl"
                | "xml"
                | "html"
                | "javascript"
                | "js"
                | "java"
                | "php"
                | "python"
                | "text"
        )
    };
    class.split_whitespace().find(known)
}

/// Elements that stand on lines of their own, or are laid out so by most pages.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "button"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "html"
            | "legend"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "option"
            | "p"
            | "pre"
            | "search"
            | "section"
            | "select"
            | "summary"
            | "table"
            | "tbody"
            | "tfoot"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// Elements without content and without an end tag.
fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::property::config;

    /// One text a block: `# heading`, `| cell | cell |` by row, "```language" above code, or the line itself.
    fn short(page: &str) -> Vec<String> {
        let short = |block: Block| match block.content {
            Content::Heading(text) => format!("# {text}"),
            Content::Line(text) => text,
            Content::Table(rows) => {
                let rows = rows
                    .iter()
                    .map(|row| format!("| {} |", row.cells.join(" | ")));
                rows.collect::<Vec<_>>().join("\n")
            }
            Content::Code { language, text } => {
                format!("```{}\n{text}", language.unwrap_or_default())
            }
        };
        blocks(page).into_iter().map(short).collect()
    }

    fn assert_blocks(cases: &[(&str, &[&str])]) {
        for (page, expected) in cases {
            assert_eq!(short(page), *expected, "{page}");
        }
    }

    #[test]
    fn text_is_lines_and_headings() {
        assert_blocks(&[
            ("<h1>A</h1><p>b <b>c</b>\n d</p>e", &["# A", "b c d", "e"]),
            (
                "<p>a<br>b<br/>c<p>d<div>e<div>f</div>g</div>",
                &["a", "b", "c", "d", "e", "f", "g"],
            ),
            (
                "<ul><li>a<li>b<ul><li>c</ul><li><p>d</ul>",
                &["a", "b", "c", "d"],
            ),
            (
                "<dl><dt>id<dd>number<dt>name<dd>string</dl>",
                &["id", "number", "name", "string"],
            ),
            (
                "&lt;a&gt; &amp; b&nbsp;&nbsp;c &#x4E2D;&#25991;",
                &["<a> & b c 中文"],
            ),
            (
                "<a class=\"__cf_email__\" data-cfemail=\"00\">[email&#160;protected]</a>",
                &["[email protected]"],
            ),
            (
                "<h2><div>a</div><div>b</div></h2><h3>c<h4>d</h4>e",
                &["# a b", "# c", "# d", "e"],
            ),
            ("<h2>Codes<a href=\"#c\">&#8203;</a></h2>", &["# Codes"]),
            (
                "<h2><a href=\"#c\">#</a> Codes</h2><h2>Body<a>¶</a></h2>",
                &["# Codes", "# Body"],
            ),
            (
                "<p>GET <code>/a/b</code> or <code>c</code></p>",
                &["GET /a/b or c"],
            ),
        ]);
    }

    #[test]
    fn the_title_is_the_heading_of_a_page_without_one() {
        assert_blocks(&[
            (
                "<head><title>T</title></head><body>a<h2>b</h2>",
                &["# T", "a", "# b"],
            ),
            (
                "<head><title>T</title></head><body>a<h1>b</h1>",
                &["a", "# b"],
            ),
            ("<title>T</title><h1><img src=logo></h1>a", &["# T", "a"]),
            ("<svg><title>icon</title></svg>a", &["a"]),
        ]);
    }

    #[test]
    fn what_readers_do_not_see_is_left_out() {
        assert_blocks(&[
            (
                "a<script>if (1 < 2) { '<p>x</p>' }</script><style>x</style>b",
                &["ab"],
            ),
            (
                "<noscript><p>x</p></noscript><template><p>x</template><p>a",
                &["a"],
            ),
            ("<svg><g><path/><text>x</text></g></svg>a<svg/>b", &["ab"]),
            (
                "<div hidden>x<p>y</div><p aria-hidden=\"true\">z</p>a",
                &["a"],
            ),
            (
                "<div role=tabpanel hidden>a</div><div hidden=until-found>b</div>",
                &["a", "b"],
            ),
            (
                "<x-y><template shadowrootmode=open><p>a</p></template></x-y>",
                &["a"],
            ),
            (
                "<button>Copy</button><button>复制</button><button>200</button>",
                &["200"],
            ),
            ("<p>json<span class=\"x copy\">复制</span>", &["json"]),
            ("<div hidden><p>x<!-- never closed --></section><p>y", &[]),
        ]);
    }

    #[test]
    fn tables_keep_rows_and_cells() {
        assert_blocks(&[
            (
                "<table><thead><tr><th>n</th><th>t</th></tr></thead><tbody><tr><td>a<br>b</td><td><p>c</p><p>d</p></td></tr></tbody></table>",
                &["| n | t |\n| a b | c d |"],
            ),
            (
                "<table><tr><td>a<td>b<tr><th>c<td><code>d</code></table>e",
                &["| a | b |\n| c | d |", "e"],
            ),
            (
                "<table><caption>Request</caption>b<tr><td>a</table>",
                &["Request", "b", "| a |"],
            ),
            (
                "<table><tr><td>a<h3>b</h3><ul><li>1: c<li>2: d</ul></td></tr></table>",
                &["| a b 1: c 2: d |"],
            ),
            (
                "<table><tr><td>a</div></p></td><td>b</table></div>c",
                &["| a | b |", "c"],
            ),
            ("<table><tr><td></td></tr><tr></tr></table>a", &["a"]),
        ]);
    }

    #[test]
    fn a_cell_is_repeated_wherever_it_spans() {
        assert_blocks(&[
            (
                "<table><tr><th rowspan=2>a<th colspan=2>b<tr><th>c<th>d<tr><td>1<td>2<td>3</table>",
                &["| a | b | b |\n| a | c | d |\n| 1 | 2 | 3 |"],
            ),
            (
                "<table><tr><td>1<td rowspan=2>a<tr><td>2<tr><td>3<td>b</table>",
                &["| 1 | a |\n| 2 | a |\n| 3 | b |"],
            ),
            (
                "<table><tr><td>1<td><td rowspan=2>a<tr><td>2</table>",
                &["| 1 |  | a |\n| 2 |  | a |"],
            ),
            (
                "<table><tbody><tr><td rowspan=0>a<td>1<tr><td>2</tbody><tbody><tr><td>b<td>3</table>",
                &["| a | 1 |\n| a | 2 |\n| b | 3 |"],
            ),
        ]);
    }

    #[test]
    fn what_is_nested_in_a_table_comes_after_it() {
        assert_blocks(&[
            (
                "<table><tr><td>a<table><tr><td>b</table><td>c</table>",
                &["| a | c |", "| b |"],
            ),
            (
                "<table><tr><td>400<td><pre>{\n  1\n}</pre><tr><td>500<td><pre>oops</pre></table>",
                &["| 400 |  |\n| 500 | oops |", "```\n{\n  1\n}"],
            ),
        ]);
    }

    #[test]
    fn a_header_that_is_drawn_as_a_table_of_its_own_is_joined_with_the_rows() {
        assert_blocks(&[(
            "<div><table><thead><tr><th>n<th>t<th class=gutter></table></div><div><table><tbody><tr><td>a<td>b</table></div><table><tr><td>c</table>",
            &["| n | t |\n| a | b |", "| c |"],
        )]);
    }

    #[test]
    fn code_keeps_its_lines_and_language() {
        assert_blocks(&[
            (
                "<p>a</p><pre><code class=\"language-json\">\n{\n  \"a\":&nbsp;\"&lt;\"\n}\n</code></pre>",
                &["a", "```json\n{\n  \"a\": \"<\"\n}"],
            ),
            ("<pre>  a\r\n\r\n b</pre>", &["```\n  a\n\n b"]),
            (
                "<pre><code class=\"hljs json\">1</code></pre>",
                &["```json\n1"],
            ),
            ("<pre lang=x data-lang=HTTP>1</pre>", &["```http\n1"]),
            (
                "<div class=\"highlight-json notranslate\"><div class=highlight><pre>1",
                &["```json\n1"],
            ),
            (
                "<div class=\"highlight highlight-source-shell\"><pre>1</pre></div>",
                &["```shell\n1"],
            ),
            (
                "<figure class=\"highlight json\"><table><tbody><tr><td class=gutter><pre>1\n2</pre><td class=code><pre>a\nb</pre></table></figure>",
                &["```json\na\nb"],
            ),
            (
                "<div class=\"language-json\"><button class=\"copy\"></button><span class=\"lang\">JSON</span><pre class=shiki><code><span class=line>{</span>\n<span class=line>}</span></code></pre></div>",
                &["```json\n{\n}"],
            ),
            (
                "<pre><code><div class=token-line>a</div><div class=token-line>  b<br></div><div>c</div></code></pre>",
                &["```\na\n  b\nc"],
            ),
            ("<pre><code>a<br>  b</code></pre>", &["```\na\n  b"]),
            ("<code class=\"lang-js\">a\n b</code>", &["```js\na\n b"]),
            (
                "<p><code class=\"language-plaintext\">a</code> is b</p>",
                &["a is b"],
            ),
            (
                "<textarea>{\n&quot;a&quot;: 1}</textarea><textarea></textarea>",
                &["```\n{\n\"a\": 1}"],
            ),
            ("<pre class=\"language-none\">a</pre>", &["```\na"]),
        ]);
    }

    #[test]
    fn line_numbers_are_no_code() {
        assert_blocks(&[
            (
                "<pre class=line-numbers><code>a<span class=line-numbers-rows><span>1</span></span></code></pre>",
                &["```\na"],
            ),
            (
                "<pre><code><table class=hljs-ln><tr><td class=hljs-ln-numbers>1</td><td>a</td></tr><tr><td class=hljs-ln-numbers>2</td><td> b</td></tr></table></code></pre>",
                &["```\na\n b"],
            ),
            (
                "<table class=highlighttable><tr><td class=linenos><pre>1</pre></td><td><div><pre><span></span>a\nb</pre></table>",
                &["```\na\nb"],
            ),
            ("<pre><span class=lnt>1\n</span>a</pre>", &["```\na"]),
            ("<div class=line-numbers><pre>a</pre></div>", &["```\na"]),
        ]);
    }

    #[test]
    fn a_block_knows_its_line_in_the_saved_page() {
        let page = "<!doctype html>\n<title>T</title>\n<p>\n a\n b\n<h2>\nc</h2><table>\n<tr><td>d\n<tr><td>e</table>\n<pre>\nf\n</pre>\ng";
        let lines: Vec<_> = blocks(page).iter().map(|block| block.line).collect();
        assert_eq!(lines, [2, 4, 7, 7, 10, 13]);
        let Some(Content::Table(rows)) = blocks(page).into_iter().nth(3).map(|block| block.content)
        else {
            panic!("the fourth block is the table");
        };
        let lines: Vec<_> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [8, 9]);
    }

    #[test]
    fn neither_depth_nor_damage_takes_long() {
        for (depth, open, close) in [
            (100_000, "<div>", "</div>"),
            (10_000, "<div>", "</p>"),
            (10_000, "<p><div>", "</p>"),
            (10_000, "<b>", "</i>"),
            (10_000, "<ul><li>", ""),
            (10_000, "<table><tr><td>", ""),
            (10_000, "<table><tr><td>", "</p>"),
            (10_000, "<svg><g>", "</g>"),
            (10_000, "<pre><code>", "</b>"),
            (10_000, "<h1><h2>", ""),
        ] {
            let page = format!("{}a{}", open.repeat(depth), close.repeat(depth));
            assert!(blocks(&page).len() <= 1, "{open}");
        }
        let wide = "<tr><td colspan=99999 rowspan=99999>a".repeat(1000);
        assert_eq!(blocks(&format!("<table>{wide}")).len(), 1);
    }

    proptest! {
        #![proptest_config(config(256))]

        #[test]
        fn no_text_is_lost_in_any_order_of_tags(parts in vec(select(PARTS), 0..60)) {
            let page = parts.concat();
            let shown: String = short(&page).concat();
            prop_assert_eq!(shown.matches('中').count(), page.matches('中').count());
        }
    }

    const PARTS: &[&str] = &[
        "中",
        " 中 ",
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<b>",
        "</b>",
        "<br>",
        "<li>",
        "<ul>",
        "</ul>",
        "<h1>",
        "</h1>",
        "<h2>",
        "<table>",
        "</table>",
        "<thead>",
        "</thead>",
        "<tbody>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<th>",
        "<caption>",
        "</caption>",
        "<pre>",
        "</pre>",
        "<code>",
        "</code>",
        "\n",
        "<dl>",
        "<dt>",
        "</dl>",
        "<button>",
        "</button>",
        "<section>",
        "</section>",
    ];

    #[test]
    fn markdown_with_tags_is_no_html() {
        let cases = [
            ("<!DOCTYPE html><p>a", true),
            (
                "\u{feff}<?xml version=\"1.0\"?>\n<!-- saved from url=(0001)x -->\n<HTML lang=en>",
                true,
            ),
            ("<div>a</div>", true),
            ("<table><tr><td>a", true),
            ("<div align=\"center\">\n\n# A\n</div>\n", false),
            ("<a name=\"x\"></a>\n\n## A", false),
            ("<p>a</p>\n\n```json\n{}\n```", false),
            ("<p>a</p>\n\n| a |\n|---|", false),
            ("# A\n\n<div>a</div>", false),
            ("a <b>c</b>", false),
            ("<xml><a>1</a></xml>", false),
            ("{\"a\": \"<p>\"}", false),
            ("", false),
        ];
        for (page, expected) in cases {
            assert_eq!(is_html(page), expected, "{page}");
        }
    }
}
