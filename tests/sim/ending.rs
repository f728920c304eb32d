//! What must be true when everything has been online for long: each card tells the truth, and nobody waits.

use crate::shell::Task;
use crate::wire::Standing;
use crate::witness::{Taken, kind};
use crate::world::{World, root};
use gateway_domain::{Ask, AskState};

impl World {
    pub fn check_the_end(&mut self) {
        let mut wrong = self.waits_for_nothing();
        wrong.extend(self.left_lying());
        for task in self.gateway.tasks.values() {
            let record = task.session.record();
            if let Some(sent) = record.outbox.first() {
                wrong.push(("I6", format!("{} never came to an end", sent.request_id)));
            }
            for ask in &record.asks {
                wrong.extend(self.untrue(ask).map(|(promise, how)| (promise, format!("{}: {how}", ask.id))));
            }
        }
        if let Some((promise, how)) = wrong.into_iter().next() {
            self.broken(promise, how);
        }
    }

    /// Asks that OpenCode holds and nobody can answer.
    fn waits_for_nothing(&self) -> Vec<(&'static str, String)> {
        let of_pod = |pod: usize| self.pods[pod].pending.keys().filter(move |id| self.pods[pod].is_live(id));
        let waiting = (0..self.pods.len()).flat_map(of_pod);
        waiting
            .map(|id| ("I6", format!("the agent waits for {id}, and nobody can answer it any more")))
            .collect()
    }

    /// Turns that OpenCode's death cut short, of which the gateway knows, and that nobody takes up.
    fn left_lying(&self) -> Option<(&'static str, String)> {
        let is_cut = |session: &str| {
            let mut found = self.pods.iter().filter_map(|pod| pod.sessions.get(session));
            found.any(|found| found.standing() == Standing::Interrupted)
        };
        let works = |task: &Task| task.session.record().working;
        let (session, _) = self.gateway.tasks.iter().find(|(id, task)| works(task) && is_cut(id))?;
        Some(("I6", format!("the turn of {session} was cut short, and nobody goes on with it")))
    }

    fn untrue(&self, ask: &Ask) -> Option<(&'static str, String)> {
        let card = ask.id.as_str();
        let taken = self.witness.taken.get(card);
        let wrong = |how: &str| Some(("I1", how.to_owned()));
        match &ask.state {
            AskState::Open | AskState::Suspended | AskState::Decided => {
                Some(("I6", format!("it is still {:?}", ask.state)))
            }
            AskState::Applied | AskState::AllowedLate if taken.is_some_and(|taken| taken.late) => {
                taken.and_then(|taken| self.told_late(card, taken))
            }
            AskState::Applied if !self.was_applied(ask) => wrong("the card says applied, and it was not"),
            AskState::AllowedLate => None,
            AskState::AnsweredElsewhere { .. } if !self.witness.was_elsewhere(card) => {
                wrong("the card says answered in OpenCode, and nobody did")
            }
            AskState::Withdrawn { .. } if !self.witness.stops.contains_key(root(&ask.session)) => {
                wrong("the card says withdrawn, and the session was not stopped")
            }
            AskState::Superseded if self.took_effect(card) => {
                wrong("the card says superseded, and its answer was applied")
            }
            _ => None,
        }
    }

    /// What was allowed and died with OpenCode before it began has done nothing.
    fn took_effect(&self, card: &str) -> bool {
        let applied = self.witness.applied_to(card);
        self.witness.ran.contains_key(card) || applied.iter().any(|answer| kind(answer) != "allow")
    }

    /// Allowed: it ran, once, unless somebody stopped the session before it began. Denied or answered: OpenCode took that very answer.
    fn was_applied(&self, ask: &Ask) -> bool {
        let Some(decision) = &ask.decision else { return false };
        let applied = self.witness.applied_to(&ask.id);
        let fitting = applied.iter().filter(|answer| kind(answer) == kind(&decision.answer)).count();
        let ran = self.witness.ran.get(&ask.id) == Some(&1);
        match kind(&decision.answer) {
            "allow" => {
                let stopped = fitting == 1 && self.witness.was_stopped_short(&ask.id);
                ran || stopped || self.witness.was_elsewhere_alike(&ask.id, &decision.answer)
            }
            _ => fitting == 1 || self.witness.was_elsewhere_alike(&ask.id, &decision.answer),
        }
    }

    /// A late answer reached the agent, unless somebody stopped the session after it.
    fn told_late(&self, card: &str, taken: &Taken) -> Option<(&'static str, String)> {
        let stopped = self.witness.stops.get(&taken.session).is_some_and(|&stopped| stopped >= taken.at);
        let told = self.witness.says.get(card).is_some_and(|message| self.witness.said.contains(message));
        (!told && !stopped)
            .then(|| ("I1", "a late answer was taken, and the agent never heard of it".to_owned()))
    }
}
