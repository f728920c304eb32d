//! What deliveries come to, in figures (REQ-DELIVER-18).

use gateway_delivery::{Counting, DeliveryStage, Stage};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// From a minute to a day.
const SECONDS: [f64; 9] = [10.0, 30.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decided {
    stage: String,
    answer: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Came {
    outcome: String,
}

#[derive(Clone, Debug)]
pub struct DeliveryMetrics {
    first_pull: Histogram,
    decided: Family<Decided, Counter>,
    fixed: Family<Came, Counter>,
    over: Family<Came, Counter>,
    would_have: Counter,
    no_human_edits: Counter,
}

impl DeliveryMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            first_pull: Histogram::new(SECONDS),
            decided: Family::default(),
            fixed: Family::default(),
            over: Family::default(),
            would_have: Counter::default(),
            no_human_edits: Counter::default(),
        };
        let Self { first_pull, decided, fixed, over, would_have, no_human_edits } = metrics.clone();
        registry.register("delivery_seconds_to_first_pull", "From the wish to the draft", first_pull);
        registry.register("policy_decisions", "Answers of the rules by stage", decided);
        registry.register("delivery_fixes", "Automatic fixes by what came of them", fixed);
        registry.register("deliveries", "Deliveries that are over, by how they ended", over);
        registry.register("shadow_would_have", "Shadow runs that would have been pushed", would_have);
        registry.register("merged_without_human_edits", "Merged as the agent made them", no_human_edits);
        metrics
    }

    pub(super) fn count(&self, counting: Counting) {
        match counting {
            Counting::DraftOpened { seconds } => self.first_pull.observe(seconds as f64),
            Counting::Decided { stage, answer } => {
                let stage = name(stage).to_owned();
                self.decided.get_or_create(&Decided { stage, answer: answer.to_owned() }).inc();
            }
            Counting::Fixed { outcome } => {
                self.fixed.get_or_create(&Came { outcome: outcome.to_owned() }).inc();
            }
            Counting::WouldHave => {
                self.would_have.inc();
            }
            Counting::Over { stage, without_human_edits } => {
                self.over.get_or_create(&Came { outcome: stage.name().to_owned() }).inc();
                if stage == DeliveryStage::Merged && without_human_edits {
                    self.no_human_edits.inc();
                }
            }
        }
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Plan => "plan",
        Stage::Push => "push",
        Stage::Ready => "ready",
        Stage::Merge => "merge",
    }
}
