//! Agent and model of a session, as people change them.

use super::Session;
use crate::ask::Person;
use crate::mask::mask_text;
use crate::models::Choice;
use crate::sentences;
use crate::thread::Tone;
use crate::verdict::Verdict;
use jiff::Timestamp;

impl Session {
    /// A person changes agent or model (REQ-START-04). The turn under way keeps what it began with.
    pub(crate) fn chosen(&mut self, by: &Person, choice: Choice, now: Timestamp) {
        if self.record.ended.is_some() {
            return self.tell(Verdict::SessionEnded);
        }
        // Told again after a kill, or chosen twice: there is nothing new to say.
        if self.record.about.chosen.has(&choice) {
            return self.tell(Verdict::Done);
        }
        let Choice { agent, model } = choice;
        let mut changed = vec![];
        if let Some(agent) = agent {
            changed.push(format!("agent {agent}"));
            self.record.about.agent = Some(agent.clone());
            self.record.about.chosen.agent = Some(agent);
        }
        if let Some(model) = model {
            changed.push(format!("model {}", model.label()));
            self.record.about.model = Some(model.label());
            self.record.about.chosen.model = Some(model);
        }
        let text = sentences::switched(&by.name, &changed);
        self.audit_words(&by.id, "chose", &changed.join(", "), now);
        self.note("chosen", Tone::Info, mask_text(&text), now);
        self.tell(Verdict::Done);
    }
}
