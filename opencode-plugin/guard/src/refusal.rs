//! Why nothing was run: what went wrong, where, and how to fix it.

use std::fmt::{Display, Formatter, Result};
use std::path::Path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    what: String,
    at: String,
    fix: String,
}

impl Refusal {
    pub fn new(what: impl Display, at: impl Display, fix: impl Display) -> Self {
        Self { what: what.to_string(), at: at.to_string(), fix: fix.to_string() }
    }

    pub fn at(path: &Path, what: impl Display, fix: impl Display) -> Self {
        Self::new(what, path.display(), fix)
    }

    /// A sentence that another process of ours made.
    pub fn told(sentence: impl Display) -> Self {
        Self::new(sentence, "", "")
    }
}

impl Display for Refusal {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let Self { what, at, fix } = self;
        if at.is_empty() {
            return write!(out, "{what}");
        }
        write!(out, "guard: nothing was run. {at}: {what}. {fix}.")
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn a_refusal_says_what_where_and_how_to_fix_it() {
        let refusal = Refusal::new("it is not JSON", "/opt/guard.json", "Write it anew").to_string();
        assert_eq!(refusal, "guard: nothing was run. /opt/guard.json: it is not JSON. Write it anew.");
    }
}
