//! A session changes its pod: the old one is gone, or a person says so. It stands in the thread and in the audit log.

use super::Session;
use crate::ask::Person;
use crate::audit::{AuditEntry, AuditSubject};
use crate::effect::Effect;
use crate::pod_identity::PodIdentity;
use crate::sentences;
use crate::thread::Tone;
use jiff::Timestamp;

/// Who it was when no person did it.
const GATEWAY: &str = "gateway";

impl Session {
    /// A session that was just met lives in this pod.
    pub fn in_pod(mut self, pod: &PodIdentity) -> Self {
        let record = self.record.in_passing();
        pod.name.clone_into(&mut record.pod);
        record.pod_credential = pod.credential.clone();
        self
    }

    /// What is decided from now on goes to this pod.
    pub fn lives_in(&mut self, pod: &PodIdentity, by: Option<&Person>, now: Timestamp) -> Vec<Effect> {
        let before = PodIdentity::new(self.record.pod.clone(), self.record.pod_credential.clone());
        if before == *pod {
            return vec![];
        }
        pod.name.clone_into(&mut self.record.pod);
        self.record.pod_credential = pod.credential.clone();
        let is_first_word = before.credential.is_unknown() && before.name == pod.name;
        // What ended is nobody's any more, and a note would wake its thread.
        if !is_first_word && self.record.ended.is_none() {
            self.tell_of_hand_over(&before, pod, by, now);
        }
        self.decided()
    }

    fn tell_of_hand_over(
        &mut self,
        from: &PodIdentity,
        to: &PodIdentity,
        by: Option<&Person>,
        at: Timestamp,
    ) {
        if from.name != to.name {
            let text = sentences::handed_over(&from.name, &to.name, by.map(|by| by.name.as_str()));
            self.note("handed_over", Tone::Info, text, at);
        }
        let who = by.map_or(GATEWAY, |by| &by.id);
        let told = AuditSubject::of_session(&self.record.about.title);
        let entry = AuditEntry::new(at, who, "handed_over", &self.record.session);
        self.audit(AuditEntry { answer: format!("{from} -> {to}"), told, ..entry });
    }
}
