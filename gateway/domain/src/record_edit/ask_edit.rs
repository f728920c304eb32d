//! The asks of an edited record: one may be removed or withdrawn, and an approval taken back.

use super::changed_fields::{keeps, left_out};
use crate::ask::{Answer, Ask, AskState, OnSilence, Rules};
use crate::record::SessionRecord;
use std::collections::BTreeSet;

/// Takes the edited asks over as far as they count. Returns those whose orders are not wanted any more.
pub(super) fn apply(
    record: &mut SessionRecord,
    edited: &SessionRecord,
    refused: &mut Vec<String>,
) -> BTreeSet<String> {
    let mut gone = BTreeSet::new();
    let kept = std::mem::take(&mut record.asks);
    for new in edited.asks.iter().filter(|ask| !kept.iter().any(|known| known.id == ask.id)) {
        refused.push(format!("The ask {} is new: only an agent asks.", new.id));
    }
    for ask in kept {
        let Some(edit) = edited.asks.iter().find(|edit| edit.id == ask.id) else {
            gone.insert(ask.id);
            continue;
        };
        let counts = one(&ask, edit);
        if counts.state != ask.state {
            gone.insert(ask.id.clone());
        }
        // Taken back, it waits again, whichever of the two words for that the edit has.
        let but: &[&str] = if counts.state == ask.state { &[] } else { &["state"] };
        refused.extend(keeps(&format!("The ask {} keeps", ask.id), &left_out(&ask, edit, &counts, but)));
        record.asks.push(counts);
    }
    gone
}

fn one(kept: &Ask, edit: &Ask) -> Ask {
    let mut ask = Ask { rules: stricter(&kept.rules, &edit.rules), ..kept.clone() };
    let stays: Vec<_> = edit.approvals().collect();
    ask.retain_approvals(|one| stays.contains(&one));
    match (&kept.state, &edit.state) {
        (AskState::Withdrawn { .. }, _) => {}
        (_, AskState::Withdrawn { why }) if can_be_withdrawn(kept) => {
            ask.state = AskState::Withdrawn { why: why.clone() };
            // Asked for once more, it is asked about once more.
            (ask.decision, ask.deadline) = (None, None);
            ask.take_approvals([]);
        }
        _ if takes_back(kept, edit) => {
            let late = kept.state == AskState::AllowedLate;
            ask.state = if late { AskState::TimedOut } else { AskState::Suspended };
            ask.decision = None;
            ask.take_approvals([]);
        }
        _ => {}
    }
    ask
}

/// Something could still come of it.
fn can_be_withdrawn(ask: &Ask) -> bool {
    ask.is_unsettled() || matches!(ask.state, AskState::AllowedLate | AskState::TimedOut)
}

/// A denial is not taken back by hand.
fn takes_back(kept: &Ask, edit: &Ask) -> bool {
    let waits = matches!(kept.state, AskState::Decided | AskState::AllowedLate);
    let allowed = kept.decision.as_ref().is_some_and(|known| !matches!(known.answer, Answer::Deny { .. }));
    waits && allowed && edit.decision.is_none()
}

/// Fewer may answer, two must instead of one, silence takes nothing, nobody stands in.
fn stricter(kept: &Rules, edit: &Rules) -> Rules {
    let mut rules = kept.clone();
    if let Some(fewer) =
        edit.may_answer.as_ref().filter(|fewer| is_part_of(fewer, kept.may_answer.as_deref()))
    {
        rules.may_answer = Some(fewer.clone());
    }
    if kept.risk.is_none() {
        rules.risk.clone_from(&edit.risk);
    }
    rules.proof = kept.proof.max(edit.proof);
    if edit.backup.is_none() {
        rules.backup = None;
    }
    if kept.on_silence == OnSilence::TakeRecommended {
        rules.on_silence = edit.on_silence;
    }
    rules
}

fn is_part_of(fewer: &[String], people: Option<&[String]>) -> bool {
    people.is_none_or(|people| fewer.iter().all(|person| people.contains(person)))
}
