//! The payloads that a page shows: JSON, HTTP requests, curl commands.

use crate::contract::Body;
use crate::json::Json;
use crate::page::endpoint::Endpoint;
use crate::page::html;
use crate::repair::{self, Repair};
use crate::xml;

/// What a block of code is.
#[derive(Debug)]
pub(crate) enum Code {
    /// Or XML, which is never repaired.
    Json { body: Body, repairs: Vec<Repair> },
    Http {
        json: Json,
        /// Of the body.
        repairs: Vec<Repair>,
    },
    /// The command line that a page shows beside the same request.
    Curl {
        endpoint: Option<Endpoint>,
        headers: Vec<String>,
        body: Option<String>,
    },
    /// A request line and nothing else.
    Endpoint(Endpoint),
    /// A bare word, HTML, or a program.
    Other,
}

impl Code {
    pub(crate) fn read(text: &str, language: Option<&str>) -> Self {
        let trimmed = text.trim();
        let command = trimmed.strip_prefix("$ ").unwrap_or(trimmed);
        if command.starts_with("curl ") {
            return curl(command);
        }
        if let Some((json, repairs)) = http(trimmed) {
            let endpoint =
                Endpoint::of_request_line(trimmed).filter(|_| !trimmed.contains("HTTP/"));
            return endpoint.map_or(Self::Http { json, repairs }, Self::Endpoint);
        }
        if let Some(json) = xml(trimmed) {
            return Self::Json {
                body: Body::Xml(json),
                repairs: Vec::new(),
            };
        }
        // An answer with its head: the head says nothing that a heading does not.
        let (body, offset) = match trimmed
            .strip_prefix("HTTP/")
            .and_then(|_| trimmed.split_once("\n\n"))
        {
            Some((head, body)) => (body, head.lines().count() + 1),
            None => (text, 0),
        };
        let looks_like_json =
            body.trim_start().starts_with(['{', '[', '"', '\'']) && !is_bare_word(trimmed);
        if !looks_like_json && !matches!(language, Some("json" | "json5")) {
            return Self::Other;
        }
        match repair::read(body) {
            Ok((json, repairs)) => Self::Json {
                body: Body::Json(json),
                repairs: below(repairs, offset),
            },
            Err(broken) => Self::Json {
                body: Body::Broken(broken.to_string()),
                repairs: Vec::new(),
            },
        }
    }
}

/// The repairs of a body that begins so many lines down.
fn below(mut repairs: Vec<Repair>, lines: usize) -> Vec<Repair> {
    for repair in &mut repairs {
        repair.at.line += lines;
    }
    repairs
}

/// `"…"` and nothing else is a text, also without the braces around it.
fn is_bare_word(text: &str) -> bool {
    !text.contains(['{', '[', ':'])
}

/// XML as JSON. None where it is HTML, which may be well-formed as well.
pub(crate) fn xml(text: &str) -> Option<Json> {
    let (root, json) = xml::read(text)?;
    (!html::is_block(&root) && json.leaves().len() > 1).then_some(json)
}

/// An HTTP request as JSON, so that requests are compared as other payloads are; with the repairs of its body.
pub(crate) fn http(text: &str) -> Option<(Json, Vec<Repair>)> {
    let (head, body) = text.trim().split_once("\n\n").unwrap_or((text.trim(), ""));
    let mut lines = head.lines();
    let request_line = lines.next()?;
    Endpoint::of_request_line(request_line)?;
    let string = |text: &str| Json::string(text.trim());
    let mut members = vec![("request line".to_owned(), string(request_line))];
    let headers = lines.filter_map(|line| line.split_once(':'));
    members.extend(headers.map(|(name, value)| (header(name), string(value))));
    let mut repairs = Vec::new();
    if !body.trim().is_empty() {
        match repair::read(body) {
            Ok((json, repaired)) => {
                repairs = below(repaired, head.lines().count() + 1);
                match json {
                    Json::Object(fields) => members.extend(fields),
                    json => members.push(("body".to_owned(), json)),
                }
            }
            Err(_) => members.push(("body".to_owned(), string(body))),
        }
    }
    Some((Json::Object(members), repairs))
}

/// The path of a header in a request table.
pub(crate) fn header(name: &str) -> String {
    format!("header:{}", name.trim())
}

/// Headers that say nothing of the call.
pub(crate) fn is_technical(header: &str) -> bool {
    const TECHNICAL: [&str; 7] = [
        "host",
        "content-type",
        "content-length",
        "accept",
        "user-agent",
        "connection",
        "accept-encoding",
    ];
    TECHNICAL.contains(&header.trim().to_lowercase().as_str())
}

fn curl(text: &str) -> Code {
    let words = shell_words(text);
    let mut headers = Vec::new();
    let mut body = None;
    let mut method = None;
    for pair in words.windows(2) {
        let [option, value] = pair else { continue };
        match option.as_str() {
            "-H" | "--header" => {
                let name = value.split([':', ';']).next().unwrap_or_default();
                headers.push(name.trim().to_owned());
            }
            "-X" | "--request" => method = Some(value.clone()),
            "-d" | "--data" | "--data-raw" | "--data-binary" => body = Some(value.clone()),
            _ => {}
        }
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    let address = words.iter().find(|word| word.contains("://"));
    let endpoint = address.and_then(|address| Endpoint::of_address(&method, address));
    Code::Curl {
        endpoint,
        headers,
        body,
    }
}

/// The words of a command line; quotes group, a backslash at the end of a line continues it.
fn shell_words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        match (quote, next) {
            (None, '"' | '\'') => quote = Some(next),
            (Some(open), next) if open == next => quote = None,
            (None, next) if next.is_whitespace() => words.push(String::new()),
            (None | Some('"'), '\\') => {
                let escaped = chars.next().filter(|escaped| *escaped != '\n');
                if let (Some(word), Some(escaped)) = (words.last_mut(), escaped) {
                    word.push(escaped);
                }
            }
            (_, next) => {
                if let Some(word) = words.last_mut() {
                    word.push(next);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
