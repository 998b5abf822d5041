//! A saved documentation page, and what it says of the call it is about.

pub(crate) mod block;
pub(crate) mod codes;
mod column;
pub(crate) mod endpoint;
mod field;
mod flattened;
mod html;
pub(crate) mod payload;
mod section;
mod table;
mod text;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use http::StatusCode;

use crate::contract::{Body, Codes, Contract, Field, Payload, PayloadKind};
use crate::error::{self, Error, Result};
use crate::json::Json;
use crate::repair::{self, Repair};
use crate::sheet::ErrorRow;

use self::block::{Block, Content};
use self::column::Column;
use self::endpoint::Endpoint;
use self::field::Fields;
use self::payload::Code;
use self::section::{Place, Section, Side};
use self::table::Table;

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: Option<String>,
    pub(crate) contract: Contract,
    /// What was repaired or decided, each with its line.
    pub(crate) notes: Vec<Note>,
    /// The lines that were not understood.
    pub(crate) unused: Vec<Note>,
}

/// A text and the line of the page that it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => out.write_str(&self.text),
            line => write!(out, "line {line}: {}", self.text),
        }
    }
}

/// More than any page has: a file that is larger is something else.
const LARGEST: usize = 8 * 1024 * 1024;

/// Reads a saved page.
pub(crate) fn open(file: &Path) -> Result<Page> {
    let unreadable = |message: &str| Error::Page {
        file: file.display().to_string(),
        message: message.to_owned(),
    };
    let text = error::read(file)?;
    if text.len() > LARGEST {
        return Err(unreadable(
            "it is larger than 8 MiB, so it is no documentation page",
        ));
    }
    read(&text).ok_or_else(|| unreadable("it documents no field and shows no example"))
}

/// Reads a page. None where it documents no field and shows no payload.
pub(crate) fn read(text: &str) -> Option<Page> {
    let blocks = if html::is_html(text) {
        html::blocks(text)
    } else {
        text::blocks(text)
    };
    let mut reader = Reader::new(&blocks);
    reader.blocks(&blocks);
    let mut page = reader.finish();
    // Nothing but pushes is XML.
    let is_xml = |payload: &Payload| matches!(payload.body, Body::Xml(_));
    if page.contract.payloads.iter().any(is_xml) {
        page.contract = page.contract.pushed();
    }
    let contract = &page.contract;
    let says_nothing =
        contract.request.is_empty() && contract.response.is_empty() && contract.payloads.is_empty();
    (!says_nothing).then_some(page)
}

#[derive(Default)]
struct Reader {
    title: Option<String>,
    endpoint: Endpoint,
    /// Method and path of an example call: the last resort.
    example_endpoint: Endpoint,
    section: Section,
    /// The heading names a field whose members follow.
    container: Option<String>,
    /// The heading names a field whose codes follow.
    coded: Option<String>,
    /// Nothing stood between the heading and what is read.
    is_below_heading: bool,
    request: Fields,
    response: Fields,
    /// Of the table of an error answer.
    error_fields: Vec<Field>,
    /// With the name that a heading gives to their field.
    named_codes: Vec<(String, usize, Vec<codes::Code>)>,
    errors: Vec<ErrorRow>,
    payloads: Vec<Shown>,
    curl: Option<(usize, Vec<String>, Option<String>)>,
    known: BTreeSet<String>,
    notes: Vec<Note>,
    unused: Vec<Note>,
}

/// A payload whose side may not be known yet.
struct Shown {
    line: usize,
    side: Option<Side>,
    status: Option<u16>,
    text: String,
    body: Body,
    repairs: Vec<Repair>,
}

impl Reader {
    /// The payloads come below the tables, but their keys tell where a glued name ends and what is an array.
    fn new(blocks: &[Block]) -> Self {
        let mut known = BTreeSet::new();
        for block in blocks {
            if let Content::Code { language, text } = &block.content
                && let Code::Json { body, .. } = Code::read(text, language.as_deref())
                && let Some(json) = body.json()
            {
                let leaves = json.leaves().into_iter().map(|(path, _)| path);
                let containers = json.containers().into_iter().map(|(path, _)| path);
                let paths = leaves.chain(containers);
                known.extend(paths.map(|path| table::folded_path(&path)));
            }
        }
        Self {
            known,
            ..Self::default()
        }
    }

