//! What people write and how they steer: messages that wait, pause and resume, stop, the end.

use super::Session;
use crate::ask::{Answer, AskBody, AskState, Person};
use crate::attachments::{FileNote, file_part_id};
use crate::effect::Effect;
use crate::input::{AnswerGiven, Said};
use crate::models::Choice;
use crate::order::AgentOrder;
use crate::record::{Author, Queued};
use crate::sizes::{MAX_QUEUED, MAX_QUEUED_BYTES};
use crate::thread::{FileShown, ItemBody, SortKey, Speaker, ThreadItem};
use crate::verdict::Verdict;
use crate::words;
use jiff::Timestamp;

/// Authors that are remembered; older messages are shown without a name.
const KEPT_AUTHORS: usize = 500;

impl Session {
    pub(crate) fn said(&mut self, said: Said, now: Timestamp) {
        if self.is_repeated(&said.message_id) {
            if !self.is_under_way(&said.message_id) {
                self.discard(&said.message_id, &said.files);
            }
            return self.tell(Verdict::Sent);
        }
        if let Some(refused) = self.refusal(&said) {
            self.discard(&said.message_id, &said.files);
            return self.tell(refused);
        }
        if let Some(ask) = self.only_question().filter(|_| said.files.is_empty()) {
            // Told again after a kill, it is not taken for a message to the agent.
            self.remember_author(&said.message_id, &said.by);
            let answer = Answer::Answers { answers: vec![vec![said.text]] };
            let before = self.effects.len();
            let (by, proven) = (said.by, said.proven);
            self.answer(AnswerGiven { ask: ask.clone(), digest: None, by, proven, answer }, now);
            return self.replace_verdict(before, ask);
        }
        let Said { message_id, by, proven: _, text, files, agent, model } = said;
        self.remember_author(&message_id, &by);
        self.audit_message(&by, &text, &files, now);
        let behind = self.record.queue.len();
        self.record.queue.push(Queued { message_id, by, at: now, text, files, agent, model });
        self.show_queued(behind);
        if self.may_send() {
            return self.send_next(Some(Verdict::Sent), now);
        }
        let at_limit = self.say_why_it_waits(now);
        self.tell(Verdict::Queued { behind, at_limit });
    }

    /// Files are told by name: what is in them lies on the shelf until OpenCode has it.
    fn audit_message(&mut self, by: &Person, text: &str, files: &[FileNote], now: Timestamp) {
        let names = files.iter().map(|file| format!("[file: {}]", file.name));
        let words: Vec<_> = std::iter::once(text.to_owned()).chain(names).collect();
        self.audit_words(&by.id, "wrote", words.join("\n").trim(), now);
    }

    fn refusal(&self, said: &Said) -> Option<Verdict> {
        let answers = said.files.is_empty() && self.only_question().is_some();
        let waiting: usize = self.record.queue.iter().map(|queued| queued.text.len()).sum();
        if self.record.ended.is_some() {
            Some(Verdict::SessionEnded)
        } else if answers {
            None
        } else if said.text.len() > MAX_QUEUED_BYTES {
            Some(Verdict::TooLong { limit: MAX_QUEUED_BYTES })
        } else if self.record.queue.len() >= MAX_QUEUED || waiting + said.text.len() > MAX_QUEUED_BYTES {
            Some(Verdict::QueueFull { limit: MAX_QUEUED })
        } else {
            None
        }
    }

    /// Sends the oldest message that waits, if the agent has time.
    pub(crate) fn send_next(&mut self, verdict: Option<Verdict>, now: Timestamp) {
        if self.record.queue.is_empty() {
            return;
        }
        if !self.may_send() {
            self.say_why_it_waits(now);
            return;
        }
        self.told_full = false;
        self.settle_where(|ask| ask.is_gate() && ask.is_unsettled(), &AskState::Superseded);
        self.expired_is_seen();
        let Queued { message_id, by: _, at: _, text, files, agent, model } = self.record.queue.remove(0);
        let session = self.record.session.clone();
        let Choice { agent: chosen_agent, model: chosen_model } = self.record.about.chosen.clone();
        let (agent, model) = (agent.or(chosen_agent), model.or(chosen_model));
        self.took_off(&message_id);
        let prompt = AgentOrder::Prompt { session, message_id, text, files, agent, model };
        let sent = self.intend_plain(prompt);
        self.turn_began(now);
        if let Some(verdict) = verdict {
            self.tell(verdict);
        }
        self.send(sent);
    }

