//! The last line of a delivery: Shipped, Evidence, Risk notes, Follow-ups.

use crate::budget::Counted;
use crate::sentences::{Sentence, duration, tier};
use crate::{DeliveryRecord, DeliveryStage};
use jiff::Timestamp;

pub(crate) fn completion(record: &DeliveryRecord, now: Timestamp) -> Sentence {
    let details =
        vec![shipped(record), evidence(record), risk(record), follow_ups(record), used(record, now)];
    Sentence { details, ..Sentence::of(format!("Report on {}", record.run)) }
}

fn shipped(record: &DeliveryRecord) -> String {
    let what = match (&record.pull, record.stage) {
        (Some(pull), DeliveryStage::Merged) => format!("#{} was merged", pull.number),
        (Some(pull), stage) => format!("#{} ({stage}), not merged", pull.number),
        (None, stage) => format!("nothing left this machine ({stage})"),
    };
    match record.rounds.last() {
        Some(round) => format!(
            "Shipped: {what}; {} files, +{} −{}",
            round.summary.files, round.summary.added, round.summary.deleted
        ),
        None => format!("Shipped: {what}"),
    }
}

fn evidence(record: &DeliveryRecord) -> String {
    let digests: Vec<_> = record.rounds.iter().filter_map(|round| round.evidence.clone()).collect();
    match digests.last() {
        Some(last) => format!("Evidence: {} round(s), the last manifest is {last}", digests.len()),
        None => "Evidence: none was saved".to_owned(),
    }
}

fn risk(record: &DeliveryRecord) -> String {
    let why = if record.tier_because.is_empty() {
        "nothing stood out".to_owned()
    } else {
        record.tier_because.join("; ")
    };
    format!("Risk notes: {}: {why}", tier(record.tier))
}

fn follow_ups(record: &DeliveryRecord) -> String {
    match record.says.follow_ups.is_empty() {
        true => "Follow-ups: the agent named none".to_owned(),
        false => format!("Follow-ups (said by the agent): {}", record.says.follow_ups.join("; ")),
    }
}

fn used(record: &DeliveryRecord, now: Timestamp) -> String {
    let known = record
        .budget
        .standings(now)
        .into_iter()
        .filter(|one| one.counted != Counted::CostCents || record.budget.cost_cents().is_some());
    let mut used: Vec<_> = known.map(|one| one.says()).collect();
    if record.budget.cost_cents().is_none() {
        used.push("cost unknown".to_owned());
    }
    format!("Used: {}; {} from start to end", used.join(", "), duration(now.duration_since(record.begun_at)))
}