    fn blocks(&mut self, blocks: &[Block]) {
        let mut at = 0;
        while let Some(block) = blocks.get(at) {
            let rest = blocks.get(at..).unwrap_or_default();
            at += match &block.content {
                Content::Table(rows) => {
                    let table = table::of_rows(rows);
                    if !table.is_some_and(|table| self.table(&table)) {
                        for row in rows {
                            self.leave(row.line, &row.cells.join(" | "));
                        }
                    }
                    1
                }
                Content::Code { language, text } => {
                    self.code(block.line, language.as_deref(), text);
                    1
                }
                Content::Heading(text) | Content::Line(text) => self.text(rest, block, text),
            };
        }
    }

    /// A line or a heading; how many blocks it took.
    fn text(&mut self, rest: &[Block], block: &Block, text: &str) -> usize {
        if self.title.is_none()
            && (matches!(block.content, Content::Heading(_)) || self.reads_as_title(text))
        {
            self.title = Some(text.to_owned());
        }
        let is_expected = std::mem::take(&mut self.is_below_heading);
        if let Some((table, taken)) = flattened::table(rest, &self.known, is_expected)
            && self.table(&table)
        {
            return taken;
        }
        if let Some((endpoint, taken)) = Endpoint::read(rest) {
            self.endpoint.take(endpoint);
            self.glued_heading(rest.get(taken - 1));
            return taken;
        }
        if !self.heading(text) && !text.chars().all(|next| !next.is_alphanumeric()) {
            self.leave(block.line, text);
        }
        1
    }

    /// `/refund/apply请求参数`
    fn glued_heading(&mut self, block: Option<&Block>) {
        if let Some(Block {
            content: Content::Line(text),
            ..
        }) = block
        {
            let heading = text.trim_start_matches(|next: char| next.is_ascii());
            if !heading.is_empty() && text.starts_with('/') {
                self.heading(heading);
            }
        }
    }

    fn reads_as_title(&self, text: &str) -> bool {
        let is_noise = text.eq_ignore_ascii_case("skip to content")
            || endpoint::METHODS.contains(&text.to_uppercase().as_str());
        let is_sentence = text.contains(['.', ',', '|', '。', '?', '/', ':', '：']);
        self.section == Section::default() && !is_noise && !is_sentence
    }

    /// What a heading opens: the members of a field, the codes of a field, a part of the page.
    fn heading(&mut self, text: &str) -> bool {
        if let Some(container) = self.fields().container_in(text, &self.known) {
            self.container = Some(container);
            self.coded = None;
            return true;
        }
        if let Some(field) = self.field_with_codes(text) {
            self.coded = Some(field);
            return true;
        }
        let Some(section) = Section::named(text) else {
            return false;
        };
        self.container = None;
        self.coded = None;
        self.is_below_heading = !section.is_example;
        self.section = Section {
            side: section.side.or(self.section.side),
            place: section
                .place
                .or(self.section.place.filter(|_| section.side.is_none())),
            is_example: section.is_example,
            status: section
                .status
                .or(self.section.status.filter(|_| section.side.is_none())),
        };
        true
    }

    /// `orderAfterSalesStatus values:`
    fn field_with_codes(&self, text: &str) -> Option<String> {
        const WORDS: [&str; 9] = [
            "value", "code", "enum", "list of", "枚举", "取值", "状态", "说明", "类型",
        ];
        let mut names =
            text.split(|next: char| !next.is_ascii_alphanumeric() && !"_.[]".contains(next));
        let fields = [&self.response, &self.request];
        let known = |name: &&str| fields.iter().any(|fields| fields.named(name).is_some());
        let name = names.find(known)?;
        let rest = text.replacen(name, "", 1).to_lowercase();
        let is_title = rest.chars().count() < 40 && WORDS.iter().any(|word| rest.contains(word));
        is_title.then(|| name.to_owned())
    }

    fn fields(&self) -> &Fields {
        match self.section.side {
            Some(Side::Request) => &self.request,
            _ => &self.response,
        }
    }

    /// Whether the table is of a kind that is understood.
    fn table(&mut self, table: &Table) -> bool {
        let first = table.columns.first().copied().flatten();
        let describes = table.has(Column::Description) || table.has(Column::Message);
        let has_fields = table.has(Column::Name)
            && (table.has(Column::Type) || describes || table.has(Column::Example));
        if has_fields && first != Some(Column::Property) && !Endpoint::is_properties(table) {
            self.field_table(table);
        } else if table.has(Column::Property)
            || table.columns.len() == 2 && Endpoint::is_properties(table)
        {
            let (endpoint, unused) = Endpoint::of_properties(table);
            self.endpoint.take(endpoint);
            for (line, row) in unused {
                self.leave(*line, &row.join(" | "));
            }
        } else if table.has(Column::HttpStatus)
            || table.has(Column::Code) && table.has(Column::Message)
        {
            self.error_table(table);
        } else if (table.has(Column::Code) || table.has(Column::Value)) && describes {
            self.code_table(table);
        } else {
            return false;
        }
        true
    }

