//! People: they answer what they see on cards, two at once, late, with an old card before them, or without
//! the right to.

use crate::plan::{APPROVERS, Click, Digest, Means};
use crate::world::{Happening, World, name, root};
use gateway_domain::{Answer, AnswerGiven, Ask, Person, Proven, Verdict};

impl World {
    pub fn people_answer(
        &mut self,
        session: usize,
        pick: usize,
        click: Click,
        digest: Digest,
        also: Option<Click>,
    ) {
        let Some(card) = self.thread.pick(&name(session), pick).cloned() else { return };
        for (click, late) in [(Some(click), 0), (also, 2)] {
            let Some(click) = click else { continue };
            let given = Box::new(given(&card, click, digest));
            self.soon(1, 2 + late, Happening::Click { session: root(&card.session).to_owned(), given });
        }
    }

    pub fn click(&mut self, session: &str, given: AnswerGiven) {
        self.note(|| format!("{} answers {} with {:?}", given.by.id, given.ask, given.answer));
        self.answer(session, given);
    }

    /// What the person who answered is told, and will rely on.
    pub fn hear(&mut self, session: &str, verdict: &Verdict) {
        let Some(given) = self.gateway.tasks[session].answered() else { return };
        let given = given.clone();
        self.note(|| format!("{} hears about {}: {verdict:?}", given.by.id, given.ask));
        self.count(match verdict {
            Verdict::Taken => "taken",
            Verdict::TakenForLater => "taken for later",
            Verdict::TakenLate => "taken late",
            _ => "not taken",
        });
        if matches!(verdict, Verdict::Taken | Verdict::TakenForLater | Verdict::TakenLate) {
            self.confirmed(session, &given, *verdict == Verdict::TakenLate);
        }
    }

    /// In the end somebody goes through all cards that are left: each must be answerable. Says whether any was.
    pub fn people_answer_the_rest(&mut self) -> bool {
        let left = self.thread.unsettled();
        let any = !left.is_empty();
        self.note(|| format!("--- people answer what is left: {} ---", left.len()));
        for card in left {
            let click = Click { who: APPROVERS[0], means: Means::Once };
            let given = Box::new(given(&card, click, Digest::Current));
            self.soon(1, 1_000, Happening::Click { session: root(&card.session).to_owned(), given });
        }
        any
    }
}

fn given(card: &Ask, click: Click, digest: Digest) -> AnswerGiven {
    let digest = match digest {
        Digest::Current => Some(card.digest.clone()),
        Digest::Stale => Some("of something else".to_owned()),
        Digest::Absent => None,
    };
    let name = click.who.trim_start_matches("web:").to_owned();
    let by = Person { id: click.who.to_owned(), name };
    AnswerGiven { ask: card.id.clone(), digest, by, proven: Proven::default(), answer: answer(card, click) }
}

fn answer(card: &Ask, click: Click) -> Answer {
    let words = Answer::Answers { answers: vec![vec!["B".to_owned()]] };
    match (card.is_permission(), click.means) {
        (true, Means::Once) | (false, Means::WrongKind) => Answer::Once,
        (true, Means::Always) => Answer::Always,
        (true, Means::Deny) => Answer::Deny { reason: Some(format!("{} says no.", click.who)) },
        (true, Means::WrongKind) | (false, _) => words,
    }
}
