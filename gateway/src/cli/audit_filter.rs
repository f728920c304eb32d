//! Which entries of the audit log somebody wants to see or export: the same filters as the console's page.

use crate::sessions::ports::AuditPage;
use clap::{Args, ValueEnum};
use gateway_domain::{AuditKind, ChainedEntry};
use jiff::Timestamp;

#[derive(Debug, Args)]
pub(super) struct AuditFilter {
    /// Only entries of this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Only entries about this request
    #[arg(long, value_name = "ID")]
    ask: Option<String>,
    /// Only entries of this sort
    #[arg(long)]
    kind: Option<WantedKind>,
    /// Only entries by people whose id has this in it, such as `anna` or `slack:`
    #[arg(long, value_name = "TEXT")]
    person: Option<String>,
    /// Only entries that have this text anywhere
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Not earlier, such as 2026-11-29T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Earlier than this
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WantedKind {
    Decision,
    Rule,
    Refusal,
    Alarm,
    Other,
}

impl From<WantedKind> for AuditKind {
    fn from(kind: WantedKind) -> Self {
        match kind {
            WantedKind::Decision => Self::Decision,
            WantedKind::Rule => Self::Rule,
            WantedKind::Refusal => Self::Refusal,
            WantedKind::Alarm => Self::Alarm,
            WantedKind::Other => Self::Other,
        }
    }
}

impl AuditFilter {
    pub(super) fn of(&self, entries: Vec<ChainedEntry>) -> Vec<ChainedEntry> {
        let Self { session, ask, kind, person, text, from, until } = self;
        let wanted = AuditPage {
            session: session.clone(),
            ask: ask.clone(),
            kind: kind.map(AuditKind::from),
            from: *from,
            until: *until,
            person: person.clone(),
            text: text.clone(),
            before: None,
            limit: usize::MAX,
        };
        entries.into_iter().filter(|link| wanted.wants(link)).collect()
    }
}
