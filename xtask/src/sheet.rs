//! A contract sheet: our transcription of one documented endpoint. The format is described in
//! `fixtures/README.md`; this reads it strictly, so that a slip is an error with a line and never a missing test.

use std::path::{Component, Path};

use crate::error::{Error, Result};
use crate::example::describes;
use crate::markdown::{self, Block, Cell, Content, Row, Style};
use crate::mask::Mask;

#[derive(Debug)]
pub(crate) struct Sheet {
    /// Relative to the workspace.
    pub(crate) file: String,
    pub(crate) platform: String,
    pub(crate) endpoint: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) date_read: String,
    /// As that page documents it; a quota that another page states does not belong to the transcript.
    pub(crate) rate_limit: Option<String>,
    /// The type in the crate's `wire` module that reads a response.
    pub(crate) wire: Option<String>,
    /// The function in the crate's `normalize` module that takes it.
    pub(crate) normalize: Option<String>,
    /// The name of the example that is put together from the example column of the response table.
    pub(crate) assemble: Option<String>,
    /// The name of the example that the sandbox answers with.
    pub(crate) sandbox: Option<String>,
    /// Where the sheet is about what the platform sends by itself.
    pub(crate) push: Option<Push>,
    pub(crate) request: Vec<Field>,
    pub(crate) response: Vec<Field>,
    pub(crate) codes: Vec<CodeTable>,
    pub(crate) errors: Vec<ErrorRow>,
    pub(crate) masks: Vec<Masked>,
    pub(crate) examples: Vec<Example>,
}

impl Sheet {
    /// The type in the crate's `wire` module that the sheet is about.
    pub(crate) fn wire_type(&self) -> Option<&str> {
        let pushed = self.push.as_ref().map(|push| &push.wire);
        pushed.or(self.wire.as_ref()).map(String::as_str)
    }

    /// The row of the string that holds JSON.
    pub(crate) fn embedded(&self) -> Option<&str> {
        let embedded = self.push.as_ref()?.embedded.as_ref()?;
        Some(&embedded.path)
    }

    /// What the crate has to read: the response; of a push its body, and what the event function takes beside it.
    pub(crate) fn read_fields(&self) -> Vec<&Field> {
        match &self.push {
            None => self.response.iter().collect(),
            Some(push) => {
                let beside = push.beside();
                let fields = self.request.iter();
                fields
                    .filter(|field| field.is_in_body() || beside.contains(&field.path.as_str()))
                    .collect()
            }
        }
    }
}

/// How the crate reads a push.
#[derive(Debug)]
pub(crate) struct Push {
    /// The type in the crate's `wire` module that reads the body.
    pub(crate) wire: String,
    /// The function in its `webhook` module that makes an event of that.
    pub(crate) event: String,
    /// What the function takes beside the wire type.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) embedded: Option<Embedded>,
}

impl Push {
    /// The rows that are sent beside the body and say something of the event.
    pub(crate) fn beside(&self) -> Vec<&str> {
        let arguments = self.arguments.iter();
        let rows = arguments.filter_map(|argument| match argument {
            Argument::Beside(path) => Some(path.as_str()),
            Argument::Source | Argument::Proof | Argument::Digest => None,
        });
        rows.collect()
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// Whose push it is.
    Source,
    /// What the platform vouches for.
    Proof,
    /// Of the body, for a key.
    Digest,
    /// The value of a row that is not in the body.
    Beside(String),
}

/// A string of a push that holds JSON.
#[derive(Debug)]
pub(crate) struct Embedded {
    /// The type in the crate's `wire` module that reads it.
    pub(crate) wire: String,
    /// The row of the string; rows below it are about what is inside.
    pub(crate) path: String,
}

/// A row of a request or response table.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) line: usize,
    /// `data.list[].id`; in requests also `path:orderId`, `query:page`, `header:Authorization`.
    pub(crate) path: String,
    /// As the page declares it, or read off the example.
    pub(crate) kind: String,
    /// The page declares no type; this one is read off the example.
    pub(crate) inferred: bool,
    /// None where the page does not say.
    pub(crate) required: Option<bool>,
    /// As JSON, possibly as damaged as it was published.
    pub(crate) example: Option<String>,
    /// Documented, but not on the page that the sheet transcribes.
    pub(crate) elsewhere: bool,
}

impl Field {
    /// Whether another row describes something that is in it.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        let path = self.path.trim_end_matches("[]");
        other.path.strip_prefix(path).is_some_and(|inner| {
            let inner = inner.trim_start_matches("[]");
            inner.starts_with('.')
        })
    }

    pub(crate) fn is_in_body(&self) -> bool {
        !BESIDE_BODY.iter().any(|place| {
            let name = self.path.strip_prefix(place);
            name.is_some_and(|name| name.starts_with(':'))
        })
    }
}

