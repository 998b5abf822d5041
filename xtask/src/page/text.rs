//! A page saved as text or Markdown, as blocks.
//!
//! Saved text has lost most of its marks: a heading may be a plain line, a payload may stand without a fence. What
//! can only be code is recognised by its shape; what could be a row or a heading stays a line, because only its
//! surroundings can tell.

use std::ops::Range;

use super::block::{Block, Content, Row};
use super::column::Column;
use super::{html, payload};

pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let page = page.strip_prefix('\u{feff}').unwrap_or(page);
    let lines = page.lines().collect();
    Reader {
        lines,
        at: 0,
        blocks: Vec::new(),
    }
    .read()
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    at: usize,
    blocks: Vec<Block>,
}

impl Reader<'_> {
    fn read(mut self) -> Vec<Block> {
        while let Some(&line) = self.lines.get(self.at) {
            if let Some(marker) = fence(line) {
                self.fenced(marker, line);
            } else if let Some(end) = self.html_table() {
                self.push_html(end);
            } else if let Some(end) = self.table() {
                self.push_table(end);
            } else if let Some(end) = self.code() {
                self.push_code(self.at..end, None);
                self.at = end;
            } else {
                self.line(line);
            }
        }
        self.blocks
    }

    fn fenced(&mut self, marker: &str, line: &str) {
        let body = self.at + 1;
        let rest = self.lines.iter().skip(body);
        let length = rest
            .take_while(|line| !line.trim_start().starts_with(marker))
            .count();
        let language = line.trim().trim_start_matches(['`', '~']).trim();
        let language = language.split([' ', '{', ',']).next().unwrap_or_default();
        self.at = body;
        self.push_code(body..body + length, Some(language));
        self.at = body + length + 1;
    }

    fn line(&mut self, line: &str) {
        let text = line.trim_start();
        let is_underlined = self
            .lines
            .get(self.at + 1)
            .map(|next| next.trim_end())
            .is_some_and(|next| next.len() > 2 && next.bytes().all(|byte| byte == b'='));
        let hashes = text.bytes().take_while(|&byte| byte == b'#').count();
        let heading = text.get(hashes..).filter(|text| {
            (1..=6).contains(&hashes) && (text.starts_with([' ', '\t']) || text.is_empty())
        });
        if let Some(heading) = heading {
            self.push_text(Content::Heading, plain(heading.trim_end_matches('#')));
        } else if is_underlined && !text.is_empty() {
            self.push_text(Content::Heading, plain(text));
            self.at += 1;
        } else if !is_rule(text) {
            self.push_text(Content::Line, plain(without_bullet(text)));
        }
        self.at += 1;
    }

    fn push_text(&mut self, content: fn(String) -> Content, text: String) {
        if !text.is_empty() {
            self.push(content(text));
        }
    }

    /// The end of the HTML table that begins here: Markdown has no other way to join cells.
    fn html_table(&self) -> Option<usize> {
        let begins = |line: &str| line.trim_start().to_lowercase().starts_with("<table");
        self.lines.get(self.at).filter(|line| begins(line))?;
        let mut rest = self.lines.iter().enumerate().skip(self.at);
        let end = rest.find(|(_, line)| line.to_lowercase().contains("</table"));
        Some(end.map_or(self.lines.len(), |(index, _)| index + 1))
    }

    fn push_html(&mut self, end: usize) {
        let text = self.lines.get(self.at..end).unwrap_or_default().join("\n");
        for mut block in html::blocks(&text) {
            block.line += self.at;
            if let Content::Table(rows) = &mut block.content {
                for row in rows {
                    row.line += self.at;
                }
            }
            self.blocks.push(block);
        }
        self.at = end;
    }

    /// The end of the pipe table that begins here: a header above a line of dashes, or a header whose columns
    /// are known by name.
    fn table(&self) -> Option<usize> {
        let header = self.lines.get(self.at)?;
        let next = self.lines.get(self.at + 1)?;
        let has_pipe = |line: &str| line.contains('|');
        let known = || {
            let columns = cells(header);
            columns.len() > 1 && columns.iter().all(|cell| Column::named(cell).is_some())
        };
        if !has_pipe(header) || !(is_separator(next) || has_pipe(next) && known()) {
            return None;
        }
        let rows = self.lines.iter().skip(self.at + 1);
        let mut end = self.at + 1;
        // A cell with line breaks goes on until the row is closed as the header is.
        let closed =
            |line: &str| !header.trim_end().ends_with('|') || line.trim_end().ends_with('|');
        let mut open = false;
        for line in rows {
            let belongs = open && !line.trim().is_empty() || has_pipe(line);
            if !belongs {
                break;
            }
            open = !closed(line);
            end += 1;
        }
        Some(end)
    }

    fn push_table(&mut self, end: usize) {
        let mut rows: Vec<Row> = Vec::new();
        let mut pending: Option<(usize, String)> = None;
        let header = self.lines.get(self.at).copied().unwrap_or_default();
        let ends_in_pipe = header.trim_end().ends_with('|');
        let lines: Vec<_> = self.lines.iter().copied().enumerate().collect();
        for &(index, line) in lines.get(self.at..end).unwrap_or_default() {
            if pending.is_none() && is_separator(line) {
                // Two tables with nothing between them: the row above is the header of the second.
                if rows.len() > 1
                    && let Some(header) = rows.pop()
                {
                    let first = std::mem::replace(&mut rows, vec![header]);
                    self.push(Content::Table(first));
                }
                continue;
            }
            let (first, text) = match pending.take() {
                Some((first, text)) => (first, format!("{text} {}", line.trim())),
                None => (index, line.to_owned()),
            };
            if ends_in_pipe && !text.trim_end().ends_with('|') && index + 1 < end {
                pending = Some((first, text));
                continue;
            }
            rows.push(Row {
                line: first + 1,
                cells: cells(&text),
            });
        }
        self.push(Content::Table(rows));
        self.at = end;
    }

    /// The end of the code that begins here without a fence.
    fn code(&self) -> Option<usize> {
        let line = self.lines.get(self.at)?.trim_start();
        if is_request_line(line) {
            Some(self.http_end())
        } else if line.trim_start_matches("$ ").starts_with("curl ") {
            Some(self.curl_end())
        } else {
            self.json_end(self.at).or_else(|| self.xml_end())
        }
    }

    /// XML from one line that begins with its root to one that has its end.
    fn xml_end(&self) -> Option<usize> {
        const LONGEST: usize = 100;
        let tag = self.lines.get(self.at)?.trim_start().strip_prefix('<')?;
        let (root, _) = tag.split_once('>')?;
        let end = format!("</{root}>");
        let mut rest = self.lines.iter().enumerate().skip(self.at).take(LONGEST);
        let (last, _) = rest.find(|(_, line)| line.contains(&end))?;
        let text = self.lines.get(self.at..=last)?.join("\n");
        payload::xml(&text).map(|_| last + 1)
    }

    /// Request line and headers, then an empty line and a JSON body.
    fn http_end(&self) -> usize {
        let rest = self.lines.iter().skip(self.at + 1);
        let head = self.at + 1 + rest.take_while(|line| is_header(line)).count();
        let is_separated = self
            .lines
            .get(head)
            .is_some_and(|line| line.trim().is_empty());
        let body = is_separated.then(|| self.json_end(head + 1)).flatten();
        body.unwrap_or(head)
    }

    /// As long as the line is continued, or a quote is open and what it holds can be a payload: where a command has
    /// a stray quote, the page goes on all the same.
    fn curl_end(&self) -> usize {
        let mut quote = None;
        let mut is_continued = true;
        let mut end = self.at;
        for line in self.lines.iter().skip(self.at) {
            let text = line.trim();
            let is_payload =
                || text.is_empty() || text.starts_with(['<', '-']) || looks_like_json(text);
            if !is_continued && (quote.is_none() || !is_payload()) {
                break;
            }
            for next in line.chars() {
                match (quote, next) {
                    (None, '"' | '\'') => quote = Some(next),
                    (Some(open), next) if open == next => quote = None,
                    _ => {}
                }
            }
            is_continued = text.ends_with('\\');
            end += 1;
        }
        end
    }

    /// JSON, however damaged: up to where its brackets close, or where the text no longer looks like it.
    fn json_end(&self, start: usize) -> Option<usize> {
        let first = self.lines.get(start)?.trim_start();
        let is_rooted = begins_container(first);
        if !is_rooted && !begins_member(first) {
            return None;
        }
        let mut depth = 0_i64;
        let mut end = start;
        for (index, line) in self.lines.iter().enumerate().skip(start) {
            let text = line.trim();
            if text.is_empty() {
                continue;
            }
            if end > start && text.starts_with('{') && depth == 0 && !self.comma_before(end) {
                break;
            }
            if !looks_like_json(text) {
                break;
            }
            depth += brackets(text);
            end = index + 1;
            let is_closed = if is_rooted { depth <= 0 } else { depth < 0 };
            if is_closed && !text.ends_with(',') && !self.comma_after(end) {
                break;
            }
        }
        Some(end)
    }

    fn comma_before(&self, end: usize) -> bool {
        let before = end.checked_sub(1).and_then(|index| self.lines.get(index));
        before.is_some_and(|line| line.trim_end().ends_with([',', ';']))
    }

    fn comma_after(&self, end: usize) -> bool {
        let mut after = self.lines.iter().skip(end).map(|line| line.trim());
        after
            .find(|line| !line.is_empty())
            .is_some_and(|line| line.starts_with(','))
    }

    /// A label such as `json` on the line before names the language.
    fn push_code(&mut self, range: Range<usize>, language: Option<&str>) {
        let text = self.lines.get(range).unwrap_or_default().join("\n");
        let mut language = language
            .filter(|name| !name.is_empty())
            .map(str::to_lowercase);
        if language.is_none()
            && let Some(Block {
                content: Content::Line(label),
                ..
            }) = self.blocks.last()
            && LANGUAGES.contains(&label.to_lowercase().as_str())
        {
            language = Some(label.to_lowercase());
            self.blocks.pop();
        }
        self.push(Content::Code { language, text });
    }

    fn push(&mut self, content: Content) {
        self.blocks.push(Block {
            line: self.at + 1,
            content,
        });
    }
}

