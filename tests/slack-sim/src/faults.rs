//! Faults that a test switches on: for Web API calls, and for what Slack delivers.

use super::chance::Chance;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a Web API call meets.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// 429 with this many seconds in Retry-After.
    RateLimited(u64),
    /// An HTTP error; Slack has not taken the call.
    Status(u16),
    /// An HTTP error although Slack has taken the call.
    StatusAfter(u16),
    /// `{"ok":false,"error":…}`.
    Error(String),
    /// No answer ever; Slack has not taken the call.
    TimeoutBefore,
    /// No answer ever although Slack has taken the call: the caller cannot know.
    TimeoutAfter,
    /// The connection is reset; Slack has not taken the call.
    ResetBefore,
    /// The connection is reset although Slack has taken the call.
    ResetAfter,
    /// The answer comes late.
    Slow(Duration),
    /// A look at messages does not show any yet: what was posted a moment ago is not everywhere.
    Lagging,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Before,
    After,
}

/// How often a fault strikes.
#[derive(Clone, Copy, Debug)]
pub enum Often {
    Next(u32),
    Chance(f64),
}

/// What happens to a delivery on its way to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Lost: Slack thinks that it arrived.
    Drop,
    /// Comes twice with the same ids.
    Duplicate,
    /// Comes after the delivery that follows it.
    Reorder,
}

/// Payloads as they also occur.
#[derive(Clone, Copy, Debug, Default)]
pub struct Oddities {
    /// `team` and `team_id` are null, as in an installation for a whole organisation.
    pub null_team: bool,
    /// Metadata with numbers and nested values.
    pub wild_metadata: bool,
    /// Fields that nobody knows yet.
    pub extra_fields: bool,
    /// A frame of an unknown type before every envelope.
    pub unknown_frames: bool,
    /// Blocks that a stream begins with get names of Slack's own.
    pub nameless_streams: bool,
}

#[derive(Default)]
pub struct Faults {
    calls: Vec<(String, Fault, Often)>,
    deliveries: Vec<(Mishap, Often)>,
    pub oddities: Oddities,
    /// How often each kind has struck; healing does not forget it.
    pub struck: BTreeMap<&'static str, u64>,
}

impl Fault {
    pub(super) fn moment(&self) -> Moment {
        match self {
            Self::StatusAfter(_) | Self::TimeoutAfter | Self::ResetAfter => Moment::After,
            _ => Moment::Before,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::RateLimited(_) => "rate limited",
            Self::Status(_) => "server error, not taken",
            Self::StatusAfter(_) => "server error, taken",
            Self::Error(_) => "refused with a code",
            Self::TimeoutBefore => "time-out, not taken",
            Self::TimeoutAfter => "time-out, taken",
            Self::ResetBefore => "connection reset, not taken",
            Self::ResetAfter => "connection reset, taken",
            Self::Slow(_) => "slow answer",
            Self::Lagging => "an answer that lags behind",
        }
    }
}

impl Mishap {
    fn kind(self) -> &'static str {
        match self {
            Self::Drop => "delivery lost",
            Self::Duplicate => "delivery twice",
            Self::Reorder => "delivery overtaken",
        }
    }
}

impl Faults {
    /// `method` may be `*`.
    pub fn add(&mut self, method: &str, fault: Fault, often: Often) {
        self.calls.push((method.to_owned(), fault, often));
    }

    pub fn mishap(&mut self, mishap: Mishap, often: Often) {
        self.deliveries.push((mishap, often));
    }

    pub fn clear(&mut self) {
        *self = Self { struck: std::mem::take(&mut self.struck), ..Self::default() };
    }

    pub(super) fn draw(&mut self, method: &str, chance: &mut Chance) -> Option<Fault> {
        let meant = |name: &String| name == "*" || name == method;
        let mut rules = self.calls.iter_mut().filter(|(name, ..)| meant(name));
        let fault = rules.find_map(|(_, fault, often)| often.strikes(chance).then(|| fault.clone()))?;
        *self.struck.entry(fault.kind()).or_default() += 1;
        Some(fault)
    }

    pub(super) fn draw_mishap(&mut self, chance: &mut Chance) -> Option<Mishap> {
        let mut rules = self.deliveries.iter_mut();
        let mishap = rules.find_map(|(mishap, often)| often.strikes(chance).then_some(*mishap))?;
        *self.struck.entry(mishap.kind()).or_default() += 1;
        Some(mishap)
    }
}

impl Often {
    fn strikes(&mut self, chance: &mut Chance) -> bool {
        match self {
            Self::Next(0) => false,
            Self::Next(left) => {
                *left -= 1;
                true
            }
            Self::Chance(probability) => chance.happens(*probability),
        }
    }
}
