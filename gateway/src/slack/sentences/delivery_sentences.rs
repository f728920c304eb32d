//! What people read of deliveries in Slack.

pub(crate) const DELIVERING: &str =
    "Preparing a pull request. The session's thread shows how it goes, and asks where a decision is needed.";
pub(crate) const NOTHING_UNDER_WAY: &str =
    "No delivery of this session is under way. `deliver` begins one; `deliveries` lists all of them.";