/// Labels that pages put above a payload.
const LANGUAGES: [&str; 9] = [
    "json",
    "xml",
    "http",
    "bash",
    "shell",
    "curl",
    "text",
    "html",
    "javascript",
];

/// The mark that opens and closes a fence.
fn fence(line: &str) -> Option<&'static str> {
    let text = line.trim_start();
    ["```", "~~~"]
        .into_iter()
        .find(|mark| text.starts_with(mark))
}

fn is_rule(text: &str) -> bool {
    let text = text.trim();
    text.len() > 2
        && ["-", "*", "_", "="]
            .iter()
            .any(|mark| text.replace(mark, "").trim().is_empty())
}

fn is_separator(line: &str) -> bool {
    let text = line.trim();
    text.contains("--")
        && text.contains('|')
        && text
            .chars()
            .all(|next| matches!(next, '-' | '|' | ':' | ' ' | '\t'))
}

/// The cells of a row of a pipe table.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for next in line.chars() {
        match (next, escaped, cells.last_mut()) {
            ('|', false, _) => cells.push(String::new()),
            (_, _, Some(cell)) => cell.push(next),
            _ => {}
        }
        escaped = next == '\\' && !escaped;
    }
    if line.ends_with('|') && !line.ends_with("\\|") {
        cells.pop();
    }
    cells.iter().map(|cell| plain(cell)).collect()
}

