//! What comes from Slack: over sockets or HTTP, to one intake, where it is put on disk and acknowledged.

pub(in crate::slack) mod alert_webhook;
mod dedup;
pub(in crate::slack) mod event;
pub(in crate::slack) mod http;
pub(in crate::slack) mod intake;
pub(in crate::slack) mod lanes;
pub(in crate::slack) mod parse;
pub(in crate::slack) mod socket;
mod socket_link;
