//! Lists of codes inside descriptions: `0: …, 1: …`, `1-仅退款 2-退款退货`, "one of: pending, processing".

/// A code and what the page says it means; nothing where it says only the word.
pub(crate) type Code = (String, String);

/// The codes that a description lists, in its order; none where it lists none.
pub(crate) fn listed(description: &str) -> Vec<Code> {
    let readings = [explained, glued, reversed, bare];
    let lists = readings.iter().map(|read| read(description));
    lists
        .into_iter()
        .find(|codes| codes.len() > 1)
        .unwrap_or_default()
}

/// `code mark meaning`, again and again.
fn explained(text: &str) -> Vec<Code> {
    let mut starts = Vec::new();
    let mut at = 0;
    let mut before = None;
    while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let found = begins_word(before).then(|| code_at(text, at)).flatten();
        let (step, last) = match found {
            Some((code, meaning)) => {
                starts.push((at, code, meaning));
                (meaning - at, None)
            }
            None => (next.len_utf8(), Some(next)),
        };
        at += step;
        before = last;
    }
    let ends = starts
        .iter()
        .skip(1)
        .map(|&(at, ..)| at)
        .chain([text.len()]);
    let codes = starts.iter().zip(ends).map(|(&(_, code, meaning), end)| {
        let meaning = text.get(meaning..end).unwrap_or_default();
        let marks = [',', '，', ';', '；', '、', '.', '。', ']', '】', '[', '('];
        let meaning = meaning.trim().trim_end_matches(marks).trim_end();
        (code.to_owned(), meaning.to_owned())
    });
    distinct(codes.collect())
}

fn begins_word(before: Option<char>) -> bool {
    before
        .is_none_or(|before| !before.is_ascii_alphanumeric() && !matches!(before, '_' | '.' | '-'))
}

/// The code that stands at a place, and where its meaning begins.
fn code_at(text: &str, at: usize) -> Option<(&str, usize)> {
    let rest = text.get(at..)?;
    let rest_quoted = rest.strip_prefix(['"', '\'', '“']);
    let code_start = at + rest.len() - rest_quoted.unwrap_or(rest).len();
    let rest = text.get(code_start..)?;
    let length = number_length(rest).or_else(|| name_length(rest))?;
    let code = rest.get(..length)?;
    let is_word = code.bytes().all(|byte| byte.is_ascii_alphabetic())
        && code.bytes().any(|byte| byte.is_ascii_lowercase());
    let after = rest.get(length..)?;
    let after = after.strip_prefix(['"', '\'', '”']).unwrap_or(after);
    let marked = after.trim_start_matches(' ');
    let mark = MARKS.iter().find(|mark| marked.starts_with(**mark))?;
    let meaning = marked.get(mark.len()..)?;
    let meaning = meaning.trim_start();
    let first = meaning.chars().next()?;
    // A time, a date or a range of numbers is no list of codes, nor is a word before English words.
    let is_prose = is_word && first.is_ascii();
    (!first.is_ascii_digit() && !first.is_ascii_punctuation() && !is_prose)
        .then(|| (code, text.len() - meaning.len()))
}

const MARKS: [&str; 8] = [":", "：", "-", "=", "—", "–", "→", "－"];

fn number_length(text: &str) -> Option<usize> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    (1..=6)
        .contains(&digits)
        .then_some(text.len() - unsigned.len() + digits)
}

/// `USER_CANCELLED`, `wait_seller`, `WeChat`.
fn name_length(text: &str) -> Option<usize> {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = text.bytes().take_while(inside).count();
    let name = text.get(..length)?;
    let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
    (letters > 2).then_some(length)
}

/// Numbers and Chinese without a mark between them: `0待审核 1已通过 -1驳回`.
fn glued(text: &str) -> Vec<Code> {
    const UNITS: &str = "天个条次分秒元月年日小时件位张";
    let items = text.split(|next: char| next.is_whitespace() || ",，、;；。：:（(".contains(next));
    let codes = items.map(|item| {
        let length = number_length(item)?;
        let meaning = item.get(length..)?;
        let first = meaning
            .chars()
            .next()
            .filter(|first| !first.is_ascii() && !UNITS.contains(*first));
        first.map(|_| {
            (
                item.get(..length).unwrap_or_default().to_owned(),
                meaning.to_owned(),
            )
        })
    });
    distinct(codes.flatten().collect())
}

/// The meaning before the code: `待审核:customer.audit 已退款:refunded`.
fn reversed(text: &str) -> Vec<Code> {
    let items =
        text.split(|next: char| next.is_whitespace() || ",，、;；。()（）[]".contains(next));
    let codes = items.filter_map(|item| {
        let (meaning, code) = item.rsplit_once([':', '：'])?;
        let is_code = code.len() > 2
            && code
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
            && code.bytes().any(|byte| byte.is_ascii_alphabetic());
        let is_meaning = !meaning.is_empty() && !meaning.is_ascii();
        (is_code && is_meaning).then(|| (code.to_owned(), meaning.to_owned()))
    });
    distinct(codes.collect())
}