fn without_bullet(text: &str) -> &str {
    ["- ", "* ", "+ ", "• ", "> "]
        .iter()
        .find_map(|bullet| text.strip_prefix(bullet))
        .unwrap_or(text)
}

/// Without Markdown's marks: code spans, bold, links, escapes, entities, `<br>`.
pub(crate) fn plain(text: &str) -> String {
    let mut text = text
        .replace(['`', '\u{200b}'], "")
        .replace("**", "")
        .replace("<br>", " ")
        .replace("<br/>", " ")
        .replace("<br />", " ")
        .replace('\u{a0}', " ");
    for escaped in ['_', '*', '[', ']', '|', '#', '<', '>', '-'] {
        text = text.replace(&format!("\\{escaped}"), &escaped.to_string());
    }
    for (entity, character) in [
        ("&nbsp;", " "),
        ("&emsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, character);
    }
    without_links(text.trim())
}

/// `[text](address)` as `text`.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let (before, after) = rest.split_at(middle);
        match (before.rfind('['), after.find(')')) {
            (Some(open), Some(close)) if !before.ends_with(['"', '}', ']']) => {
                let (outside, label) = before.split_at(open);
                plain.push_str(outside.strip_suffix('!').unwrap_or(outside));
                plain.push_str(label.get(1..).unwrap_or_default());
                rest = after.get(close + 1..).unwrap_or_default();
            }
            _ => {
                let (kept, left) = rest.split_at(middle + 2);
                plain.push_str(kept);
                rest = left;
            }
        }
    }
    plain + rest
}

