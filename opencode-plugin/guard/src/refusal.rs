//! Why nothing was run: what went wrong, where, and what mends it.

use std::fmt::{Display, Formatter, Result};
use std::path::Path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    what: String,
    at: String,
    mend: String,
}

impl Refusal {
    pub fn new(what: impl Display, at: impl Display, mend: impl Display) -> Self {
        Self { what: what.to_string(), at: at.to_string(), mend: mend.to_string() }
    }

    pub fn at(path: &Path, what: impl Display, mend: impl Display) -> Self {
        Self::new(what, path.display(), mend)
    }

    /// A sentence that another process of ours made.
    pub fn told(sentence: impl Display) -> Self {
        Self::new(sentence, "", "")
    }
}

impl Display for Refusal {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let Self { what, at, mend } = self;
        if at.is_empty() {
            return write!(out, "{what}");
        }
        write!(out, "guard: nothing was run. {at}: {what}. {mend}.")
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn a_refusal_says_what_where_and_how_to_mend_it() {
        let refusal = Refusal::new("it is not JSON", "/opt/guard.json", "Write it anew").to_string();
        assert_eq!(refusal, "guard: nothing was run. /opt/guard.json: it is not JSON. Write it anew.");
    }
}
