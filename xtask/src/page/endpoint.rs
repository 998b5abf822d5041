//! The call that a page is about: method, path, quota.

use super::block::{Block, Content};
use super::column::Column;
use super::table::Table;

pub(crate) const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// Rows of a table of properties: method and path, and what else such tables have.
pub(crate) const PROPERTIES: &[&str] = &[
    "Method",
    "HTTP Method",
    "Request Method",
    "Path",
    "URL",
    "URI",
    "Endpoint",
    "Request URL",
    "Base URL",
    "Host",
    "Authentication",
    "Authorization",
    "Auth",
    "Scope",
    "Scopes",
    "Permission",
    "Rate Limit",
    "Quota",
    "Frequency",
    "Content-Type",
    "Content Type",
    "Format",
    "Version",
    "Description",
    "Name",
    "请求方式",
    "请求方法",
    "接口地址",
    "请求地址",
    "请求URL",
    "请求路径",
    "接口路径",
    "频率限制",
    "调用频率",
    "权限",
    "描述",
    "名称",
    "版本",
];

const METHOD_LABELS: &[&str] = &[
    "method",
    "请求方式",
    "请求方法",
    "http请求方式",
    "调用方式",
    "请求类型",
];
const PATH_LABELS: &[&str] = &[
    "path",
    "url",
    "uri",
    "endpoint",
    "requesturl",
    "requestpath",
    "apiurl",
    "接口地址",
    "请求地址",
    "请求url",
    "请求路径",
    "接口路径",
    "接口url",
    "调用地址",
    "http调用",
    "https调用",
];
const QUOTA_LABELS: &[&str] = &[
    "ratelimit",
    "quota",
    "frequency",
    "频率限制",
    "调用频率",
    "频率",
    "限流",
];

/// What a page says of its call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) method: Option<String>,
    /// Without host and query.
    pub(crate) path: Option<String>,
    /// The names in the query of the address.
    pub(crate) query: Vec<String>,
    pub(crate) quota: Option<String>,
}

impl Endpoint {
    /// Takes what is not known yet; whether there was anything.
    pub(crate) fn take(&mut self, other: Self) -> bool {
        let found = other != Self::default();
        self.method = self.method.take().or(other.method);
        if self.path.is_none() {
            self.path = other.path;
            self.query = other.query;
        }
        self.quota = self.quota.take().or(other.quota);
        found
    }

    /// Reads a line, and the line after it where the value stands there. Also how many lines that were.
    pub(crate) fn read(blocks: &[Block]) -> Option<(Self, usize)> {
        let line = text(blocks.first()?)?;
        let next = blocks.get(1).and_then(text);
        if let Some(endpoint) = Self::of_request_line(line) {
            return Some((endpoint, 1));
        }
        if let (Some(method), Some(address)) = (method(line), next.and_then(address)) {
            return Some((address.with_method(method), 2));
        }
        if let (Some(address), Some(method)) = (
            address(line).filter(|_| line.starts_with('/')),
            next.and_then(method),
        ) {
            return Some((address.with_method(method), 2));
        }
        if let Some((label, value)) = labelled(line) {
            let endpoint = Self::of_label(label, value)?;
            // A method, and the whole address below it.
            let below = next.filter(|next| endpoint.path.is_none() && next.contains("://"));
            return Some(match below.and_then(address) {
                Some(found) => (
                    Self {
                        method: endpoint.method,
                        ..found
                    },
                    2,
                ),
                None => (endpoint, 1),
            });
        }
        let label = line.trim_end_matches([':', '：']).trim();
        let by_next = Self::of_label(label, next?).map(|endpoint| (endpoint, 2));
        by_next.or_else(|| {
            let quota = Self::of_quota(line)?;
            Some((quota, 1))
        })
    }

    /// `GET /orders/{id}`, `get https://…`, with or without `HTTP/1.1`.
    pub(crate) fn of_request_line(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let method = method(words.next()?)?;
        let address = address(words.next()?)?;
        let is_whole = words.next().is_none_or(|rest| rest.starts_with("HTTP/"));
        is_whole.then(|| address.with_method(method))
    }

    /// The address of an example call.
    pub(crate) fn of_address(method: &str, text: &str) -> Option<Self> {
        Some(address(text)?.with_method(method.to_uppercase()))
    }

