//! Checks that the agent wants with its tool, and what it reads of them. It names checks that the project configured, and no others:
//! their commands are the word of those who made the rules. What the project's own files offer the agent can write itself, so that goes
//! through its shell, where the gate sees the command.

use super::Session;
use super::check_lines::told;
use super::checks::MOST_AT_ONCE;
use crate::checks::{CheckRun, CheckSpec};
use crate::excerpt::cut;
use crate::mask::mask;
use crate::order::CheckOrder;
use crate::record::CheckWish;
use jiff::Timestamp;

/// Who wanted them, in the thread and in the audit log.
const SHOWN: &str = "the agent";
const AGENT: &str = "agent";

/// Wishes that are remembered: one that comes again is known by them.
const KEPT: usize = 12;

/// What an agent reads at most.
const LONGEST: usize = 16 * 1024;

const ENDED: &str = "This session is closed, so no check runs.";

const NONE: &str = "This project has no checks configured. Run its tests with your shell instead; people can configure checks for the project.";

impl Session {
    /// An answer comes in any case, or the agent would wait for ever.
    pub(crate) fn agent_wants_checks(&mut self, wish: String, names: &[String], now: Timestamp) {
        if self.record.check_wishes.iter().any(|known| known.id == wish) {
            return;
        }
        let (checks, refusal) = match self.begin_wanted(names, now) {
            Ok(checks) => (checks, None),
            Err(why) => (vec![], Some(why)),
        };
        let is_refused = refusal.is_some();
        self.record.check_wishes.push(CheckWish { id: wish.clone(), checks, told: is_refused });
        if let Some(why) = refusal {
            self.tell_agent(wish, &why);
        }
        self.tell_wishes();
        self.forget_old_wishes();
    }

    /// The runs that are waited for: new ones, and those that are under way already.
    fn begin_wanted(&mut self, names: &[String], now: Timestamp) -> Result<Vec<String>, String> {
        if self.record.ended.is_some() {
            return Err(ENDED.to_owned());
        }
        let wanted = self.chosen_by(names)?;
        if let Some(why) = wanted.iter().find_map(|spec| self.refuses(spec)) {
            return Err(why);
        }
        let new: Vec<_> = wanted.iter().filter(|spec| !self.is_checking(spec)).cloned().collect();
        if !new.is_empty() {
            let what = new.iter().map(CheckSpec::doing).collect::<Vec<_>>().join("; ");
            self.audit_words(AGENT, "ran checks", &what, now);
            self.want_checks(SHOWN, new, false, now);
        }
        let newest = |spec: &CheckSpec| {
            let runs = self.record.checks.iter();
            runs.rev().find(|run| run.spec.name == spec.name && !run.before).map(|run| run.id.clone())
        };
        Ok(wanted.iter().filter_map(newest).collect())
    }

    fn chosen_by(&self, names: &[String]) -> Result<Vec<CheckSpec>, String> {
        let all: Vec<_> = self.policy.checks.checks.iter().map(|check| check.spec.clone()).collect();
        if all.is_empty() {
            return Err(NONE.to_owned());
        }
        if let Some(unknown) = names.iter().find(|name| all.iter().all(|spec| spec.name != **name)) {
            let known = all.iter().map(CheckSpec::shown_name).collect::<Vec<_>>().join(", ");
            return Err(format!("There is no check {:?}. Configured are: {known}.", cut(unknown, 60)));
        }
        let is_wanted = |spec: &CheckSpec| names.is_empty() || names.contains(&spec.name);
        Ok(all.into_iter().filter(is_wanted).take(MOST_AT_ONCE).collect())
    }

    /// Those whose checks are all over.
    pub(super) fn tell_wishes(&mut self) {
        let runs = &self.record.checks;
        let is_open = |id: &String| runs.iter().any(|run| run.id == *id && !run.is_over());
        let over: Vec<CheckWish> = self
            .record
            .check_wishes
            .iter()
            .filter(|wish| !wish.told && !wish.checks.iter().any(is_open))
            .cloned()
            .collect();
        for wish in over {
            let summary = self.summary(&wish);
            for known in self.record.check_wishes.iter_mut().filter(|known| known.id == wish.id) {
                known.told = true;
            }
            self.tell_agent(wish.id, &summary);
        }
    }

    /// As people read it, with the end of what was printed by those that did not pass.
    fn summary(&self, wish: &CheckWish) -> String {
        let of_wish = |run: &&CheckRun| wish.checks.contains(&run.id);
        let runs: Vec<_> = self.record.checks.iter().filter(of_wish).collect();
        let line = told(&runs);
        line.details.map_or(line.text.clone(), |details| format!("{}\n\n{details}", line.text))
    }

    fn tell_agent(&mut self, wish: String, text: &str) {
        let (session, text) = (self.record.session.clone(), cut(&mask(text), LONGEST));
        let sent = self.intend_plain(CheckOrder::Tell { session, wish, text });
        self.send(sent);
    }

    fn forget_old_wishes(&mut self) {
        while self.record.check_wishes.len() > KEPT {
            let Some(oldest) = self.record.check_wishes.iter().position(|wish| wish.told) else { return };
            self.record.check_wishes.remove(oldest);
        }
    }
}