/// A code that comes twice is none.
fn distinct(codes: Vec<Code>) -> Vec<Code> {
    let is_distinct = codes
        .iter()
        .enumerate()
        .all(|(index, (code, _))| codes.iter().take(index).all(|(known, _)| known != code));
    if is_distinct { codes } else { Vec::new() }
}

/// Words without a meaning: "Can be one of: pending , processing , or finished ."
fn bare(text: &str) -> Vec<Code> {
    let lower = text.to_lowercase();
    let begin = TRIGGERS
        .iter()
        .filter_map(|trigger| lower.find(trigger).map(|at| at + trigger.len()))
        .min();
    // Lower case may be longer than the text; then nothing is known of the place.
    let Some(rest) = begin
        .filter(|_| lower.len() == text.len())
        .and_then(|at| text.get(at..))
    else {
        return Vec::new();
    };
    let rest = rest.trim_start().trim_start_matches([':', '：', '[', '(']);
    let sentence = rest
        .split(['。', '；', ';', ')', ']'])
        .next()
        .unwrap_or_default();
    let sentence = sentence
        .split(". ")
        .next()
        .unwrap_or_default()
        .trim()
        .trim_end_matches('.');
    let items: Vec<_> = sentence
        .split([',', '，', '、', '|', '/'])
        .flat_map(|item| item.split(" or "))
        .map(|item| {
            item.trim()
                .trim_start_matches("or ")
                .trim_start_matches('或')
        })
        .map(|item| item.trim_matches(|next: char| next.is_whitespace() || "\"'“”`".contains(next)))
        .filter(|item| !item.is_empty())
        .collect();
    let is_code = |item: &&str| {
        item.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    if items.len() < 2 || !items.iter().all(is_code) {
        return Vec::new();
    }
    items
        .into_iter()
        .map(|item| (item.to_owned(), String::new()))
        .collect()
}

const TRIGGERS: [&str; 9] = [
    "one of",
    "values:",
    "values：",
    "value:",
    "可选值",
    "取值",
    "枚举值",
    "枚举",
    "allowed:",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_every_style_and_nowhere_else() {
        let cases: &[(&str, &[&str])] = &[
            (
                "售后方式:1-仅退款 2-退款退货 3-换货",
                &["1=仅退款", "2=退款退货", "3=换货"],
            ),
            ("提交类型:1:用户 2:商家", &["1=用户", "2=商家"]),
            (
                "状态 [0:新,1:取消,11:付款中]",
                &["0=新", "1=取消", "11=付款中"],
            ),
            (
                "Kind, 1: refund, 2: refund return, 3: exchange",
                &["1=refund", "2=refund return", "3=exchange"],
            ),
            (
                "0: new, 6: to a_infos[].home, 7: closed",
                &["0=new", "6=to a_infos[].home", "7=closed"],
            ),
            (
                "-1:全部，1:待处理；2：成功",
                &["-1=全部", "1=待处理", "2=成功"],
            ),
            (
                "Can be one of: pending , processing , or finished .",
                &["pending=", "processing=", "finished="],
            ),
            (
                "Common values: \"pending\", \"done\". More later.",
                &["pending=", "done="],
            ),
            ("可选值：WAIT、DONE", &["WAIT=", "DONE="]),
            (
                "审核 0待审核 1已通过 -1已驳回,可多选",
                &["0=待审核", "1=已通过", "-1=已驳回"],
            ),
            ("1卡券,2套餐,示例:2", &["1=卡券", "2=套餐"]),
            ("有效期 1天,30天", &[]),
            (
                "状态(待审核:customer.audit 已退款:refunded)",
                &["customer.audit=待审核", "refunded=已退款"],
            ),
            (
                "【WeChat=微信 Alipay=支付宝】",
                &["WeChat=微信", "Alipay=支付宝"],
            ),
            (
                "USER_CANCELD：用户取消；USER_WAIT：等待",
                &["USER_CANCELD=用户取消", "USER_WAIT=等待"],
            ),
            ("The currency code (e.g., \"CNY\" , \"USD\" ).", &[]),
            ("ISO 8601, such as 2020-12-01 00:00:00", &[]),
            ("from 10:00 to 12:00, 1-5 a day", &[]),
            ("Order 1: the first", &[]),
            ("at most 10 of them, 20 by default", &[]),
            ("1: a, 1: b", &[]),
            ("", &[]),
        ];
        for (description, expected) in cases {
            let codes: Vec<_> = listed(description)
                .into_iter()
                .map(|(code, meaning)| format!("{code}={meaning}"))
                .collect();
            assert_eq!(codes, *expected, "{description}");
        }
    }
}
