//! What stands on buttons of a request's card besides its answers, whose words are the domain's.

pub(crate) const DETAILS: &str = "Details";
pub(crate) const OWN_WORDS: &str = "Write your own…";
pub(crate) const ASIDE: &str = "Discuss in a thread";