    fn field_table(&mut self, table: &Table) {
        let line = table.rows.first().map_or(0, |(line, _)| *line);
        let side = self.section.side.unwrap_or_else(|| {
            let (side, name) = if table.has(Column::Required) {
                (Side::Request, "request")
            } else {
                (Side::Response, "response")
            };
            self.note(
                line,
                format!("no heading says whose fields these are; taken for the {name}"),
            );
            side
        });
        let place = self.section.place;
        let (fields, notes, unused) = field::read(table, place, self.container.as_deref());
        self.notes.extend(notes);
        self.unused.extend(unused);
        match side {
            Side::Request => {
                let notes = self.request.extend(fields, line);
                self.notes.extend(notes);
            }
            Side::Response => {
                let notes = self.response.extend(fields, line);
                self.notes.extend(notes);
            }
            Side::Error => {
                // Of an error answer only the example is kept.
                for (line, row) in &table.rows {
                    if table.cell(row, Column::Example).is_none() {
                        self.leave(*line, &row.join(" | "));
                    }
                }
                self.error_fields.extend(fields);
            }
        }
    }

    fn code_table(&mut self, table: &Table) {
        let column = if table.has(Column::Code) {
            Column::Code
        } else {
            Column::Value
        };
        let codes = table.rows.iter().filter_map(|(_, row)| {
            let meaning = table
                .cell(row, Column::Description)
                .or_else(|| table.cell(row, Column::Message));
            Some((
                table.cell(row, column)?.to_owned(),
                meaning.unwrap_or_default().to_owned(),
            ))
        });
        let codes: Vec<_> = codes.collect();
        let line = table.rows.first().map_or(0, |(line, _)| *line);
        let named = self.coded.as_ref().or(self.container.as_ref());
        match (named, self.section.side) {
            (Some(field), _) => self.named_codes.push((field.clone(), line, codes)),
            (None, Some(Side::Error)) => self.error_table(table),
            (None, _) => {
                for (line, row) in &table.rows {
                    self.leave(*line, &row.join(" | "));
                }
                self.note(
                    line,
                    "a table of codes, and nothing says of which field".to_owned(),
                );
            }
        }
    }

    fn error_table(&mut self, table: &Table) {
        for (line, row) in &table.rows {
            let mut row = row.clone();
            let is_number =
                |cell: Option<&String>| cell.is_some_and(|cell| cell.trim().parse::<i64>().is_ok());
            if row.len() < table.columns.len()
                && table.has(Column::HttpStatus)
                && !is_number(row.first())
            {
                // The cell with the status was lost; the reason phrase still names it.
                let status = row.iter().find_map(|cell| status_of_reason(cell));
                if let Some(status) = status {
                    self.note(
                        *line,
                        format!("missing cell: the reason phrase says {status}"),
                    );
                    row.insert(0, status.to_string());
                }
            }
            let status = table
                .cell(&row, Column::HttpStatus)
                .and_then(|cell| cell.parse().ok());
            let code = table
                .cell(&row, Column::Code)
                .or_else(|| table.cell(&row, Column::Value));
            if status.is_some_and(|status| status < 400) && code.is_none() {
                // A success among the statuses is no error.
                continue;
            }
            if status.is_none() && code.is_none() {
                self.leave(*line, &row.join(" | "));
                continue;
            }
            self.errors.push(ErrorRow {
                status,
                code: code.map(str::to_owned),
                description: field::description(table, &row),
                elsewhere: false,
            });
            if let Some(example) = table.cell(&row, Column::Example) {
                self.payload(*line, Some(Side::Error), status, example);
            }
        }
    }

