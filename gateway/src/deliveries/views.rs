//! What people look at, made from the record.

use super::words;
use crate::sessions::ports::{DeliveryBudget, DeliveryDetails, DeliveryLine, DeliveryRound, DeliveryView};
use gateway_delivery::{Approval, Counted, DeliveryRecord, Finding, Round, sentences};
use jiff::Timestamp;

pub(super) fn view(record: &DeliveryRecord) -> DeliveryView {
    DeliveryView {
        run: record.run.to_string(),
        session: record.session.clone(),
        title: record.title.clone(),
        repository: record.repository.name.clone(),
        branch: record.branch.clone(),
        stage: record.stage.name().to_owned(),
        word: words::word(record).to_owned(),
        because: record.because.clone(),
        risk: sentences::tier(record.tier).to_owned(),
        requested_by: record.requester.name.clone(),
        begun_at: record.begun_at,
        since: record.since,
        paused: record.paused.is_some(),
        over: record.stage.is_over(),
        pull: words::pull(record),
    }
}

pub(super) fn details(record: &DeliveryRecord, now: Timestamp) -> DeliveryDetails {
    let mut timeline: Vec<DeliveryLine> = record
        .lines
        .iter()
        .map(|line| DeliveryLine { at: line.at, text: line.text.clone(), details: line.details.clone() })
        .collect();
    timeline.sort_by_key(|line| line.at);
    DeliveryDetails {
        view: view(record),
        kind: record.kind.clone(),
        risk_because: record.tier_because.clone(),
        timeline,
        rounds: record.rounds.iter().map(round).collect(),
        budget: budget(record, now),
    }
}

fn round(round: &Round) -> DeliveryRound {
    let decision = round.decision.as_ref();
    let said = |findings: &[Finding]| {
        findings.iter().map(|found| format!("{}: {}", found.rule, found.says)).collect::<Vec<_>>()
    };
    DeliveryRound {
        number: round.number,
        tree: round.tree.clone(),
        files: round.summary.files,
        added: round.summary.added,
        deleted: round.summary.deleted,
        commit: round.commit.clone().filter(|_| round.pushed_at.is_some()),
        checks: round.checks.iter().map(|check| format!("{}: {}", check.name, check.says)).collect(),
        deny: decision.map(|decision| said(&decision.deny)).unwrap_or_default(),
        ask: decision.map(|decision| said(&decision.ask)).unwrap_or_default(),
        warn: decision.map(|decision| said(&decision.warn)).unwrap_or_default(),
        pack: decision.map(|decision| decision.pack.clone()),
        approvals: round.approvals.iter().map(approval).collect(),
    }
}

fn approval(approval: &Approval) -> String {
    let names: Vec<_> = approval.by.iter().map(|who| who.name.as_str()).collect();
    let what: Vec<_> = approval.findings.iter().map(|found| found.rule.as_str()).collect();
    match what.is_empty() {
        true => format!("{} at {}", names.join(", "), approval.at.strftime("%H:%M UTC")),
        false => format!("{} allowed {}", names.join(", "), what.join(", ")),
    }
}

fn budget(record: &DeliveryRecord, now: Timestamp) -> Vec<DeliveryBudget> {
    let of = |counted| match counted {
        Counted::Tokens => "tokens",
        Counted::CostCents => "cost_cents",
        Counted::Seconds => "seconds",
    };
    let all = record.budget.standings(now).into_iter();
    all.map(|one| DeliveryBudget { of: of(one.counted).to_owned(), used: one.used, max: one.max }).collect()
}
