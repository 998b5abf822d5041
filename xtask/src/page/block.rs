//! The blocks of a saved page, whatever it was saved as.

/// A block and the line of the saved page that it begins on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) line: usize,
    pub(crate) content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Heading(String),
    /// One line of text: prose, a label, or a row of a table that was flattened.
    Line(String),
    /// The header is the first row. Rows may be shorter or longer than it.
    Table(Vec<Row>),
    /// Text that was set apart as code, or that can be nothing else.
    Code {
        /// `json`, `http`, `shell`, …, where the page says.
        language: Option<String>,
        text: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) line: usize,
    /// Without Markdown's or HTML's marks.
    pub(crate) cells: Vec<String>,
}
