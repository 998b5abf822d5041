//! What a heading opens, in English and Chinese, also where the heading is only a line of its own.

/// A part of a page, as far as its heading says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) side: Option<Side>,
    pub(crate) place: Option<Place>,
    /// It announces a payload, not a table.
    pub(crate) is_example: bool,
    /// The HTTP status that it names.
    pub(crate) status: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
    Error,
}

/// Where a request field travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Body,
}

impl Section {
    /// The section that a heading names, if it names one. Sentences are no headings.
    pub(crate) fn named(heading: &str) -> Option<Self> {
        let text = heading.trim().trim_end_matches([':', '：']).to_lowercase();
        if !is_short(&text) {
            return None;
        }
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let place = PLACES
            .iter()
            .find(|(_, words)| has(words))
            .map(|&(place, _)| place);
        let first = SIDES
            .iter()
            .flat_map(|&(side, words)| words.iter().map(move |word| (side, word)))
            .filter_map(|(side, word)| text.find(word).map(|at| (at, side)))
            .min_by_key(|&(at, _)| at)
            .map(|(_, side)| side);
        let status = status(&text);
        let is_parameters = has(&["param", "参数"]);
        // An error answer is an error, whatever else the heading says.
        let side = if has(ERRORS) || status.is_some_and(|status| status >= 400) {
            Some(Side::Error)
        } else if status.is_some() {
            Some(Side::Response)
        } else if first.is_none() && is_parameters && (place.is_some() || is_only(&text)) {
            Some(Side::Request)
        } else {
            first
        };
        let section = Self {
            side,
            place: place.filter(|_| side != Some(Side::Response)),
            is_example: has(&["example", "sample", "demo", "示例", "样例", "例子", "范例"]),
            status,
        };
        (section != Self::default()).then_some(section)
    }
}

/// Parameters of a page that names no side are those of the request.
fn is_only(text: &str) -> bool {
    [
        "parameters",
        "params",
        "参数",
        "参数说明",
        "common parameters",
        "公共参数",
    ]
    .contains(&text)
}

/// How long a line may be to pass for a heading: the part before a parenthesis counts.
fn is_short(text: &str) -> bool {
    let text = text.split(['(', '（']).next().unwrap_or_default();
    let is_sentence = text.ends_with(['.', '。', ';', '；'])
        || text.contains(['，', '"', '=', '{', '/'].as_slice()) && !text.contains("application/");
    !is_sentence && text.chars().count() <= 48 && text.split_whitespace().count() <= 7
}

const SIDES: &[(Side, &[&str])] = &[
    (
        Side::Request,
        &["request", "请求", "入参", "input param", "调用参数"],
    ),
    (
        Side::Response,
        &[
            "response", "return", "返回", "响应", "回包", "应答", "出参", "output", "result",
        ],
    ),
];

const ERRORS: &[&str] = &["error", "错误", "异常", "失败", "fail"];

const PLACES: &[(Place, &[&str])] = &[
    (
        Place::Path,
        &[
            "path param",
            "path 参数",
            "path参数",
            "路径参数",
            "url param",
            "路径变量",
        ],
    ),
    (
        Place::Query,
        &["query", "查询参数", "查询字符串", "url参数", "url 参数"],
    ),
    (Place::Header, &["header", "请求头", "头部"]),
    (Place::Body, &["body", "请求体", "payload"]),
];

/// A number between 200 and 599 that stands alone, or before Chinese: `🟢200成功`.
fn status(text: &str) -> Option<u16> {
    let mut runs =
        text.split(|next: char| !next.is_ascii_alphanumeric() && next != '.' && next != '-');
    let number =
        runs.find(|run| run.len() == 3 && run.bytes().all(|byte| byte.is_ascii_digit()))?;
    number
        .parse()
        .ok()
        .filter(|status| (200..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_two_languages_open_the_same_sections() {
        let section = |side, place, is_example, status| {
            Some(Section {
                side,
                place,
                is_example,
                status,
            })
        };
        use Side::{Error, Request, Response};
        for (heading, expected) in [
            (
                "Path Parameters",
                section(Some(Request), Some(Place::Path), false, None),
            ),
            (
                "Query Parameters",
                section(Some(Request), Some(Place::Query), false, None),
            ),
            (
                "Request Headers",
                section(Some(Request), Some(Place::Header), false, None),
            ),
            (
                "Header 参数",
                section(Some(Request), Some(Place::Header), false, None),
            ),
            (
                "Body 参数application/json",
                section(Some(Request), Some(Place::Body), false, None),
            ),
            (
                "Request Parameter Dxplaination",
                section(Some(Request), None, false, None),
            ),
            ("请求参数", section(Some(Request), None, false, None)),
            ("请求示例代码", section(Some(Request), None, true, None)),
            (
                "Return Package Example",
                section(Some(Response), None, true, None),
            ),
            (
                "Response Parameters",
                section(Some(Response), None, false, None),
            ),
            ("返回参数", section(Some(Response), None, false, None)),
            ("🟢200成功", section(Some(Response), None, false, Some(200))),
            (
                "Success Response",
                section(Some(Response), None, false, None),
            ),
            ("Error Response", section(Some(Error), None, false, None)),
            ("错误码", section(Some(Error), None, false, None)),
            (
                "401 Unauthorized",
                section(Some(Error), None, false, Some(401)),
            ),
            ("示例", section(None, None, true, None)),
            ("Overview", None),
            ("data", None),
            (
                "Error responses in the API can be represented using two different fields: errors",
                None,
            ),
            ("Returns the list, newest first.", None),
        ] {
            assert_eq!(Section::named(heading), expected, "{heading}");
        }
    }
}
