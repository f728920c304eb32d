//! What a mask on a card hides, for one person who may decide it. It stays in memory: no record, thread or log has it, and after
//! a restart it is there again once the agent's pod has told of the call anew.

use super::Session;
use crate::ask::{AskBody, Person};
use crate::audit::{AuditEntry, AuditSubject};
use crate::mask::{mask, mask_text};
use crate::proven::Proven;
use crate::verdict::{InFull, Verdict};
use jiff::Timestamp;

/// Longest text that is kept for one ask, in bytes.
const LONGEST: usize = 256 * 1024;

const FORGOTTEN: &str = "the gateway no longer has it; it comes back when the agent asks again";

/// Whether a card hides something of it, whichever way that part of it is read.
fn hides_in(text: &str) -> bool {
    mask(text) != text || mask_text(text) != text
}

impl Session {
    /// As it was asked, where the card hides a part of that.
    pub(crate) fn keep_in_full(&mut self, body: &AskBody, digest: &str) {
        let asks = &self.record.asks;
        self.in_full.retain(|digest, _| asks.iter().any(|ask| ask.digest == *digest && ask.is_unsettled()));
        let text = body.in_plain();
        if text.len() <= LONGEST && hides_in(&text) {
            self.in_full.insert(digest.to_owned(), text);
        }
    }

    /// The entry is on disk before anybody sees anything.
    pub(crate) fn revealed(&mut self, id: &str, by: &Person, proven: &Proven, now: Timestamp) {
        let Some(ask) = self.record.asks.iter().find(|ask| ask.id == id) else {
            return self.tell(Verdict::Unknown);
        };
        if !self.may_answer(ask, by, now) || !self.may_look(ask, by, proven) {
            self.audit_words(&by.id, "refused", "to see what the masks of a request hide", now);
            return self.tell(Verdict::NotAllowed);
        }
        let Some(text) = self.in_full.get(&ask.digest).filter(|_| ask.is_unsettled()).cloned() else {
            return self.tell(Verdict::Idle { why: FORGOTTEN.to_owned() });
        };
        let entry = AuditEntry {
            at: now,
            who: by.id.clone(),
            what: "shown in full".to_owned(),
            session: self.record.session.clone(),
            ask: id.to_owned(),
            digest: ask.digest.clone(),
            answer: String::new(),
            told: AuditSubject {
                subject: ask.body.in_full(),
                ..AuditSubject::of_session(&self.record.about.title)
            },
        };
        self.audit(entry);
        self.tell(Verdict::InFull { text: InFull(text) });
    }
}
