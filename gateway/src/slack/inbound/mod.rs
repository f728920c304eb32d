//! What comes from Slack: over sockets or HTTP, to one door, where it is put on disk and acknowledged.

pub(in crate::slack) mod alerts;
pub(in crate::slack) mod door;
pub(in crate::slack) mod happening;
pub(in crate::slack) mod http;
pub(in crate::slack) mod lanes;
mod link;
pub(in crate::slack) mod parse;
mod seen;
pub(in crate::slack) mod socket;
