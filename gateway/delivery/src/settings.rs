//! What a project allows and wants, as it is at this moment. It comes from outside the repository under change.

use crate::{Preset, Tier};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far delivery goes by itself. Each includes what is before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing leaves, and no agent is set to work.
    Off,
    /// All up to the judgement; then what would have been pushed is shown.
    #[default]
    Shadow,
    /// Pushed and opened as a draft, which people take on.
    Draft,
    Full,
}

/// Who merges when every gate holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merging {
    #[default]
    People,
    /// The forge, once its own rules hold: auto-merge, or its queue.
    Forge,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The least of what gateway, project and repository say.
    pub mode: Mode,
    /// What a project says for a tier on its own. The lesser counts.
    pub tier_modes: BTreeMap<Tier, Mode>,
    /// Automatic fixes of a delivery, 0 to 3.
    pub fixes: u32,
    /// How many people have to allow work and push at tier high.
    pub high_people: u32,
    /// High never merges by itself, whatever stands here.
    pub merging: BTreeMap<Tier, Merging>,
    /// How long the card of a plan, of a rule or of a budget waits.
    pub ask_timeout: SignedDuration,
    /// So long CI has to be unchanged before it counts as green.
    pub ci_settles: SignedDuration,
    /// Somebody said that this repository has no CI.
    pub has_no_ci: bool,
    pub preset: Preset,
}

/// More automatic fixes than this are not to be had.
pub const MAX_FIXES: u32 = 3;

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            tier_modes: BTreeMap::new(),
            fixes: 1,
            high_people: 1,
            merging: BTreeMap::new(),
            ask_timeout: SignedDuration::from_hours(4),
            ci_settles: crate::SETTLED_AFTER,
            has_no_ci: false,
            preset: Preset::default(),
        }
    }
}

impl Settings {
    pub(crate) fn mode_of(&self, tier: Tier, wish: Option<Mode>) -> Mode {
        let of_tier = self.tier_modes.get(&tier).copied().unwrap_or(Mode::Full);
        self.mode.min(of_tier).min(wish.unwrap_or(Mode::Full))
    }

    pub(crate) fn fixes(&self) -> u32 {
        self.fixes.min(MAX_FIXES)
    }

    pub(crate) fn forge_merges(&self, tier: Tier) -> bool {
        tier != Tier::High && self.merging.get(&tier) == Some(&Merging::Forge)
    }
}
