//! A published example as tokens: the part of the repair that needs no grammar.

use std::collections::HashSet;
use std::fmt;
use std::iter::Peekable;
use std::str::CharIndices;

use crate::repair::{Broken, Place, Repair, Rule};

/// The text as tokens, with the repairs that need no grammar.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) tokens: Vec<Token>,
    pub(crate) end: Place,
    pub(crate) repairs: Vec<Repair>,
}

#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) at: Place,
    /// Of the line the token is on.
    pub(crate) indent: usize,
    pub(crate) first_on_line: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenKind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Colon,
    Comma,
    Semicolon,
    Placeholder,
    /// The JSON escapes between the quotes.
    Text(String),
    /// A number, `true`, `false`, `null`, or something else without quotes.
    Word(String),
}

impl TokenKind {
    pub(crate) fn closes(&self) -> bool {
        matches!(self, Self::CloseBrace | Self::CloseBracket)
    }

    pub(crate) fn separates(&self) -> bool {
        matches!(self, Self::Comma | Self::Semicolon)
    }

    pub(crate) fn begins_value(&self) -> bool {
        matches!(
            self,
            Self::OpenBrace | Self::OpenBracket | Self::Text(_) | Self::Word(_)
        )
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenBrace => out.write_str("`{`"),
            Self::CloseBrace => out.write_str("`}`"),
            Self::OpenBracket => out.write_str("`[`"),
            Self::CloseBracket => out.write_str("`]`"),
            Self::Colon => out.write_str("`:`"),
            Self::Comma => out.write_str("`,`"),
            Self::Semicolon => out.write_str("`;`"),
            Self::Placeholder => out.write_str("`...`"),
            Self::Text(raw) => write!(out, "`\"{raw}\"`"),
            Self::Word(word) => write!(out, "`{word}`"),
        }
    }
}

impl Scan {
    /// Fewer closing than opening brackets in a text that is not all on one margin.
    pub(crate) fn lost_closers(&self) -> bool {
        let count = |wanted: fn(&TokenKind) -> bool| {
            self.tokens
                .iter()
                .filter(|token| wanted(&token.kind))
                .count()
        };
        let opened = count(|kind| matches!(kind, TokenKind::OpenBrace | TokenKind::OpenBracket));
        let margins: HashSet<_> = self.tokens.iter().map(|token| token.indent).collect();
        count(TokenKind::closes) < opened && margins.len() > 1
    }
}

pub(crate) fn scan(text: &str) -> Result<Scan, Broken> {
    let mut scanner = Scanner {
        text,
        chars: text.char_indices().peekable(),
        at: Place::START,
        indent: 0,
        tokens_on_line: 0,
    };
    let mut scan = Scan {
        tokens: Vec::new(),
        end: Place::START,
        repairs: Vec::new(),
    };
    while let Some(&(offset, first)) = scanner.chars.peek() {
        let at = scanner.at;
        let kind = match first {
            '\n' => {
                scanner.bump();
                scanner.indent = 0;
                scanner.tokens_on_line = 0;
                continue;
            }
            // The byte order mark comes with pages that were saved by hand.
            _ if first.is_whitespace() || first == '\u{feff}' => {
                scanner.bump();
                if scanner.tokens_on_line == 0 {
                    scanner.indent += 1;
                }
                continue;
            }
            '/' | '#' => {
                scanner.comment(first)?;
                scan.repairs.push(Repair {
                    at,
                    rule: Rule::Comment,
                });
                continue;
            }
            '{' => scanner.single(TokenKind::OpenBrace),
            '}' => scanner.single(TokenKind::CloseBrace),
            '[' => scanner.single(TokenKind::OpenBracket),
            ']' => scanner.single(TokenKind::CloseBracket),
            ':' => scanner.single(TokenKind::Colon),
            ',' => scanner.single(TokenKind::Comma),
            ';' => scanner.single(TokenKind::Semicolon),
            '，' | '：' | '；' => {
                scan.repairs.push(Repair {
                    at,
                    rule: Rule::FullWidth,
                });
                scanner.single(match first {
                    '，' => TokenKind::Comma,
                    '：' => TokenKind::Colon,
                    _ => TokenKind::Semicolon,
                })
            }
            '"' => TokenKind::Text(scanner.quoted('"')?),
            '\'' | '“' | '”' => {
                let (rule, quote) = match first {
                    '\'' => (Rule::SingleQuotes, '\''),
                    _ => (Rule::FullWidth, '”'),
                };
                scan.repairs.push(Repair { at, rule });
                TokenKind::Text(scanner.quoted(quote)?)
            }
            _ => scanner.word(offset),
        };
        scan.tokens.push(Token {
            kind,
            at,
            indent: scanner.indent,
            first_on_line: scanner.tokens_on_line == 0,
        });
        scanner.tokens_on_line += 1;
        scan.end = scanner.at;
    }
    Ok(scan)
}