fn is_request_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let is_method = words
        .next()
        .is_some_and(|word| super::endpoint::METHODS.contains(&word));
    is_method && words.nth(1).is_some_and(|word| word.starts_with("HTTP/"))
}

/// `Name: value`
fn is_header(line: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    line.split_once(':')
        .is_some_and(|(name, _)| !name.trim().is_empty() && name.trim().bytes().all(allowed))
}

fn begins_container(text: &str) -> bool {
    let begins = |rest: &str, marks: &[char]| {
        let rest = rest.trim_start();
        rest.is_empty()
            || rest.starts_with("//")
            || rest.starts_with("...")
            || rest.starts_with(marks)
            || rest
                .split_once(':')
                .is_some_and(|(key, _)| is_identifier(key.trim()))
    };
    match (text.strip_prefix('{'), text.strip_prefix('[')) {
        (Some(rest), _) => begins(rest, &['"', '\'', '}', '{', '[']),
        (_, Some(rest)) => begins(rest, &['"', '\'', ']', '{', '[']),
        _ => false,
    }
}

/// `"key": …`, in either kind of quotes.
fn begins_member(text: &str) -> bool {
    ['"', '\''].iter().any(|&quote| {
        text.strip_prefix(quote)
            .and_then(|rest| rest.split_once(quote))
            .is_some_and(|(_, rest)| rest.trim_start().starts_with(':'))
    })
}

fn looks_like_json(text: &str) -> bool {
    let word = text.trim_end_matches([',', ';']);
    begins_container(text)
        || text.starts_with(['"', '\'', '{', '}', ']', ','])
        || text.starts_with("//")
        || text.starts_with("...")
        || matches!(word, "true" | "false" | "null")
        || crate::json::is_number(word)
        || text
            .split_once(':')
            .is_some_and(|(key, _)| is_identifier(key.trim()))
}

/// A key without quotes.
fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// How many more brackets a line opens than it closes, outside texts and comments.
fn brackets(line: &str) -> i64 {
    let mut depth = 0;
    let mut quote = None;
    let mut previous = ' ';
    for next in line.chars() {
        match (quote, next) {
            (None, '"' | '\'') => quote = Some(next),
            (None, '/') if previous == '/' => break,
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            (Some(open), next) if open == next && previous != '\\' => quote = None,
            _ => {}
        }
        previous = next;
    }
    depth
}
