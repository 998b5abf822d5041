//! What reads files from outside, for the fuzzing.

use crate::contract::Contract;
use crate::{drift, example, import, page, repair, sheet};

/// Reads a saved page as `import` and `drift` do, and says whether it documents anything.
pub fn page(text: &str) -> bool {
    let Some(page) = page::read(text) else {
        return false;
    };
    drift::compare(&page.contract, &page.contract, &[]);
    drift::unreadable(&page.contract, &page.contract);
    import::draft("platform", "endpoint", &page, "2026-01-31");
    true
}

/// Reads a sheet with its examples as `fixtures` does, and says whether it is one.
pub fn sheet(text: &str) -> bool {
    let value = |key| text.lines().find_map(|line| line.strip_prefix(key));
    let [platform, endpoint] =
        ["platform: ", "endpoint: "].map(|key| value(key).unwrap_or_default());
    // A sheet has to be where it says that it is.
    let file = format!("fixtures/{}/{}.md", platform.trim(), endpoint.trim());
    let Ok(sheet) = sheet::parse(&file, text) else {
        return false;
    };
    example::fixtures(&sheet).is_ok() && Contract::of_sheet(&sheet).is_ok()
}

/// Repairs a damaged example. None: nothing could.
pub fn example(text: &str) -> Option<String> {
    repair::read(text).ok().map(|(json, _)| json.pretty())
}