/// The places of a request beside its body.
const BESIDE_BODY: [&str; 3] = ["path", "query", "header"];

/// The documented codes of one field.
#[derive(Debug)]
pub(crate) struct CodeTable {
    pub(crate) line: usize,
    pub(crate) path: String,
    pub(crate) codes: Vec<String>,
    pub(crate) elsewhere: bool,
}

/// A row of the table `## Errors`; one of the two is there.
#[derive(Debug, Clone)]
pub(crate) struct ErrorRow {
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    /// The page's own words; none in a sheet.
    pub(crate) description: String,
    pub(crate) elsewhere: bool,
}

/// A row of the table `## Masked`.
#[derive(Debug, Clone)]
pub(crate) struct Masked {
    pub(crate) line: usize,
    pub(crate) path: String,
    pub(crate) mask: Mask,
}

impl Masked {
    /// Whether the rule is for what stands at a path of an example.
    pub(crate) fn covers(&self, path: &str) -> bool {
        describes(&self.path, path)
    }
}

#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) format: Format,
    /// As published.
    pub(crate) text: String,
    /// Of the first line of the text.
    pub(crate) line: usize,
    /// A `Source:` says that it is not from the page that the sheet transcribes.
    pub(crate) elsewhere: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Response,
    /// With its HTTP status.
    Error(u16),
}

/// The language of the fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON, possibly damaged: repaired and printed.
    Json,
    /// XML: kept as it is.
    Xml,
    /// `http`, `html` or `text`: kept as it is.
    Text,
}

/// What `import` marks for a person to decide or to put into our words.
pub(crate) const REVIEW: &str = "REVIEW";

/// Reads one sheet. `file` is its path in the workspace, for messages.
pub(crate) fn parse(file: &str, text: &str) -> Result<Sheet> {
    if let Some(line) = text.lines().position(|line| line.contains(REVIEW)) {
        let message = format!("a draft: settle what `{REVIEW}` marks, in our words");
        return Err(Error::sheet(file, line + 1, message));
    }
    parse_draft(file, text)
}

/// Reads a sheet that may still have to be reviewed.
pub(crate) fn parse_draft(file: &str, text: &str) -> Result<Sheet> {
    let blocks = markdown::blocks(text);
    let (front, body) = match blocks.split_first() {
        Some((
            Block {
                line,
                content: Content::FrontMatter(text),
            },
            body,
        )) => (FrontMatter::parse(file, *line, text)?, body),
        _ => {
            return Err(Error::sheet(
                file,
                1,
                "the sheet has to begin with front matter (`---`)",
            ));
        }
    };
    let sheet = Reader {
        sheet: front.into_sheet(file)?,
        section: None,
        example: None,
    }
    .read(body)?;
    check_references(&sheet)?;
    Ok(sheet)
}

/// The `key: value` lines at the top.
struct FrontMatter<'a> {
    file: &'a str,
    line: usize,
    values: Vec<(&'a str, &'a str)>,
}

impl<'a> FrontMatter<'a> {
    const KEYS: [&'static str; 15] = [
        "platform",
        "endpoint",
        "method",
        "path",
        "source_page",
        "date_read",
        "rate_limit",
        "rate_limit_elsewhere",
        "wire",
        "normalize",
        "assemble",
        "sandbox",
        "push",
        "event",
        "embedded",
    ];

    fn parse(file: &'a str, line: usize, text: &'a str) -> Result<Self> {
        let mut front = Self {
            file,
            line,
            values: Vec::new(),
        };
        for (offset, text) in text.lines().enumerate() {
            let line = line + 1 + offset;
            let (key, value) = text
                .split_once(": ")
                .map(|(key, value)| (key.trim(), value.trim()))
                .filter(|(_, value)| !value.is_empty())
                .ok_or_else(|| {
                    Error::sheet(file, line, "front matter has lines of `key: value`")
                })?;
            if !Self::KEYS.contains(&key) {
                let known = Self::KEYS.join(", ");
                return Err(Error::sheet(
                    file,
                    line,
                    format!("unknown key `{key}`; known are {known}"),
                ));
            }
            if front.optional(key).is_some() {
                return Err(Error::sheet(file, line, format!("`{key}` is given twice")));
            }
            front.values.push((key, value));
        }
        Ok(front)
    }

