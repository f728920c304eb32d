//! What people do in OpenCode's own UI, past the gateway: answer, stop, delete.

use crate::opencode::{Message, OcSession, Pending, Status};
use crate::wire::Event;
use crate::world::{World, name};
use gateway_domain::{Answer, AskBody};

impl World {
    pub fn answer_in_opencode(&mut self, session: usize, pick: usize, allow: bool) {
        let (pod, session) = (self.pod_of(session), name(session));
        let opencode = &self.pods[pod];
        let of_session =
            |id: &&String| opencode.is_live(id) && opencode.pending[*id].asked.session == session;
        let live: Vec<_> = opencode.pending.keys().filter(of_session).cloned().collect();
        let Some(id) = live.get(pick % live.len().max(1)) else { return };
        let is_question = matches!(self.pods[pod].pending[id].asked.body, AskBody::Question { .. });
        let answer = match (is_question, allow) {
            (true, _) => Answer::Answers { answers: vec![vec!["said in OpenCode".to_owned()]] },
            (false, true) => Answer::Once,
            (false, false) => return self.deny_in_opencode(pod, &session, id),
        };
        self.witness.resolved_elsewhere(id, &answer);
        self.resolve(pod, id, &answer, false);
    }

    /// Without words it ends the turn and rejects the session's other asks.
    fn deny_in_opencode(&mut self, pod: usize, session: &str, id: &str) {
        let denied = Answer::Deny { reason: None };
        self.witness.resolved_elsewhere(id, &denied);
        self.resolve(pod, id, &denied, false);
        if let Some(found) = self.pods[pod].sessions.get_mut(session) {
            found.script.clear();
        }
        let of_session = |pending: &Pending| pending.asked.session == session;
        let others = self.pods[pod].pending.iter().filter(|(_, pending)| of_session(pending));
        let others: Vec<_> = others.map(|(id, _)| id.clone()).collect();
        for other in others {
            if self.pods[pod].is_live(&other) {
                self.witness.resolved_elsewhere(&other, &denied);
                self.resolve(pod, &other, &denied, false);
            }
        }
    }

    pub fn abort(&mut self, session: usize) {
        let (pod, session) = (self.pod_of(session), name(session));
        if !self.pods[pod].is_busy(&session) {
            return;
        }
        for one in self.family(pod, &session) {
            self.abort_one(pod, &one);
        }
    }

    /// The asks of an aborted turn stay in the list; nothing hears their answers.
    fn abort_one(&mut self, pod: usize, session: &str) {
        let Some(found) = self.pods[pod].sessions.get_mut(session) else { return };
        if found.run.take().is_none() {
            return;
        }
        for (id, call) in &mut found.calls {
            call.talks = false;
            if !call.left && matches!(call.status, Status::Waiting | Status::Began) {
                call.status = Status::Error;
                self.witness.stopped_short(id);
            }
        }
        found.script.clear();
        found.messages.push(Message::Final);
        self.witness.stopped(session, self.now);
        self.tell(pod, session, Event::Aborted);
        self.tell(pod, session, Event::Idle);
    }

    pub fn delete(&mut self, session: usize) {
        let (pod, session) = (self.pod_of(session), name(session));
        if !self.pods[pod].alive {
            return;
        }
        for one in self.family(pod, &session) {
            let gone = self.pods[pod].sessions.remove(&one);
            gone.iter().flat_map(|gone| gone.calls.keys()).for_each(|id| self.witness.stopped_short(id));
            self.pods[pod].pending.retain(|_, pending| pending.asked.session != one);
            self.witness.stopped(&one, self.now);
            self.tell(pod, &one, Event::Deleted);
        }
    }

    fn family(&self, pod: usize, session: &str) -> Vec<String> {
        let belongs =
            |(id, found): &(&String, &OcSession)| *id == session || found.parent.as_deref() == Some(session);
        self.pods[pod].sessions.iter().filter(belongs).map(|(id, _)| id.clone()).collect()
    }
}
