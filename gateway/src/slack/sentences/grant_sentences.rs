//! Sentences about grants. The words are the domain's; here its pattern becomes code and the rest is escaped.

use crate::slack::formatting::{code, cut, esc};
use gateway_domain::GrantView;

/// Longest pattern in a line.
const PATTERN: usize = 150;

pub(crate) fn grant(grant: &GrantView) -> String {
    let (what, rest) = grant.in_parts();
    format!("{} {}", code(&cut(&what, PATTERN)), esc(rest))
}

pub(crate) fn revoked(view: &GrantView) -> String {
    format!("Revoked: {}", grant(view))
}