    fn into_sheet(self, file: &str) -> Result<Sheet> {
        let platform = self.required("platform")?;
        let endpoint = self.required("endpoint")?;
        let expected = format!("fixtures/{platform}/{endpoint}.md");
        if slashed(Path::new(file)) != expected {
            return Err(self.error(format!("platform and endpoint say {expected}")));
        }
        let date_read = self.required("date_read")?;
        if !is_date(&date_read) {
            return Err(self.error(format!("`date_read` is YYYY-MM-DD, not `{date_read}`")));
        }
        self.required("source_page")?;
        let path = self.required("path")?;
        if !path.starts_with('/') {
            return Err(self.error(format!("`path` begins with `/`, not `{path}`")));
        }
        Ok(Sheet {
            file: file.to_owned(),
            method: self.required("method")?,
            path,
            date_read,
            rate_limit: self.optional("rate_limit"),
            wire: self.optional("wire"),
            normalize: self.optional("normalize"),
            assemble: self.optional("assemble"),
            sandbox: self.optional("sandbox"),
            push: self.push()?,
            platform,
            endpoint,
            request: Vec::new(),
            response: Vec::new(),
            codes: Vec::new(),
            errors: Vec::new(),
            masks: Vec::new(),
            examples: Vec::new(),
        })
    }

    fn push(&self) -> Result<Option<Push>> {
        let is_given = |key: &&&str| self.optional(key).is_some();
        let Some(wire) = self.optional("push") else {
            return match ["event", "embedded"].iter().find(is_given) {
                Some(key) => Err(self.error(format!(
                    "`{key}` needs `push`: the type that reads the body"
                ))),
                None => Ok(None),
            };
        };
        let of_response = ["wire", "normalize", "assemble", "sandbox"];
        if let Some(key) = of_response.iter().find(is_given) {
            let message = format!("`{key}` is about a response, and a push has none that is read");
            return Err(self.error(message));
        }
        let event = self.required("event")?;
        let call = event
            .strip_suffix(')')
            .and_then(|call| call.split_once('('));
        let (event, arguments) = call.ok_or_else(|| {
            self.error("`event` is a function and what it takes: `event(source)`".to_owned())
        })?;
        let arguments = arguments.split(',').map(|argument| match argument.trim() {
            "source" => Argument::Source,
            "proof" => Argument::Proof,
            "digest" => Argument::Digest,
            path => Argument::Beside(path.to_owned()),
        });
        let embedded = self.optional("embedded").map(|embedded| {
            let (wire, path) = embedded.split_once(" in ").ok_or_else(|| {
                let message = "`embedded` is a type and the row of the string: `Inner in body`";
                self.error(message.to_owned())
            })?;
            Ok(Embedded {
                wire: wire.to_owned(),
                path: path.to_owned(),
            })
        });
        Ok(Some(Push {
            wire,
            event: event.to_owned(),
            arguments: arguments.collect(),
            embedded: embedded.transpose()?,
        }))
    }

    fn required(&self, key: &str) -> Result<String> {
        self.optional(key)
            .ok_or_else(|| self.error(format!("front matter lacks `{key}`")))
    }

    fn optional(&self, key: &str) -> Option<String> {
        let found = self.values.iter().find(|(name, _)| *name == key);
        found.map(|&(_, value)| value.to_owned())
    }

    fn error(&self, message: String) -> Error {
        Error::sheet(self.file, self.line, message)
    }
}

/// What a level-two heading opens.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    Request { elsewhere: bool },
    Response { elsewhere: bool },
    Codes { path: String, elsewhere: bool },
    Errors { elsewhere: bool },
    Masked,
    Examples,
}

impl Section {
    /// `Response`, `Response elsewhere`, ``Codes: `data.state` ``. What is "elsewhere" is documented, but not on
    /// the page that the sheet transcribes; the tables look the same.
    fn parse(heading: &str) -> Option<Self> {
        let (title, path) = match heading.split_once(": ") {
            Some((title, path)) => (title, Some(path.trim())),
            None => (heading, None),
        };
        let (title, elsewhere) = match title.strip_suffix(" elsewhere") {
            Some(title) => (title, true),
            None => (title, false),
        };
        match (title, path) {
            ("Request", None) => Some(Self::Request { elsewhere }),
            ("Response", None) => Some(Self::Response { elsewhere }),
            ("Codes", Some(path)) => Some(Self::Codes {
                path: path.to_owned(),
                elsewhere,
            }),
            ("Errors", None) => Some(Self::Errors { elsewhere }),
            ("Masked", None) if !elsewhere => Some(Self::Masked),
            ("Examples", None) if !elsewhere => Some(Self::Examples),
            _ => None,
        }
    }

    fn columns(&self) -> &'static [&'static str] {
        match self {
            Self::Request { .. } | Self::Response { .. } => {
                &["path", "type", "required", "example", "note"]
            }
            Self::Codes { .. } => &["code", "meaning"],
            Self::Errors { .. } => &["status", "code", "meaning"],
            Self::Masked => &["path", "rule"],
            Self::Examples => &[],
        }
    }
}

/// The heading of an example whose fence is still to come.
struct Announced {
    line: usize,
    name: String,
    kind: Kind,
    elsewhere: bool,
}

struct Reader {
    sheet: Sheet,
    section: Option<Section>,
    example: Option<Announced>,
}

