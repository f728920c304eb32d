//! What people read: what happened, and what they can do about it. One place for all of it.

mod agent_prompts;
mod for_people;
mod went_wrong;

pub use agent_prompts::*;
pub use for_people::*;
pub use went_wrong::*;

use crate::thread_lines::Link;
use crate::{DeliveryRecord, Tier};
use gateway_domain::{mask_text, one_line};
use jiff::{SignedDuration, Timestamp};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence {
    pub says: String,
    /// What else there is to know, and what to do.
    pub details: Vec<String>,
    pub links: Vec<Link>,
}

impl Sentence {
    pub fn of(says: impl Into<String>) -> Self {
        Self { says: says.into(), ..Self::default() }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn and(mut self, more: impl Into<String>) -> Self {
        self.details.push(more.into());
        self
    }

    #[must_use]
    fn with_pull(mut self, record: &DeliveryRecord) -> Self {
        if let Some(pull) = &record.pull {
            self.links.push(Link { label: format!("#{}", pull.number), url: pull.url.clone() });
        }
        self
    }
}

pub fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Low => "low",
        Tier::Medium => "medium",
        Tier::High => "high",
    }
}

/// `2 h 14 min`
pub fn duration(length: SignedDuration) -> String {
    let minutes = length.as_mins().max(0);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{} s", length.as_secs().max(0)),
        (0, minutes) => format!("{minutes} min"),
        (hours @ ..48, 0) => format!("{hours} h"),
        (hours @ ..48, minutes) => format!("{hours} h {minutes} min"),
        (hours, _) => format!("{} days", hours / 24),
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M UTC").to_string()
}

/// A word of others within a sentence.
fn word(text: &str) -> String {
    mask_text(&one_line(text))
}

/// So many of a list are named.
const NAMED: usize = 5;

fn listed(all: &[String]) -> String {
    let shown: Vec<_> = all.iter().take(NAMED).map(|one| word(one)).collect();
    match all.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn quoted(all: &[String]) -> String {
    let all: Vec<_> = all.iter().map(|one| format!("“{}”", word(one))).collect();
    match all.len().saturating_sub(NAMED) {
        0 => all.join(", "),
        more => format!("{} and {more} more", all[..NAMED].join(", ")),
    }
}

fn short(commit: &str) -> String {
    word(commit).chars().take(7).collect()
}

fn number(record: &DeliveryRecord) -> String {
    record.pull.as_ref().map_or_else(|| "the pull request".to_owned(), |pull| format!("#{}", pull.number))
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