struct Scanner<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    at: Place,
    indent: usize,
    tokens_on_line: usize,
}

impl Scanner<'_> {
    fn bump(&mut self) -> Option<char> {
        let (_, next) = self.chars.next()?;
        if next == '\n' {
            self.at.line += 1;
            self.at.column = 1;
        } else {
            self.at.column += 1;
        }
        Some(next)
    }

    fn single(&mut self, kind: TokenKind) -> TokenKind {
        self.bump();
        kind
    }

    /// `//` or `#` to the end of the line, or `/* … */`.
    fn comment(&mut self, first: char) -> Result<(), Broken> {
        let at = self.at;
        self.bump();
        let second = self.chars.peek().map(|&(_, next)| next);
        match (first, second) {
            ('#', _) | (_, Some('/')) => {
                while self.chars.peek().is_some_and(|&(_, next)| next != '\n') {
                    self.bump();
                }
                Ok(())
            }
            (_, Some('*')) => {
                self.bump();
                let mut previous = ' ';
                while let Some(next) = self.bump() {
                    if (previous, next) == ('*', '/') {
                        return Ok(());
                    }
                    previous = next;
                }
                Err(Broken::new(at, "the comment that begins here has no end"))
            }
            _ => Err(Broken::new(at, "`/` is neither a value nor a comment")),
        }
    }

    /// What stands between the quotes, as a JSON string would write it.
    fn quoted(&mut self, quote: char) -> Result<String, Broken> {
        let start = self.at;
        let unclosed = || Broken::new(start, "the text that begins here is not closed on its line");
        self.bump();
        let mut raw = String::new();
        loop {
            let at = self.at;
            match self.bump().ok_or_else(unclosed)? {
                '\n' => return Err(unclosed()),
                next if next == quote => return Ok(raw),
                '"' => raw.push_str("\\\""),
                '\\' => {
                    let escaped = self.bump().ok_or_else(unclosed)?;
                    self.escape(escaped, at, &mut raw)?;
                }
                next if next < ' ' => {
                    return Err(Broken::new(at, "a control character inside a text"));
                }
                next => raw.push(next),
            }
        }
    }

    fn escape(&mut self, escaped: char, at: Place, raw: &mut String) -> Result<(), Broken> {
        match escaped {
            '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => raw.extend(['\\', escaped]),
            '\'' => raw.push('\''),
            'u' => {
                raw.push_str("\\u");
                for _ in 0..4 {
                    let digit = self.bump().filter(char::is_ascii_hexdigit);
                    raw.push(
                        digit.ok_or_else(|| Broken::new(at, "`\\u` without four hex digits"))?,
                    );
                }
            }
            other => return Err(Broken::new(at, format!("`\\{other}` is not an escape"))),
        }
        Ok(())
    }

    /// Anything without quotes, up to white space or punctuation.
    fn word(&mut self, start: usize) -> TokenKind {
        let mut end = self.text.len();
        while let Some(&(offset, next)) = self.chars.peek() {
            if next.is_whitespace() || "{}[]:,;\"'/#，：；“”".contains(next) {
                end = offset;
                break;
            }
            self.bump();
        }
        match self.text.get(start..end).unwrap_or_default() {
            "..." | "…" => TokenKind::Placeholder,
            word => TokenKind::Word(word.to_owned()),
        }
    }
}