    /// What a table of properties says, and the rows that say something else.
    pub(crate) fn of_properties(table: &Table) -> (Self, Vec<&(usize, Vec<String>)>) {
        let mut endpoint = Self::default();
        let mut unused = Vec::new();
        for row in &table.rows {
            if let [label, value, ..] = row.1.as_slice()
                && let Some(found) = Self::of_label(label, value)
            {
                endpoint.take(found);
            } else {
                unused.push(row);
            }
        }
        (endpoint, unused)
    }

    /// Whether a table without known columns is one of properties.
    pub(crate) fn is_properties(table: &Table) -> bool {
        table.has(Column::Property) || Self::of_properties(table).0 != Self::default()
    }

    fn of_label(label: &str, value: &str) -> Option<Self> {
        let label: String = label
            .chars()
            .filter(|next| next.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let is = |labels: &[&str]| {
            labels
                .iter()
                .any(|known| label == *known || label.ends_with(known) && label.starts_with("http"))
        };
        if is(METHOD_LABELS) || label.ends_with("method") {
            return Self::of_request_line(value)
                .or_else(|| Some(Self::default().with_method(method(value.trim())?)));
        }
        if is(PATH_LABELS) {
            return Self::of_request_line(value).or_else(|| address(value.trim()));
        }
        is(QUOTA_LABELS).then(|| Self::of_quota(value)).flatten()
    }

    fn of_quota(text: &str) -> Option<Self> {
        Some(Self {
            quota: Some(quota(text)?),
            ..Self::default()
        })
    }

    fn with_method(self, method: String) -> Self {
        Self {
            method: Some(method),
            ..self
        }
    }
}

fn text(block: &Block) -> Option<&str> {
    match &block.content {
        Content::Line(text) | Content::Heading(text) => Some(text.trim()),
        Content::Table(_) | Content::Code { .. } => None,
    }
}

/// `label: value` on one line.
fn labelled(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once([':', '：'])?;
    let value = value.trim();
    (!value.is_empty() && !value.starts_with("//")).then_some((label, value))
}

fn method(word: &str) -> Option<String> {
    let method = word
        .trim_matches(|next: char| !next.is_ascii_alphabetic())
        .to_uppercase();
    METHODS.contains(&method.as_str()).then_some(method)
}

/// The path of an address: `https://host/path?query` or `/path`.
fn address(text: &str) -> Option<Endpoint> {
    let text = text
        .split_whitespace()
        .next()?
        .trim_matches(['"', '\'', '`', '<', '>']);
    let local = match text.split_once("://") {
        Some((_, rest)) => rest.get(rest.find('/')?..)?,
        None => text,
    };
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    // Another script is the next heading, glued to the address.
    let path = path
        .split(|next: char| !next.is_ascii())
        .next()
        .unwrap_or_default();
    let allowed = |next: char| next.is_ascii_alphanumeric() || "/-_.{}:$~%".contains(next);
    if !path.starts_with('/')
        || path.len() < 2
        || path.starts_with("//")
        || !path.chars().all(allowed)
    {
        return None;
    }
    let names = query.split('&').filter_map(|pair| pair.split('=').next());
    Some(Endpoint {
        path: Some(path.to_owned()),
        query: names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        ..Endpoint::default()
    })
}

/// A quota in one form, whatever the language: `300 per minute`, `100 per 10 minutes`.
pub(crate) fn quota(text: &str) -> Option<String> {
    let words = words(text);
    let calls = |index: usize| {
        let number = words.get(index)?.parse::<u64>().ok()?;
        CALLS
            .contains(&words.get(index + 1)?.as_str())
            .then_some(number)
    };
    let window = |index: usize| {
        let (count, unit) = match words.get(index)?.parse::<u64>() {
            Ok(count) => (count, words.get(index + 1)?),
            Err(_) => (1, words.get(index)?),
        };
        UNITS
            .iter()
            .find(|(_, names)| names.contains(&unit.as_str()))
            .map(|&(unit, _)| (count, unit))
    };
    let number = |index: usize| words.get(index)?.parse::<u64>().ok();
    let per = |index: usize| {
        words
            .get(index)
            .is_some_and(|word| ["per", "a", "/", "every", "in", "每"].contains(&word.as_str()))
    };
    let found = (0..words.len()).find_map(|at| {
        // 300 calls per minute · 300 per minute · 300次/分钟
        let after_calls = calls(at)
            .map(|calls| (calls, at + 2))
            .or_else(|| number(at).map(|calls| (calls, at + 1)));
        let forward = after_calls
            .filter(|&(_, next)| per(next))
            .and_then(|(calls, next)| Some((calls, window(next + 1)?)));
        // 1分钟300次 · 每分钟300次
        let backward = || {
            let start = at + usize::from(per(at));
            let window = window(start)?;
            let next = start + if number(start).is_some() { 2 } else { 1 };
            Some((calls(next)?, window))
        };
        forward.or_else(backward)
    });
    found.map(|(calls, (count, unit))| match count {
        1 => format!("{calls} per {unit}"),
        _ => format!("{calls} per {count} {unit}s"),
    })
}

const CALLS: &[&str] = &["calls", "requests", "times", "call", "request", "次", "qps"];

const UNITS: &[(&str, &[&str])] = &[
    ("second", &["second", "seconds", "s", "sec", "秒", "秒钟"]),
    ("minute", &["minute", "minutes", "min", "分钟", "分"]),
    ("hour", &["hour", "hours", "h", "小时"]),
    ("day", &["day", "days", "天", "日"]),
];

/// Numbers, Latin words, runs of other letters, and single marks.
fn words(text: &str) -> Vec<String> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Digit,
        Latin,
        Other,
        Mark,
    }
    let mut words: Vec<(Kind, String)> = Vec::new();
    for next in text.chars().take(200).filter(|next| *next != ',') {
        let kind = match next {
            _ if next.is_ascii_digit() => Kind::Digit,
            _ if next.is_ascii_alphabetic() => Kind::Latin,
            '每' | '次' => Kind::Mark,
            _ if next.is_alphabetic() => Kind::Other,
            _ => Kind::Mark,
        };
        match words.last_mut() {
            Some((last, word)) if *last == kind && kind != Kind::Mark => {
                word.push(next.to_ascii_lowercase());
            }
            _ if next.is_whitespace() => words.push((Kind::Mark, String::new())),
            _ => words.push((kind, next.to_lowercase().to_string())),
        }
    }
    words
        .into_iter()
        .map(|(_, word)| word)
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_of_two_languages_read_the_same() {
        for (text, expected) in [
            ("1分钟300次", Some("300 per minute")),
            ("300 per minute", Some("300 per minute")),
            ("300次/分钟", Some("300 per minute")),
            ("每分钟300次", Some("300 per minute")),
            ("10分钟100次", Some("100 per 10 minutes")),
            ("100 per 10 minutes", Some("100 per 10 minutes")),
            (
                "at most 10,000 requests per minute",
                Some("10000 per minute"),
            ),
            ("2 requests a second", Some("2 per second")),
            ("created in 2 minutes", None),
            ("300", None),
            ("", None),
        ] {
            assert_eq!(quota(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_call_is_found_in_every_style() {
        let line = |text: &str| Block {
            line: 1,
            content: Content::Line(text.to_owned()),
        };
        for (lines, method, path) in [
            (
                vec!["get https://{shop}.example/openapi/2022-01/list"],
                Some("GET"),
                Some("/openapi/2022-01/list"),
            ),
            (
                vec!["POST", "/open/order/query"],
                Some("POST"),
                Some("/open/order/query"),
            ),
            (
                vec!["POST https://api.example/shop/get?access_token=TOKEN"],
                Some("POST"),
                Some("/shop/get"),
            ),
            (vec!["Http request method: POST"], Some("POST"), None),
            (vec!["请求方式:", "POST"], Some("POST"), None),
            (
                vec!["接口地址:", "https://api.example/xe.detail/1.0.0"],
                None,
                Some("/xe.detail/1.0.0"),
            ),
            (vec!["请求URL：https://api.example/a"], None, Some("/a")),
            (vec!["POST", "Order list"], None, None),
            (vec!["Get IM link"], None, None),
            (vec!["get /some thing"], None, None),
        ] {
            let blocks: Vec<_> = lines.iter().map(|text| line(text)).collect();
            let found = Endpoint::read(&blocks)
                .map(|(endpoint, _)| endpoint)
                .unwrap_or_default();
            assert_eq!(
                (found.method.as_deref(), found.path.as_deref()),
                (method, path),
                "{lines:?}"
            );
        }
    }
}