impl Reader {
    fn read(mut self, body: &[Block]) -> Result<Sheet> {
        for block in body {
            match &block.content {
                Content::Heading { level: 2, text } => self.open_section(block.line, text)?,
                Content::Heading { level: 3, text } => self.announce_example(block.line, text)?,
                Content::Table(rows) => self.table(block.line, rows)?,
                Content::Fence { language, text } => self.example(block.line, language, text)?,
                Content::Prose(text) => self.prose(text),
                Content::Heading { level: 1, .. } => {}
                Content::Heading { .. } | Content::FrontMatter(_) => {
                    return Err(self.error(
                        block.line,
                        "a sheet has headings of level 1 to 3 and one front matter",
                    ));
                }
            }
        }
        self.expect_no_announcement()?;
        Ok(self.sheet)
    }

    fn open_section(&mut self, line: usize, heading: &str) -> Result<()> {
        self.expect_no_announcement()?;
        let section = Section::parse(heading).ok_or_else(|| {
            self.error(
                line,
                format!(
                    "unknown section `{heading}`; known are Request, Response, Codes: path, Errors (each also with \
                     ` elsewhere`), Masked, Examples"
                ),
            )
        })?;
        if let Section::Codes { path, elsewhere } = &section {
            self.sheet.codes.push(CodeTable {
                line,
                path: path.clone(),
                codes: Vec::new(),
                elsewhere: *elsewhere,
            });
        }
        self.section = Some(section);
        Ok(())
    }

    fn table(&mut self, line: usize, rows: &[Row]) -> Result<()> {
        let section = self
            .section
            .clone()
            .filter(|section| !section.columns().is_empty());
        let section = section.ok_or_else(|| self.error(line, "no table belongs here"))?;
        let (header, rows) = rows
            .split_first()
            .ok_or_else(|| self.error(line, "an empty table"))?;
        let columns: Vec<_> = header.cells.iter().map(|cell| cell.text.as_str()).collect();
        if columns != section.columns() {
            let expected = section.columns().join(" | ");
            return Err(self.error(line, format!("the columns here are {expected}")));
        }
        for row in rows {
            self.row(&section, row)?;
        }
        Ok(())
    }

    fn row(&mut self, section: &Section, row: &Row) -> Result<()> {
        if row.written != section.columns().len() {
            return Err(self.error(
                row.line,
                format!(
                    "{} cells instead of {} (write `|` as `\\|`)",
                    row.written,
                    section.columns().len()
                ),
            ));
        }
        match (section, row.cells.as_slice()) {
            (Section::Request { elsewhere }, cells) => {
                let field = self.field(&self.sheet.request, row.line, cells, *elsewhere)?;
                self.sheet.request.push(field);
            }
            (Section::Response { elsewhere }, cells) => {
                let field = self.field(&self.sheet.response, row.line, cells, *elsewhere)?;
                self.sheet.response.push(field);
            }
            (Section::Codes { .. }, [code, meaning]) => self.code(row.line, code, meaning)?,
            (Section::Errors { elsewhere }, [status, code, meaning]) => {
                let error = self.error_row(row.line, status, code, meaning, *elsewhere)?;
                self.sheet.errors.push(error);
            }
            (Section::Masked, [path, rule]) => {
                let masked = self.masked(row.line, path, rule)?;
                self.sheet.masks.push(masked);
            }
            _ => {}
        }
        Ok(())
    }