    fn code(&mut self, line: usize, language: Option<&str>, text: &str) {
        match Code::read(text, language) {
            Code::Endpoint(endpoint) => {
                self.endpoint.take(endpoint);
            }
            Code::Http { json, repairs } => {
                let request_line = text.trim().lines().next().unwrap_or_default();
                if let Some(endpoint) = Endpoint::of_request_line(request_line) {
                    self.example_endpoint.take(endpoint);
                }
                self.payloads.push(Shown {
                    line,
                    side: Some(Side::Request),
                    status: None,
                    text: text.trim().to_owned(),
                    body: Body::Http(json),
                    repairs,
                });
            }
            Code::Curl {
                endpoint,
                headers,
                body,
            } => {
                self.example_endpoint.take(endpoint.unwrap_or_default());
                let before = body.as_ref().and_then(|body| text.split(body).next());
                let line = line + before.map_or(0, |before| before.matches('\n').count());
                self.curl.get_or_insert((line, headers, body));
            }
            Code::Json { body, repairs } => self.shown(
                line,
                self.section.side,
                self.section.status,
                text,
                body,
                repairs,
            ),
            Code::Other if self.section.side == Some(Side::Error) && text.lines().count() == 1 => {
                self.payload(line, Some(Side::Error), self.section.status, text.trim());
            }
            Code::Other => {
                for (offset, text) in text.lines().enumerate() {
                    self.leave(line + offset, text);
                }
            }
        }
    }

    fn payload(&mut self, line: usize, side: Option<Side>, status: Option<u16>, text: &str) {
        let (body, repairs) = match Code::read(text, None) {
            Code::Json { body, repairs } => (body, repairs),
            _ => (Body::Text(text.to_owned()), Vec::new()),
        };
        self.shown(line, side, status, text, body, repairs);
    }

    /// The same payload again, in another tab, is one.
    fn shown(
        &mut self,
        line: usize,
        side: Option<Side>,
        status: Option<u16>,
        text: &str,
        body: Body,
        repairs: Vec<Repair>,
    ) {
        let is_known = self
            .payloads
            .iter()
            .any(|known| known.body == body && known.side == side);
        if !is_known {
            let text = text.trim_end().to_owned();
            self.payloads.push(Shown {
                line,
                side,
                status,
                text,
                body,
                repairs,
            });
        }
    }

    fn finish(mut self) -> Page {
        let example_path = self.example_endpoint.path.clone();
        self.endpoint
            .take(std::mem::take(&mut self.example_endpoint));
        self.take_error_fields();
        self.take_curl();
        self.choose_sides();
        self.fill_lost_parameter();
        let shown = |side: Side| -> Vec<&Json> {
            let of_side = self
                .payloads
                .iter()
                .filter(|shown| shown.side == Some(side));
            of_side.filter_map(|shown| shown.body.json()).collect()
        };
        let (request, response) = (shown(Side::Request), shown(Side::Response));
        let method = self.endpoint.method.clone();
        let is_bodiless = matches!(method.as_deref(), Some("GET" | "DELETE" | "HEAD"));
        let shows_body = |shown: &Shown| {
            shown.side == Some(Side::Request) && matches!(shown.body, Body::Json(_) | Body::Xml(_))
        };
        let has_body = !is_bodiless || self.payloads.iter().any(shows_body);
        let path = self.endpoint.path.clone().unwrap_or_default();
        let mut notes = self.request.settle(&request);
        notes.extend(self.response.settle(&response));
        self.request.place(&path, &self.endpoint.query, has_body);
        self.request.show(&path, example_path.as_deref());
        let codes = self.codes();
        for shown in &self.payloads {
            for repair in &shown.repairs {
                notes.push(Note {
                    line: shown.line + repair.at.line - 1,
                    text: format!("repaired at column {}: {}", repair.at.column, repair.rule),
                });
            }
        }
        self.notes.extend(notes);
        self.notes.sort_by_key(|note| note.line);
        self.unused.sort_by_key(|note| note.line);
        let payloads = self.payloads.into_iter().map(|shown| Payload {
            kind: match shown.side {
                Some(Side::Request) => PayloadKind::Request,
                Some(Side::Error) => PayloadKind::Error(shown.status),
                _ => PayloadKind::Response,
            },
            text: shown.text,
            body: shown.body,
            elsewhere: false,
        });
        Page {
            title: self.title,
            contract: Contract {
                method,
                path: self.endpoint.path,
                quota: self.endpoint.quota,
                request: self.request.into_fields(),
                response: self.response.into_fields(),
                codes,
                errors: self.errors,
                payloads: payloads.collect(),
            },
            notes: self.notes,
            unused: self.unused,
        }
    }

    /// `/orders//refund` lost the only parameter that the table has for the path.
    fn fill_lost_parameter(&mut self) {
        let Some(path) = &self.endpoint.path else {
            return;
        };
        let parameters: Vec<_> = self
            .request
            .iter()
            .filter_map(|field| field.path.strip_prefix("path:"))
            .collect();
        let filled = match parameters.as_slice() {
            [name] if path.contains("//") => path.replacen("//", &format!("/{{{name}}}/"), 1),
            [name] if path.ends_with('/') => format!("{path}{{{name}}}"),
            _ => return,
        };
        self.note(
            0,
            format!("the path lost its parameter: `{path}` is read as `{filled}`"),
        );
        self.endpoint.path = Some(filled);
    }