    fn may_send(&self) -> bool {
        self.full.is_none() && self.has_time()
    }

    /// Nothing of its own keeps the next message back.
    pub(crate) fn has_time(&self) -> bool {
        let under_way = |order: &AgentOrder| {
            matches!(
                order,
                AgentOrder::Prompt { .. }
                    | AgentOrder::Resume { .. }
                    | AgentOrder::Retry { .. }
                    | AgentOrder::Abort { .. }
            )
        };
        self.online
            && !self.busy
            && self.record.ended.is_none()
            && self.record.paused.is_none()
            && self.record.moving.is_none()
            && !self.record.outbox.iter().any(|sent| sent.order.agent().is_some_and(under_way))
    }

    fn is_repeated(&self, message_id: &str) -> bool {
        self.record.authors.iter().any(|author| author.message_id == message_id)
    }

    /// It waits, or nobody knows yet whether OpenCode has it.
    fn is_under_way(&self, message_id: &str) -> bool {
        self.record.queue.iter().any(|queued| queued.message_id == message_id)
            || self.is_prompt_under_way(message_id)
    }

    /// Nobody knows yet whether OpenCode has it.
    pub(crate) fn is_prompt_under_way(&self, message_id: &str) -> bool {
        let sent = |order: &AgentOrder| matches!(order, AgentOrder::Prompt { message_id: id, .. } if id == message_id);
        self.record.outbox.iter().any(|pending| pending.order.agent().is_some_and(sent))
    }

    pub(crate) fn remember_author(&mut self, message_id: &str, by: &Person) {
        self.remember_writer(&by.id);
        self.remember_message(message_id, &by.name);
    }

    /// The gateway's own words: no person has this name.
    pub(crate) fn remember_own_message(&mut self, message_id: &str) {
        self.remember_message(message_id, "");
    }

    fn remember_message(&mut self, message_id: &str, name: &str) {
        self.record.authors.push(Author { message_id: message_id.to_owned(), name: name.to_owned() });
        if self.record.authors.len() > KEPT_AUTHORS {
            self.record.authors.remove(0);
        }
    }

    /// A plain reply answers the question if there is just one (REQ-ASK-02).
    fn only_question(&self) -> Option<String> {
        let mut open = self.record.asks.iter().filter(|ask| ask.is_answerable());
        let ask = open.next()?;
        let single = matches!(&ask.body, AskBody::Question { questions } if questions.len() == 1);
        (single && open.next().is_none()).then(|| ask.id.clone())
    }

    fn replace_verdict(&mut self, from: usize, ask: String) {
        let told = self.effects[from..].iter_mut().find_map(|effect| match effect {
            Effect::Tell(verdict) if verdict.is_taken() => Some(verdict),
            _ => None,
        });
        if let Some(verdict) = told {
            *verdict = Verdict::Answered { ask };
        }
    }

    pub(crate) fn show_queued(&mut self, index: usize) {
        let Queued { message_id, by, at, text, files, .. } = self.record.queue[index].clone();
        let order = SortKey::new(at.as_millisecond(), index, &message_id);
        let text = crate::mask::mask_text(words::without_introduction(&by.name, &text));
        let by = Speaker::Person { name: by.name };
        let shown = |(place, note): (usize, FileNote)| {
            let (id, name, mime) = (file_part_id(&message_id, place), note.name.clone(), note.mime.clone());
            FileShown { id, name, mime, note: Some(note) }
        };
        let files = files.into_iter().enumerate().map(shown).collect();
        let body = ItemBody::Said { by, text, complete: true, files, queued: true };
        self.put(ThreadItem { key: message_id, order, at, body });
    }

    /// The message no longer waits; OpenCode's own copy takes its place under the same key.
    fn took_off(&mut self, message_id: &str) {
        let Some(mut item) = self.thread.get(message_id).cloned() else { return };
        if let ItemBody::Said { queued, .. } = &mut item.body {
            *queued = false;
        }
        self.put(item);
    }
}