    fn field(
        &self,
        known: &[Field],
        line: usize,
        cells: &[Cell],
        elsewhere: bool,
    ) -> Result<Field> {
        let [path, kind, required, example, note] = cells else {
            return Err(self.error(line, "a field has five cells"));
        };
        let path = self.path(line, path)?;
        if let Some(first) = known.iter().find(|field| field.path == path) {
            return Err(self.error(line, format!("`{path}` is already on line {}", first.line)));
        }
        if kind.text.is_empty() || kind.style == Style::Code {
            return Err(self.error(
                line,
                "the type is as the page declares it, or in italics when read off the example",
            ));
        }
        let required = match required.text.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            "" => None,
            _ => {
                let message = "required is yes, no or empty (the page does not say)";
                return Err(self.error(line, message));
            }
        };
        if note.text.is_empty() {
            return Err(self.error(
                line,
                format!("`{path}` has no note: say in our words what it is"),
            ));
        }
        let example = match (example.text.is_empty(), example.style) {
            (true, _) => None,
            (false, Style::Code) => Some(example.text.clone()),
            _ => return Err(self.error(line, "the example is JSON in one code span, or empty")),
        };
        Ok(Field {
            line,
            path,
            kind: kind.text.clone(),
            inferred: kind.style == Style::Italic,
            required,
            example,
            elsewhere,
        })
    }

    fn code(&mut self, line: usize, code: &Cell, meaning: &Cell) -> Result<()> {
        let Some((table, others)) = self.sheet.codes.split_last_mut() else {
            return Ok(());
        };
        let known = others.iter().filter(|other| other.path == table.path);
        let is_known = known
            .flat_map(|other| &other.codes)
            .chain(&table.codes)
            .any(|known| *known == code.text);
        if code.style != Style::Code || is_known || meaning.text.is_empty() {
            return Err(self.error(line, "a code stands once, in a code span, with its meaning"));
        }
        table.codes.push(code.text.clone());
        Ok(())
    }

    fn error_row(
        &self,
        line: usize,
        status: &Cell,
        code: &Cell,
        meaning: &Cell,
        elsewhere: bool,
    ) -> Result<ErrorRow> {
        let names_something = !status.text.is_empty() || code.style == Style::Code;
        let status_is_sound = status.text.is_empty() || http_status(&status.text).is_some();
        let code_is_sound = code.text.is_empty() || code.style == Style::Code;
        if !names_something || !status_is_sound || !code_is_sound || meaning.text.is_empty() {
            return Err(self.error(
                line,
                "an error has an HTTP status (or nothing), a native code in a code span (or nothing), and a meaning",
            ));
        }
        Ok(ErrorRow {
            status: http_status(&status.text),
            code: Some(code.text.clone()).filter(|code| !code.is_empty()),
            description: String::new(),
            elsewhere,
        })
    }

    fn masked(&self, line: usize, path: &Cell, rule: &Cell) -> Result<Masked> {
        let path = self.path(line, path)?;
        let mask = Mask::by_name(&rule.text).ok_or_else(|| {
            let known: Vec<_> = Mask::ALL.iter().map(ToString::to_string).collect();
            self.error(
                line,
                format!(
                    "unknown rule `{}`; known are {}",
                    rule.text,
                    known.join(", ")
                ),
            )
        })?;
        Ok(Masked { line, path, mask })
    }

    fn path(&self, line: usize, cell: &Cell) -> Result<String> {
        let in_body = cell
            .text
            .split_once(':')
            .map_or(cell.text.as_str(), |(place, name)| {
                if BESIDE_BODY.contains(&place) {
                    name
                } else {
                    ""
                }
            });
        if cell.style != Style::Code
            || cell.text.contains(['"', '\\'])
            || in_body
                .split('.')
                .any(|key| key.trim_end_matches("[]").is_empty())
        {
            return Err(self.error(
                line,
                "the path is a code span: `data.list[].id`, or `path:`, `query:`, `header:` and a name",
            ));
        }
        Ok(cell.text.clone())
    }

    fn announce_example(&mut self, line: usize, heading: &str) -> Result<()> {
        self.expect_no_announcement()?;
        if self.section != Some(Section::Examples) {
            return Err(self.error(
                line,
                "level-three headings name examples and stand under `## Examples`",
            ));
        }
        let (name, status) = match heading.split_once(" (HTTP ") {
            Some((name, status)) => (name, status.strip_suffix(')').and_then(http_status)),
            None => (heading, None),
        };
        let kind = match (name.split('-').next(), status) {
            (Some("request"), None) => Some(Kind::Request),
            (Some("response"), None) => Some(Kind::Response),
            (Some("error"), Some(status)) if name != "error" => Some(Kind::Error(status)),
            _ => None,
        };
        let kind = kind.filter(|_| is_kebab(name)).ok_or_else(|| {
            self.error(
                line,
                format!("`{heading}` is none of `request`, `response`, `response-…`, `error-… (HTTP 401)`"),
            )
        })?;
        if self.names().any(|known| known == name) {
            return Err(self.error(line, format!("there are two examples `{name}`")));
        }
        self.example = Some(Announced {
            line,
            name: name.to_owned(),
            kind,
            elsewhere: false,
        });
        Ok(())
    }

    fn prose(&mut self, text: &str) {
        if let Some(announced) = &mut self.example {
            announced.elsewhere |= text.starts_with("Source:");
        }
    }

    fn example(&mut self, line: usize, language: &str, text: &str) -> Result<()> {
        let announced = self.example.take();
        let Some(Announced {
            name,
            kind,
            elsewhere,
            ..
        }) = announced
        else {
            return Err(self.error(
                line,
                "a fenced block needs a heading of its own under `## Examples`",
            ));
        };
        let format = match language {
            "json" => Format::Json,
            "xml" => Format::Xml,
            "http" | "html" | "text" => Format::Text,
            _ => return Err(self.error(line, "the fence is one of json, xml, http, html, text")),
        };
        let is_plain_push = self
            .sheet
            .push
            .as_ref()
            .is_some_and(|push| push.embedded.is_none());
        if format == Format::Xml && (kind != Kind::Request || !is_plain_push) {
            let message = "XML is the request of a push without `embedded`";
            return Err(self.error(line, message));
        }
        if kind == Kind::Response && format != Format::Json {
            return Err(self.error(line, "a response that is not JSON is an error example"));
        }
        self.sheet.examples.push(Example {
            name,
            kind,
            format,
            text: text.to_owned(),
            line: line + 1,
            elsewhere,
        });
        Ok(())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let published = self
            .sheet
            .examples
            .iter()
            .map(|example| example.name.as_str());
        published.chain(self.sheet.assemble.as_deref())
    }

    fn expect_no_announcement(&self) -> Result<()> {
        match &self.example {
            Some(announced) => Err(self.error(
                announced.line,
                format!("`{}` has no fenced block", announced.name),
            )),
            None => Ok(()),
        }
    }

    fn error(&self, line: usize, message: impl Into<String>) -> Error {
        Error::sheet(&self.sheet.file, line, message)
    }
}

