//! Faults that a test switches on: for requests, and for webhooks on their way.

use crate::core::Sim;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What a request meets.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// An HTTP error; the forge has not taken the request.
    Status(u16),
    /// An HTTP error although the forge did what was asked.
    StatusAfter(u16),
    /// No answer ever; the forge has not taken the request.
    TimeoutBefore,
    /// No answer ever although the forge did what was asked: the caller cannot know.
    TimeoutAfter,
    /// A secondary limit: 403 with this many seconds in `retry-after`.
    RetryAfter(u64),
    /// The primary limit: 403 with remaining 0, until the hour is over. GraphQL says it with status 200.
    Exhausted,
    /// The answer comes late.
    Slow(Duration),
    /// GraphQL says this with status 200 and does nothing.
    GraphQl(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

/// What happens to a webhook on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Lost: the forge notes that nobody answered.
    Lost,
    /// Comes twice with the same id.
    Doubled,
    /// Comes after the one that follows it.
    Overtaken,
}

#[derive(Default)]
pub(crate) struct Faults {
    requests: Vec<(String, Fault, u32)>,
    hooks: Vec<(Mishap, u32)>,
    /// How often each has struck, by what was asked.
    pub(crate) struck: BTreeMap<String, u64>,
}

impl Fault {
    pub(crate) fn moment(&self) -> Moment {
        match self {
            Self::StatusAfter(_) | Self::TimeoutAfter => Moment::After,
            _ => Moment::Before,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Status(status) | Self::StatusAfter(status) => *status,
            Self::RetryAfter(_) | Self::Exhausted => 403,
            Self::TimeoutBefore | Self::TimeoutAfter | Self::Slow(_) | Self::GraphQl(_) => 504,
        }
    }

    pub(crate) fn only_delays(&self) -> bool {
        matches!(self, Self::Slow(_))
    }

    /// A time-out lasts until the caller gives up or the forge stops.
    pub(crate) async fn wait(&self, sim: &Arc<Sim>) {
        match self {
            Self::TimeoutBefore | Self::TimeoutAfter => sim.stop.cancelled().await,
            Self::Slow(time) => tokio::time::sleep(*time).await,
            _ => {}
        }
    }
}

impl Faults {
    pub(crate) fn add(&mut self, asked: &str, fault: Fault, times: u32) {
        self.requests.push((asked.to_owned(), fault, times));
    }

    pub(crate) fn mishap(&mut self, mishap: Mishap, times: u32) {
        self.hooks.push((mishap, times));
    }

    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.hooks.clear();
    }

    pub(crate) fn draw(&mut self, asked: &str) -> Option<Fault> {
        let mut meant =
            self.requests.iter_mut().filter(|(pattern, _, left)| *left > 0 && fits(pattern, asked));
        let (pattern, fault, left) = meant.next()?;
        *left -= 1;
        *self.struck.entry(pattern.clone()).or_default() += 1;
        Some(fault.clone())
    }

    pub(crate) fn draw_mishap(&mut self) -> Option<Mishap> {
        let (mishap, left) = self.hooks.iter_mut().find(|(_, left)| *left > 0)?;
        *left -= 1;
        Some(*mishap)
    }
}

/// `*` stands for any text, slashes too.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    true
}
