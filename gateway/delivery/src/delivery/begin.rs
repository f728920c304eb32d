//! How a delivery begins.

use super::Delivery;
use crate::input::{Begun, Starts};
use crate::order::Order;
use crate::{DeliveryRecord, DeliveryStage, RECORD_SCHEMA, Settings, Stage, Tier, branch_name, sentences};
use gateway_domain::mask_text;
use jiff::Timestamp;

pub(super) fn record_of(begun: &Begun, settings: &Settings, now: Timestamp) -> DeliveryRecord {
    let title = mask_text(&begun.title);
    DeliveryRecord {
        schema: RECORD_SCHEMA,
        run: begun.run.clone(),
        session: begun.session.clone(),
        branch: branch_name(&settings.preset.branch_prefix, &begun.run, &title),
        title,
        kind: begun.kind.clone(),
        permits: begun.permits.clone(),
        requester: begun.requester.clone(),
        repository: begun.repository.clone(),
        thread_url: begun.thread_url.clone(),
        workspace: begun.workspace.clone(),
        project: begun.project.clone(),
        begun_at: now,
        stage: DeliveryStage::Planned,
        since: now,
        because: String::new(),
        paused: None,
        rights_lost: None,
        wish: begun.wish,
        planned_paths: vec![],
        tier: Tier::default(),
        tier_because: vec![],
        approvals_from: None,
        says: Default::default(),
        next_prompt: None,
        rounds: vec![],
        rounds_begun: 0,
        tip: None,
        former_tips: vec![],
        pull: None,
        fixes_used: 0,
        is_fix: false,
        checks_sent_back: false,
        budget: begun.budget.clone(),
        ask: None,
        heard: Default::default(),
        addressing: vec![],
        merging: None,
        reported: None,
        others_commits: 0,
        others: vec![],
        outbox: vec![],
        counter: 0,
        lines: vec![],
        unaudited: vec![],
    }
}

impl Delivery {
    pub(super) fn begun(&mut self, starts: Starts, now: Timestamp) {
        self.put_line("begun", sentences::begun(&self.record, now), now);
        self.audit("delivery begun", &self.requester_id(), &self.record.kind.clone(), now);
        match starts {
            Starts::Plan { paths, text } => {
                self.record.planned_paths = paths;
                self.record.says.what_changed = mask_text(&text);
                self.enter(DeliveryStage::Planned, "The plan is judged.", now);
                self.intend(Order::Judge { stage: Stage::Plan, tree: None });
            }
            Starts::Work => self.enter(DeliveryStage::Working, "The agent works.", now),
            Starts::Done { says } => {
                self.heard_agent(says);
                self.measure(now);
            }
        }
    }

    pub(super) fn requester_id(&self) -> String {
        self.record.requester.accounts.first().cloned().unwrap_or_else(|| "gateway".to_owned())
    }
}
