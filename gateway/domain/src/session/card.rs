//! The session as its card shows it.

use super::Session;
use crate::ask::{Ask, AskState};
use crate::card::{Doing, SessionCard};
use crate::lab::Lab;

impl Session {
    pub fn card(&self) -> SessionCard {
        let record = &self.record;
        let open: Vec<_> = record.asks.iter().filter(|ask| ask.is_answerable()).collect();
        SessionCard {
            session: record.session.clone(),
            pod: record.pod.clone(),
            about: record.about.clone(),
            doing: self.doing(&open),
            online: self.online,
            queued: record.queue.len(),
            open_asks: open.iter().map(|ask| ask.id.clone()).collect(),
            expired_asks: match record.ended {
                None => record.asks.iter().filter(|ask| ask.is_expired()).map(|ask| ask.id.clone()).collect(),
                Some(_) => vec![],
            },
            milestone: record.milestones.last().map(|milestone| milestone.description.clone()),
            paused: record.paused.clone(),
            checks: self.newest_checks(),
            active_at: record.active_at,
            failed: record.failed.clone(),
            ended: record.ended.clone(),
            unrecoverable: None,
            opencode_url: None,
            guard: None,
            lab: record.lab.as_ref().and_then(Lab::card),
            deliveries: record.deliveries.clone(),
        }
    }

    fn doing(&self, open: &[&Ask]) -> Doing {
        let decided = self.record.asks.iter().any(|ask| ask.state == AskState::Decided);
        match () {
            // Someone may have written to a closed session in OpenCode's own page.
            () if !open.is_empty() => Doing::Waiting,
            () if self.record.ended.is_some() => Doing::Ended,
            () if self.record.paused.is_some() => Doing::Paused,
            () if self.record.working || decided => Doing::Working,
            () if self.record.failed.is_some() => Doing::Failed,
            () => Doing::Idle,
        }
    }
}
