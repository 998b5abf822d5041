//! What is documented of one call: the part of a sheet that its page can confirm or contradict.

use crate::error::Result;
use crate::example;
use crate::json::Json;
use crate::page::codes::Code;
use crate::page::payload;
use crate::sheet::{ErrorRow, Format, Kind, Sheet};

#[derive(Debug, Default)]
pub(crate) struct Contract {
    pub(crate) method: Option<String>,
    /// Without host and query.
    pub(crate) path: Option<String>,
    pub(crate) quota: Option<String>,
    pub(crate) request: Vec<Field>,
    pub(crate) response: Vec<Field>,
    pub(crate) codes: Vec<Codes>,
    pub(crate) errors: Vec<ErrorRow>,
    pub(crate) payloads: Vec<Payload>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) path: String,
    /// As the page declares it, or read off the example.
    pub(crate) kind: String,
    /// The page declares no type; this one is read off the example.
    pub(crate) inferred: bool,
    /// None where the page does not say.
    pub(crate) required: Option<bool>,
    /// Of the example column, as published.
    pub(crate) example: Option<String>,
    /// Documented, but on another page.
    pub(crate) elsewhere: bool,
    /// The page's own words.
    pub(crate) description: String,
}

/// The codes of one field.
#[derive(Debug)]
pub(crate) struct Codes {
    pub(crate) path: String,
    pub(crate) codes: Vec<Code>,
    pub(crate) elsewhere: bool,
}

/// A documented example.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) kind: PayloadKind,
    /// As published.
    pub(crate) text: String,
    pub(crate) body: Body,
    pub(crate) elsewhere: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayloadKind {
    Request,
    Response,
    /// With its HTTP status, where the page states one.
    Error(Option<u16>),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Json(Json),
    /// An HTTP request, taken apart.
    Http(Json),
    /// XML, by the names of its elements.
    Xml(Json),
    /// No JSON on purpose, such as a bare word.
    Text(String),
    /// No rule repairs it: why.
    Broken(String),
}

impl Body {
    pub(crate) fn json(&self) -> Option<&Json> {
        match self {
            Self::Json(json) | Self::Http(json) | Self::Xml(json) => Some(json),
            Self::Text(_) | Self::Broken(_) => None,
        }
    }
}

impl Contract {
    /// # Errors
    /// When an example of the sheet cannot be read.
    pub(crate) fn of_sheet(sheet: &Sheet) -> Result<Self> {
        let field = |field: &crate::sheet::Field| Field {
            path: field.path.clone(),
            kind: field.kind.clone(),
            inferred: field.inferred,
            required: field.required,
            example: field.example.clone(),
            elsewhere: field.elsewhere,
            description: String::new(),
        };
        let codes = sheet.codes.iter().map(|table| Codes {
            path: table.path.clone(),
            codes: table
                .codes
                .iter()
                .map(|code| (code.clone(), String::new()))
                .collect(),
            elsewhere: table.elsewhere,
        });
        let payloads = sheet.examples.iter().map(|example| {
            let body = match example.format {
                Format::Json => Body::Json(example::read(sheet, example)?.0),
                Format::Xml => Body::Xml(example::read_xml(sheet, example)?.1),
                Format::Text => {
                    let http = payload::http(&example.text).map(|(json, _)| Body::Http(json));
                    http.unwrap_or_else(|| Body::Text(example.text.trim_end().to_owned()))
                }
            };
            Ok(Payload {
                kind: match example.kind {
                    Kind::Request => PayloadKind::Request,
                    Kind::Response => PayloadKind::Response,
                    Kind::Error(status) => PayloadKind::Error(Some(status)),
                },
                text: example.text.clone(),
                body,
                elsewhere: example.elsewhere,
            })
        });
        Ok(Self {
            method: Some(sheet.method.clone()),
            path: Some(sheet.path.clone()),
            quota: sheet.rate_limit.clone(),
            request: sheet.request.iter().map(field).collect(),
            response: sheet.response.iter().map(field).collect(),
            codes: codes.collect(),
            errors: sheet.errors.clone(),
            payloads: payloads.collect::<Result<_>>()?,
        })
    }

    /// The same of a push: under whatever heading a page has it, what the platform sends is the request.
    pub(crate) fn pushed(mut self) -> Self {
        for field in std::mem::take(&mut self.response) {
            if self.request.iter().all(|known| known.path != field.path) {
                self.request.push(field);
            }
        }
        for payload in &mut self.payloads {
            if payload.kind == PayloadKind::Response {
                payload.kind = PayloadKind::Request;
            }
        }
        self
    }

    /// The same with the JSON that the string at a row holds in its place.
    pub(crate) fn opened(mut self, embedded: Option<&str>) -> Self {
        for payload in &mut self.payloads {
            if let Body::Json(json) = &mut payload.body
                && let Some(opened) = example::opened(json.clone(), "", embedded)
            {
                *json = opened;
            }
        }
        self
    }
}
