//! What stands at the forge: commit, pull request, our own check run. All of it is made from the record.

use super::Delivery;
use crate::body::{BodyFacts, section};
use crate::commit_message::{MessageParts, commit_message, plain_title};
use crate::digest_of;
use crate::order::{Order, ReportState};
use crate::record::Reported;
use jiff::Timestamp;
use serde_json::json;

impl Delivery {
    pub(super) fn pull_title(&self) -> String {
        plain_title(&self.record.title)
    }

    /// Our part of the pull request's body, with its markers.
    pub(super) fn section(&self, now: Timestamp) -> String {
        section(&BodyFacts {
            record: &self.record,
            preset: &self.settings.preset,
            fixes: self.settings.fixes(),
            now,
        })
    }

    /// Put only where it says something else than before.
    pub(super) fn edit_body(&mut self, now: Timestamp) {
        if let Some(number) = self.record.pull.as_ref().map(|pull| pull.number) {
            let section = self.section(now);
            self.intend(Order::EditBody { number, section });
        }
    }

    pub(super) fn report(&mut self, state: ReportState, title: &str) {
        let (Some(tip), Some(_)) = (&self.record.tip, &self.record.pull) else { return };
        let (head, tree) = (tip.commit.clone(), tip.tree.clone());
        let reported = Reported { head: head.clone(), state, title: title.to_owned() };
        if self.record.reported.as_ref() == Some(&reported) {
            return;
        }
        self.record.reported = Some(reported);
        let external_id = format!("{} {tree}", self.record.run);
        let summary = self.record.because.clone();
        self.intend(Order::Report { head, external_id, state, title: title.to_owned(), summary });
    }

    pub(super) fn commit_message(&self, evidence: &str) -> String {
        commit_message(&MessageParts {
            title: &self.record.title,
            says: &self.record.says,
            run: &self.record.run,
            evidence,
            co_author: self.record.requester.co_author.as_deref(),
            preset: &self.settings.preset,
        })
    }

    /// Everything that this round is made of, by name and digest. It is bound to the tree, so the commit can name it.
    pub(super) fn manifest(&self) -> Option<(String, String)> {
        let round = self.round()?;
        let decision = round.decision.as_ref();
        let text = json!({
            "run": self.record.run,
            "round": round.number,
            "repository": self.record.repository.name,
            "tree": round.tree,
            "merge_base": round.merge_base,
            "pack": decision.map(|found| &found.pack),
            "input": decision.map(|found| &found.input),
            "tier": self.record.tier,
            "summary": round.summary,
            "checks": round.checks,
            "approvals": round.approvals,
        })
        .to_string();
        let digest = digest_of(text.as_bytes());
        Some((text, digest))
    }

    /// What would have been opened, in shadow mode.
    pub(super) fn would_be(&self, now: Timestamp) -> String {
        format!("# {}\n\nBranch: {}\n\n{}", self.pull_title(), self.record.branch, self.section(now))
    }
}