    /// A table of the error answer's fields with an example column is an example.
    fn take_error_fields(&mut self) {
        let members = self.error_fields.iter().filter_map(|field| {
            let (json, _) = repair::read(field.example.as_deref()?).ok()?;
            Some((field.path.clone(), json))
        });
        let members: Vec<_> = members.collect();
        if !members.is_empty() {
            let json = Json::Object(members);
            let text = json.pretty();
            self.shown(
                0,
                Some(Side::Error),
                None,
                &text,
                Body::Json(json),
                Vec::new(),
            );
        }
    }

    /// A command line repeats the request; it counts for what the page shows nowhere else.
    fn take_curl(&mut self) {
        let Some((line, headers, body)) = self.curl.take() else {
            return;
        };
        for header in headers
            .iter()
            .filter(|header| !payload::is_technical(header))
        {
            self.request.infer(payload::header(header), "string");
        }
        let Some(body) = body else {
            return;
        };
        let requests = self.payloads.iter();
        let requests = requests.filter(|shown| shown.side == Some(Side::Request));
        let requests: Vec<_> = requests.map(|shown| &shown.body).collect();
        if requests.is_empty() {
            self.payload(line, Some(Side::Request), None, &body);
            return;
        }
        let json = repair::read(&body).ok().map(|(json, _)| json);
        let repeats = |request: &&Body| match request {
            Body::Json(request) => Some(request) == json.as_ref(),
            _ => true,
        };
        if !requests.iter().any(repeats) {
            let text = "the command line has another body than the request example, which counts";
            self.note(line, text.to_owned());
        }
    }

    /// A payload under no telling heading belongs to the side whose fields it shows.
    fn choose_sides(&mut self) {
        for shown in &mut self.payloads {
            if shown.side.is_some() {
                continue;
            }
            let Some(json) = shown.body.json() else {
                shown.side = Some(Side::Response);
                continue;
            };
            let leaves = json.leaves();
            let shared = |fields: &Fields| {
                leaves
                    .iter()
                    .filter(|(path, _)| fields.describe(path))
                    .count()
            };
            let is_request = shared(&self.request) > shared(&self.response);
            let (side, name) = if is_request {
                (Side::Request, "request")
            } else {
                (Side::Response, "response")
            };
            shown.side = Some(side);
            self.notes.push(Note {
                line: shown.line,
                text: format!("no heading says whose example this is; taken for the {name}'s"),
            });
        }
    }

    fn codes(&mut self) -> Vec<Codes> {
        let mut all: Vec<Codes> = Vec::new();
        for fields in [&self.request, &self.response] {
            for field in fields.iter() {
                let codes = codes::listed(&field.description);
                if !codes.is_empty() {
                    all.push(Codes {
                        path: field.path.clone(),
                        codes,
                        elsewhere: false,
                    });
                }
            }
        }
        for (name, line, codes) in std::mem::take(&mut self.named_codes) {
            let field = self
                .response
                .named(&name)
                .or_else(|| self.request.named(&name));
            match field.map(|field| field.path.clone()) {
                // The table says more than the description.
                Some(path) => {
                    all.retain(|known| known.path != path);
                    all.push(Codes {
                        path,
                        codes,
                        elsewhere: false,
                    });
                }
                None => self.leave(line, &format!("codes of `{name}`")),
            }
        }
        all
    }

    fn note(&mut self, line: usize, text: String) {
        self.notes.push(Note { line, text });
    }

    fn leave(&mut self, line: usize, text: &str) {
        if !text.trim().is_empty() {
            self.unused.push(Note {
                line,
                text: text.trim().to_owned(),
            });
        }
    }
}

/// The status whose standard reason phrase this is.
fn status_of_reason(text: &str) -> Option<u16> {
    (400..600).find(|status| {
        let reason = StatusCode::from_u16(*status)
            .ok()
            .and_then(|status| status.canonical_reason());
        reason.is_some_and(|reason| reason.eq_ignore_ascii_case(text.trim()))
    })
}

/// The prefix of a request field that does not travel in the body.
fn prefix(place: Place) -> &'static str {
    match place {
        Place::Path => "path:",
        Place::Query => "query:",
        Place::Header => "header:",
        Place::Body => "",
    }
}
