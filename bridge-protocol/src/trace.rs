//! What joins the two ends' parts of one trace.
//!
//! A command and an event may carry the place in a trace that they belong to, written as the W3C's `traceparent`. What
//! the plugin did meanwhile it tells as spans: it has no way out of its pod but the link, so the gateway sends them on.

use serde::{Deserialize, Serialize};

/// `trace.spans`: what the plugin did on behalf of commands that belong to a trace. Lost ones are not sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Spans {
    /// At most `MAX_SPANS`; more are not read.
    pub spans: Vec<Span>,
}

/// Something that took time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Span {
    /// Its own place: `00-<trace id>-<its id>-<flags>`.
    pub traceparent: String,
    /// Sixteen hexadecimal digits: the span that it is a part of.
    pub parent_id: String,
    /// One of a few: the name of a command, or method and first word of one of OpenCode's routes.
    pub name: String,
    /// Microseconds since 1970, by the pod's clock.
    pub start_us: u64,
    pub end_us: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Why it failed, in a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
