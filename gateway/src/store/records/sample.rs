//! A small record for the store's own tests.

use super::migrate::Step;
use super::record::Record;
use gateway_domain::{Decided, MASK};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_yaml::Mapping;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) schema: u32,
    pub(crate) session: String,
    pub(crate) title: String,
    pub(crate) position: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) asks: Vec<SampleAsk>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SampleAsk {
    pub(crate) id: String,
    pub(crate) command: String,
}

/// Version 0 called the title `name` and had no position.
pub(crate) fn from_version_0(fields: &mut Mapping) -> Result<(), String> {
    let name = fields.remove("name").ok_or("`name` is missing")?;
    fields.insert("title".into(), name);
    fields.insert("position".into(), 0.into());
    Ok(())
}

impl Record for Sample {
    const SCHEMA: u32 = 1;
    const STEPS: &'static [Step] = &[Step { from: 0, apply: from_version_0 }];

    fn id(&self) -> &str {
        &self.session
    }

    fn ending(&self) -> Option<String> {
        self.ended.map(|_| format!("completed: {}", self.title))
    }

    fn ended_at(&self) -> Option<Timestamp> {
        self.ended
    }

    /// The title may be edited, and asks removed; the position is the gateway's.
    fn edited_by_hand(kept: &Self, edited: Self) -> (Self, Vec<String>) {
        let refused =
            (edited.position != kept.position).then(|| "The sample keeps its `position`.".to_owned());
        let asks = kept.asks.iter().filter(|ask| edited.asks.contains(ask)).cloned().collect();
        let record = Self { title: edited.title, asks, ..kept.clone() };
        (record, refused.into_iter().collect())
    }

    /// Commands that begin with `typed` are for the agent alone.
    fn without_typed_secrets(&self) -> Option<Self> {
        let mut open = self.clone();
        for ask in open.asks.iter_mut().filter(|ask| ask.command.starts_with("typed")) {
            ask.command = MASK.to_owned();
        }
        (open != *self).then_some(open)
    }

    fn with_typed_of(mut self, whole: &Self) -> Self {
        for ask in self.asks.iter_mut().filter(|ask| ask.command == MASK) {
            let same = whole.asks.iter().find(|other| other.id == ask.id);
            ask.clone_from(same.unwrap_or(&ask.clone()));
        }
        self
    }

    fn void_unlogged(&self, _is_logged: &dyn Fn(Decided<'_>) -> bool) -> Option<(Self, Vec<String>)> {
        None
    }
}

pub(crate) fn sample(n: usize) -> Sample {
    Sample {
        schema: Sample::SCHEMA,
        session: format!("ses_{n:08}"),
        title: format!("Implement login API number {n}"),
        position: 0,
        asks: vec![],
        ended: None,
    }
}