/// What one part of a sheet says about another.
fn check_references(sheet: &Sheet) -> Result<()> {
    let error = |line, message: String| Err(Error::sheet(&sheet.file, line, message));
    let tables = || sheet.request.iter().chain(&sheet.response);
    for codes in &sheet.codes {
        if !tables().any(|field| field.path == codes.path) {
            return error(codes.line, format!("no table has a row `{}`", codes.path));
        }
        if codes.codes.is_empty() {
            return error(codes.line, format!("no codes for `{}`", codes.path));
        }
    }
    for masked in &sheet.masks {
        if !tables().any(|field| field.path == masked.path) {
            return error(masked.line, format!("no table has a row `{}`", masked.path));
        }
    }
    let reads_responses = sheet.assemble.is_some()
        || sheet
            .examples
            .iter()
            .any(|example| example.kind == Kind::Response);
    if reads_responses && sheet.wire.is_none() {
        return error(
            1,
            "response examples need `wire`: the type that reads them".to_owned(),
        );
    }
    if sheet.normalize.is_some() && sheet.wire.is_none() {
        return error(1, "`normalize` needs `wire`: the type it takes".to_owned());
    }
    let Some(push) = &sheet.push else {
        return Ok(());
    };
    for path in push.beside() {
        let mut rows = sheet.request.iter().filter(|field| !field.is_in_body());
        if !rows.any(|field| field.path == path && field.example.is_some()) {
            let message = format!(
                "`event` takes `{path}`: neither `source`, `proof`, `digest` nor a row beside the body that has an example"
            );
            return error(1, message);
        }
    }
    if let Some(Embedded { path, .. }) = &push.embedded {
        let holds_rows = |field: &Field| sheet.request.iter().any(|other| field.holds(other));
        if !sheet
            .request
            .iter()
            .any(|field| field.path == *path && holds_rows(field))
        {
            return error(
                1,
                format!("`embedded` needs a row `{path}` and rows below it"),
            );
        }
    }
    Ok(())
}

/// A path as messages show it, the same on every system.
pub(crate) fn slashed(path: &Path) -> String {
    let parts = path.components().filter_map(|component| match component {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

fn http_status(text: &str) -> Option<u16> {
    text.parse()
        .ok()
        .filter(|status| (100..600).contains(status))
}

fn is_kebab(name: &str) -> bool {
    name.split('-').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn is_date(text: &str) -> bool {
    let digits =
        |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => digits(year, 4) && digits(month, 2) && digits(day, 2),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: &str = r#"---
platform: p
endpoint: case-get
method: POST
path: /case
source_page: Case (site)
date_read: 2026-01-31
rate_limit: 300 per minute
wire: Reply
normalize: case
---

# One case

Prose in our words.

## Request

| path | type | required | example | note |
|---|---|---|---|---|
| `query:page` | int | no | `1` | from 1 |
| `window` | *string* | yes | `"a\|\|b"` | both ends |

## Response

| path | type | required | example | note |
|---|---|---|---|---|
| `data.state` | string | | | see the codes |

## Response elsewhere

| path | type | required | example | note |
|---|---|---|---|---|
| `data.phone` | string | | | of the buyer |

## Codes: `data.state`

| code | meaning |
|---|---|
| `0` | filed |

## Codes elsewhere: `data.state`

| code | meaning |
|---|---|
| `1` | done |

## Errors

| status | code | meaning |
|---|---|---|
| 200 | `40001` | no token |
| 401 | | no token |

## Masked

| path | rule |
|---|---|
| `data.phone` | phone |

## Examples

### response

Source: another page.

```json
{"data": {"state": 0}}
```

### error-token (HTTP 401)

```text
Unauthorized
```
"#;

    fn read(text: &str) -> Result<Sheet> {
        parse("fixtures/p/case-get.md", text)
    }

    #[test]
    fn a_sheet_gives_fields_codes_masks_and_examples() {
        let sheet = read(SHEET).unwrap();
        let fields = |fields: &[Field]| -> Vec<_> {
            let field = |field: &Field| {
                (
                    field.line,
                    field.path.clone(),
                    field.example.clone(),
                    field.elsewhere,
                )
            };
            fields.iter().map(field).collect()
        };
        assert_eq!(
            fields(&sheet.request),
            [
                (21, "query:page".to_owned(), Some("1".to_owned()), false),
                (22, "window".to_owned(), Some("\"a||b\"".to_owned()), false),
            ]
        );
        assert_eq!(
            fields(&sheet.response),
            [
                (28, "data.state".to_owned(), None, false),
                (34, "data.phone".to_owned(), None, true)
            ]
        );
        let codes: Vec<_> = sheet.codes.iter().flat_map(|table| &table.codes).collect();
        assert_eq!(codes, ["0", "1"]);
        assert_eq!(sheet.masks.len(), 1);
        let examples: Vec<_> = sheet
            .examples
            .iter()
            .map(|example| {
                (
                    example.name.as_str(),
                    example.kind,
                    example.format,
                    example.line,
                )
            })
            .collect();
        assert_eq!(
            examples,
            [
                ("response", Kind::Response, Format::Json, 68),
                ("error-token", Kind::Error(401), Format::Text, 74),
            ]
        );
    }

    /// What is replaced in the sound sheet, by what, and the error.
    const SLIPS: &[(&str, &str, &str)] = &[
        (
            "---\nplatform",
            "platform",
            "1: the sheet has to begin with front matter (`---`)",
        ),
        (
            "method: POST",
            "method:",
            "4: front matter has lines of `key: value`",
        ),
        ("method: POST\n", "", "1: front matter lacks `method`"),
        (
            "rate_limit",
            "quota",
            "8: unknown key `quota`; known are platform, endpoint, method, path, source_page, date_read, rate_limit, rate_limit_elsewhere, wire, normalize, assemble, sandbox, push, event, embedded",
        ),
        (
            "normalize: case",
            "wire: Reply",
            "10: `wire` is given twice",
        ),
        (
            "endpoint: case-get",
            "endpoint: get",
            "1: platform and endpoint say fixtures/p/get.md",
        ),
        (
            "2026-01-31",
            "31.1.2026",
            "1: `date_read` is YYYY-MM-DD, not `31.1.2026`",
        ),
        (
            "path: /case",
            "path: case",
            "1: `path` begins with `/`, not `case`",
        ),
        (
            "wire: Reply\n",
            "",
            "1: response examples need `wire`: the type that reads them",
        ),
        (
            "## Errors",
            "## Faults",
            "48: unknown section `Faults`; known are Request, Response, Codes: path, Errors (each also with ` elsewhere`), Masked, Examples",
        ),
        (
            "| path | rule |",
            "| field | rule |",
            "57: the columns here are path | rule",
        ),
        ("# One case", "| a |\n|---|\n", "13: no table belongs here"),
        (
            "a\\|\\|b",
            "a||b",
            "22: 7 cells instead of 5 (write `|` as `\\|`)",
        ),
        (
            "| `window` |",
            "| window |",
            "22: the path is a code span: `data.list[].id`, or `path:`, `query:`, `header:` and a name",
        ),
        (
            "`data.state` | string",
            "`data..state` | string",
            "28: the path is a code span: `data.list[].id`, or `path:`, `query:`, `header:` and a name",
        ),
        (
            "`query:page`",
            "`cookie:page`",
            "21: the path is a code span: `data.list[].id`, or `path:`, `query:`, `header:` and a name",
        ),
        (
            "`window`",
            "`query:page`",
            "22: `query:page` is already on line 21",
        ),
        (
            "| *string* |",
            "| |",
            "22: the type is as the page declares it, or in italics when read off the example",
        ),
        (
            "| *string* | yes |",
            "| *string* | maybe |",
            "22: required is yes, no or empty (the page does not say)",
        ),
        (
            "| from 1 |",
            "| |",
            "21: `query:page` has no note: say in our words what it is",
        ),
        (
            "| `1` | from 1 |",
            "| 1 | from 1 |",
            "21: the example is JSON in one code span, or empty",
        ),
        (
            "| `0` | filed |",
            "| `1` | filed |",
            "46: a code stands once, in a code span, with its meaning",
        ),
        (
            "Codes: `data.state`",
            "Codes: `state`",
            "36: no table has a row `state`",
        ),
        ("| `1` | done |\n", "", "42: no codes for `data.state`"),
        (
            "| 401 | |",
            "| | |",
            "53: an error has an HTTP status (or nothing), a native code in a code span (or nothing), and a meaning",
        ),
        (
            "| `data.phone` | phone |",
            "| `phone` | phone |",
            "59: no table has a row `phone`",
        ),
        (
            "| phone |",
            "| name |",
            "59: unknown rule `name`; known are phone, person, email, ip, image, token",
        ),
        (
            "### response",
            "### answer",
            "63: `answer` is none of `request`, `response`, `response-…`, `error-… (HTTP 401)`",
        ),
        (
            "### error-token (HTTP 401)",
            "### error-token",
            "71: `error-token` is none of `request`, `response`, `response-…`, `error-… (HTTP 401)`",
        ),
        (
            "### error-token (HTTP 401)",
            "### response",
            "71: there are two examples `response`",
        ),
        (
            "### error-token (HTTP 401)",
            "",
            "73: a fenced block needs a heading of its own under `## Examples`",
        ),
        (
            "```json\n{\"data\": {\"state\": 0}}\n```\n",
            "",
            "63: `response` has no fenced block",
        ),
        (
            "```json",
            "```text",
            "67: a response that is not JSON is an error example",
        ),
        (
            "```text",
            "```yaml",
            "73: the fence is one of json, xml, http, html, text",
        ),
    ];

    #[test]
    fn each_slip_is_an_error_with_its_line() {
        for (sound, slip, expected) in SLIPS {
            assert!(SHEET.contains(sound), "{sound}");
            let error = read(&SHEET.replacen(sound, slip, 1)).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("fixtures/p/case-get.md:{expected}"),
                "{sound} → {slip}"
            );
        }
    }

    const PUSH: &str = r#"---
platform: p
endpoint: case-push
method: POST
path: /
source_page: Case (site)
date_read: 2026-01-31
push: CasePush
event: case(header:X-Id, digest, proof, source)
---

# A case has changed

## Request

| path | type | required | example | note |
|---|---|---|---|---|
| `header:X-Id` | string | | `"7"` | of the push |
| `header:X-Sign` | string | | | of the body |
| `event` | string | | | what happened |

## Examples

### request

```xml
<doc><event>closed</event></doc>
```
"#;

    fn read_push(text: &str) -> Result<Sheet> {
        parse("fixtures/p/case-push.md", text)
    }

    #[test]
    fn a_push_is_read_by_its_body_and_what_its_event_takes_beside() {
        let sheet = read_push(PUSH).unwrap();
        let fields: Vec<_> = sheet
            .read_fields()
            .iter()
            .map(|field| &field.path)
            .collect();
        assert_eq!(fields, ["header:X-Id", "event"]);
        assert_eq!(sheet.wire_type(), Some("CasePush"));
        let push = sheet.push.unwrap();
        assert_eq!(push.event, "case");
        let beside = Argument::Beside("header:X-Id".to_owned());
        let arguments = [beside, Argument::Digest, Argument::Proof, Argument::Source];
        assert_eq!(push.arguments, arguments);
    }

    #[test]
    fn each_slip_of_a_push_is_an_error_with_its_line() {
        let argument = |name| {
            format!(
                "1: `event` takes `{name}`: neither `source`, `proof`, `digest` nor a row beside the body that has an \
                 example"
            )
        };
        let xml = "XML is the request of a push without `embedded`";
        let slips = [
            (
                "push: CasePush\n",
                "",
                "1: `event` needs `push`: the type that reads the body".to_owned(),
            ),
            (
                "event: case(header:X-Id, digest, proof, source)\n",
                "",
                "1: front matter lacks `event`".to_owned(),
            ),
            (
                "case(header:X-Id, digest, proof, source)",
                "case",
                "1: `event` is a function and what it takes: `event(source)`".to_owned(),
            ),
            (
                "push: CasePush",
                "push: CasePush\nsandbox: request",
                "1: `sandbox` is about a response, and a push has none that is read".to_owned(),
            ),
            (
                "header:X-Id, digest",
                "header:X-Other",
                argument("header:X-Other"),
            ),
            (
                "header:X-Id, digest",
                "header:X-Sign",
                argument("header:X-Sign"),
            ),
            ("header:X-Id, digest", "event", argument("event")),
            ("header:X-Id, digest, proof, source", "", argument("")),
            (
                "push: CasePush",
                "push: CasePush\nembedded: Inner",
                "1: `embedded` is a type and the row of the string: `Inner in body`".to_owned(),
            ),
            (
                "push: CasePush",
                "push: CasePush\nembedded: Inner in event",
                format!("27: {xml}"),
            ),
            (
                "### request",
                "### error-xml (HTTP 400)",
                format!("26: {xml}"),
            ),
        ];
        for (sound, slip, expected) in slips {
            assert!(PUSH.contains(sound), "{sound}");
            let error = read_push(&PUSH.replacen(sound, slip, 1)).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("fixtures/p/case-push.md:{expected}"),
                "{sound} → {slip}"
            );
        }
        let embedded = PUSH
            .replace("push: CasePush", "push: CasePush\nembedded: Inner in event")
            .replace(
                "xml\n<doc><event>closed</event></doc>",
                "json\n{\"event\": \"{}\"}",
            );
        assert_eq!(
            read_push(&embedded).unwrap_err().to_string(),
            "fixtures/p/case-push.md:1: `embedded` needs a row `event` and rows below it"
        );
    }
}
