//! Checks that people run, and those that run when the agent reports that its work is done.
//!
//! One at a time: each is given to the session's pod, then its end is waited for; both stand in the outbox first, so a gateway that
//! was killed goes on. What it says in the thread is one note for all that were wanted together, changed in place.

use super::Session;
use super::check_lines::told;
use crate::ask::held_call::HeldCall;
use crate::ask::{AskBody, Person};
use crate::checks::{CheckEnd, CheckKind, CheckRun, CheckSpec, CheckVerdict, CheckWork};
use crate::effect::Effect;
use crate::gate::{self, Call};
use crate::lab::LabState;
use crate::order::{CheckOrder, CheckOutcome};
use crate::proven::Proven;
use crate::record::Note;
use crate::rulebook::Answered;
use crate::thread::{Milestone, SortKey, Tone};
use crate::verdict::Verdict;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

/// Checks whose results the record keeps.
const KEPT: usize = 12;

/// Checks that can be wanted at once, and those that a card shows: all that were wanted last are among them.
pub(super) const MOST_AT_ONCE: usize = 10;

/// Who runs those that nobody asked for.
const GATEWAY: &str = "gateway";

/// How an agent's milestone says that its work is done.
const DONE: [&str; 3] = ["done", "complete", "completed"];

const INTERRUPTED: &str = "OpenCode was restarted, and the check ended with it. Run it again.";

const NO_TEST_URL: &str = "they need the address of a running copy of the work, and this session has none. Deploy it, or set `test_url` for the project.";

const NO_TESTS: &str = "⏭️ Tests skipped: no tests found. Known are test scripts of package.json, Cargo.toml, go.mod, pytest's settings and a \
     Makefile with `test`; others can be configured for the project.";

const UNGUARDED: &str = "This agent works UNGUARDED, so no check runs: what it wrote could reach all that OpenCode can. An administrator can start \
     OpenCode with the guard, or allow it with `gate.unguarded: allow`.";

impl Session {
    /// A person wants these to run. Those that are under way already go on and are not begun twice.
    pub(crate) fn run_checks(
        &mut self,
        by: &Person,
        proven: &Proven,
        specs: Vec<CheckSpec>,
        before: bool,
        now: Timestamp,
    ) {
        if self.record.ended.is_some() {
            return self.tell(Verdict::SessionEnded);
        }
        // Whoever starts a check lets run what the agent wrote.
        if !self.may_loosen(by, proven) {
            self.audit_words(&by.id, "refused", "to run checks", now);
            return self.tell(Verdict::NotAllowed);
        }
        if specs.is_empty() {
            self.audit_words(&by.id, "ran checks", "no tests found", now);
            self.note("checks", Tone::Info, NO_TESTS.to_owned(), now);
            return self.tell(Verdict::Done);
        }
        if let Some(why) = specs.iter().find_map(|spec| self.refuses(spec)) {
            return self.tell(Verdict::RefusedByRule { why });
        }
        if let Some(refused) = specs.iter().find_map(|spec| self.refuses_by_rules(spec, by, proven)) {
            return self.tell(refused);
        }
        if before && let Some(spec) = specs.iter().find(|spec| !spec.needs_code_alone()) {
            let why = format!(
                "{:?} looks at a running copy of the work, and there is none from before. Compare unit tests.",
                spec.shown_name()
            );
            return self.tell(Verdict::RefusedByRule { why });
        }
        let most = if before { MOST_AT_ONCE / 2 } else { MOST_AT_ONCE };
        let new: Vec<_> = specs.into_iter().filter(|spec| !self.is_checking(spec)).take(most).collect();
        if new.is_empty() {
            return self.tell(Verdict::Idle { why: "these checks are running already".to_owned() });
        }
        let what = new.iter().map(CheckSpec::doing).collect::<Vec<_>>().join("; ");
        let what = if before { format!("{what}; also on the code from before") } else { what };
        self.audit_words(&by.id, "ran checks", &what, now);
        self.want_checks(&by.name, new, before, now);
        self.tell(Verdict::Done);
    }

    /// Where none runs, that is what was wanted.
    pub(crate) fn stop_checks(&mut self, by: &Person, now: Timestamp) {
        if !self.record.checks.iter().any(|run| !run.is_over() && run.stopped_by.is_none()) {
            return self.tell(Verdict::Done);
        }
        self.audit_act(by, "stopped checks", now);
        self.end_checks(&by.name, now);
        self.tell(Verdict::Done);
    }

    /// Those that wait do not begin, and the one that runs is ended.
    pub(crate) fn end_checks(&mut self, by: &str, now: Timestamp) {
        let session = self.record.session.clone();
        let runs = |run: &CheckRun| !run.is_over() && run.stopped_by.is_none();
        let open: Vec<_> = (0..self.record.checks.len()).filter(|&n| runs(&self.record.checks[n])).collect();
        for index in open {
            self.record.checks[index].stopped_by = Some(by.to_owned());
            if self.record.checks[index].started_at.is_none() {
                self.end_check(
                    index,
                    CheckEnd::without_output(CheckVerdict::Stopped, "It had not begun."),
                    now,
                );
            } else {
                let check = self.record.checks[index].id.clone();
                let sent = self.intend_plain(CheckOrder::Stop { session: session.clone(), check });
                self.send(sent);
            }
            self.note_checks(index, now);
        }
    }

    /// The project may want its checks to run then.
    pub(crate) fn check_what_is_done(&mut self, milestone: &Milestone, now: Timestamp) {
        let said = format!("{} {}", milestone.sort, milestone.description).to_lowercase();
        let is_done = DONE.contains(&milestone.sort.to_lowercase().as_str())
            || said.contains("implementation complete");
        let wanted = self.policy.checks.checks.iter().filter(|check| check.when_done);
        let specs: Vec<_> = wanted.map(|check| check.spec.clone()).collect();
        let specs: Vec<_> = specs
            .into_iter()
            .filter(|spec| !self.is_checking(spec) && self.refuses(spec).is_none())
            .collect();
        if !is_done || specs.is_empty() || self.record.ended.is_some() {
            return;
        }
        let what = specs.iter().map(CheckSpec::doing).collect::<Vec<_>>().join("; ");
        self.audit_words(GATEWAY, "ran checks", &what, now);
        self.want_checks("the gateway", specs, false, now);
    }

    /// Why the rules don't let this run. A check is no way around the gate: what is denied there, or needs two people, does not run
    /// as a check either.
    pub(super) fn refuses(&self, spec: &CheckSpec) -> Option<String> {
        let CheckWork::Run { command, .. } = &spec.work else { return None };
        if self.is_unguarded && !self.policy.gate.lets_unguarded {
            return Some(UNGUARDED.to_owned());
        }
        let held = HeldCall::of_command(command);
        // What is configured is the will of those who made the rules.
        let risk = if spec.is_configured() { None } else { self.policy.risk_of_call(&held) };
        let (directory, denied_by) = (self.record.about.directory.as_str(), None);
        let call = Call { call: &held, directory, denied_by, risk, is_unguarded: false, holds_writes: false };
        match gate::verdict(&self.policy.gate, &call) {
            gate::Verdict::Deny { .. } => {
                Some(format!("The project's rules deny `{}`, also as a check.", spec.doing()))
            }
            gate::Verdict::AskTwo { why } => Some(two_people(spec, &why)),
            _ => None,
        }
    }

    /// What the rules of the repository ask of those who allow such a command. A check has one person, and no proof of them.
    fn refuses_by_rules(&self, spec: &CheckSpec, by: &Person, proven: &Proven) -> Option<Verdict> {
        let CheckWork::Run { command, .. } = &spec.work else { return None };
        if spec.is_configured() {
            return None;
        }
        let body = AskBody::Held { held: HeldCall::of_command(command) };
        let demand = self.demand_on(&body, &self.record.about.directory, &[])?;
        let answered = Answered { by: &by.id, proven, allows: true };
        let two = || Verdict::RefusedByRule { why: two_people(spec, "the rules of its repository say so") };
        demand.refusal(&self.policy.people, &answered).or_else(|| (demand.people > 1).then(two))
    }

    pub(super) fn is_checking(&self, spec: &CheckSpec) -> bool {
        self.record.checks.iter().any(|run| run.spec.name == spec.name && !run.is_over())
    }

    pub(super) fn want_checks(&mut self, by: &str, specs: Vec<CheckSpec>, before: bool, now: Timestamp) {
        let batch = self.next_id("chk");
        let twice = |spec: CheckSpec| {
            before.then(|| (spec.clone(), true)).into_iter().chain([(spec, false)]).collect::<Vec<_>>()
        };
        for (spec, before) in specs.into_iter().flat_map(twice) {
            let id = self.next_id("chk");
            let (batch, by) = (batch.clone(), by.to_owned());
            let run = CheckRun {
                id,
                batch,
                spec,
                before,
                by,
                wanted_at: now,
                started_at: None,
                ended_at: None,
                end: None,
                stopped_by: None,
            };
            self.record.checks.push(run);
        }
        self.note_checks(self.record.checks.len() - 1, now);
        self.begin_next_check(now);
        self.forget_old_checks();
    }

    /// One runs at a time: two in one directory would disturb each other.
    fn begin_next_check(&mut self, now: Timestamp) {
        while !self.record.checks.iter().any(|run| run.started_at.is_some() && !run.is_over()) {
            let Some(index) = self.record.checks.iter().position(|run| !run.is_over()) else { return };
            let run = &self.record.checks[index];
            match self.order_of(run) {
                Err(why) => self.end_check(index, CheckEnd::without_output(CheckVerdict::Skipped, why), now),
                Ok(order) => {
                    self.record.checks[index].started_at = Some(now);
                    let sent = self.intend_plain(order);
                    self.send(sent);
                }
            }
            self.note_checks(index, now);
        }
    }

    fn order_of(&self, run: &CheckRun) -> Result<CheckOrder, &'static str> {
        let (spec, check, before) = (&run.spec, run.id.clone(), run.before);
        let (session, limit_seconds) = (self.record.session.clone(), spec.limit_seconds);
        let test_url = self.test_url();
        if spec.needs_test_url() && test_url.is_none() {
            return Err(NO_TEST_URL);
        }
        Ok(match &spec.work {
            CheckWork::Run { command, report } => {
                let (command, report) = (command.clone(), report.clone());
                CheckOrder::Start {
                    session,
                    check,
                    command,
                    environment: self.environment(spec),
                    limit_seconds,
                    report,
                    before,
                }
            }
            CheckWork::Fetch { url, status, text } => {
                let base = if url.starts_with('/') { test_url.unwrap_or_default() } else { String::new() };
                let url = format!("{}{url}", base.trim_end_matches('/'));
                CheckOrder::Fetch { session, check, url, status: *status, text: text.clone(), limit_seconds }
            }
        })
    }

    /// The one place for what a check's command gets besides its own environment.
    fn environment(&self, spec: &CheckSpec) -> BTreeMap<String, String> {
        let test_url = self.test_url().filter(|_| spec.kind == CheckKind::Integration);
        test_url.map(|url| ("TEST_URL".to_owned(), url)).into_iter().collect()
    }

    /// Where a running copy of this session's work answers: its own lab comes before one that always stays.
    fn test_url(&self) -> Option<String> {
        let link = self.record.lab.as_ref().and_then(|lab| match &lab.state {
            LabState::Ready { url, .. } => Some(url.clone()),
            _ => None,
        });
        link.or_else(|| self.policy.checks.test_url.clone())
    }

    pub(crate) fn after_check(&mut self, order: &CheckOrder, outcome: CheckOutcome, now: Timestamp) {
        let id = order.check();
        let Some(index) = self.record.checks.iter().position(|run| run.id == id && !run.is_over()) else {
            return;
        };
        match (order, outcome) {
            (CheckOrder::Start { session, check, .. }, CheckOutcome::Started) => {
                let configured = self.record.checks[index].spec.is_configured();
                let (session, check) = (session.clone(), check.clone());
                let sent = self.intend_plain(CheckOrder::Await { session, check, configured });
                self.send(sent);
            }
            (_, CheckOutcome::Ended(end)) => self.check_ended(index, *end, now),
            (_, CheckOutcome::Lost) => {
                self.check_ended(index, CheckEnd::without_output(CheckVerdict::Interrupted, INTERRUPTED), now)
            }
            (CheckOrder::Stop { .. }, _) => {}
            (_, CheckOutcome::Refused { why }) => {
                self.check_ended(index, CheckEnd::without_output(CheckVerdict::Skipped, why), now)
            }
            (_, CheckOutcome::Started | CheckOutcome::Unknown) => {}
        }
    }

    fn check_ended(&mut self, index: usize, end: CheckEnd, now: Timestamp) {
        self.end_check(index, end, now);
        self.note_checks(index, now);
        self.begin_next_check(now);
    }

    fn end_check(&mut self, index: usize, end: CheckEnd, now: Timestamp) {
        let run = &mut self.record.checks[index];
        (run.ended_at, run.end) = (Some(now), Some(end));
        self.effects.push(Effect::Checked(Box::new(self.record.checks[index].clone())));
        self.tell_wishes();
    }

    /// All that were wanted together share a note, which says how they stand now.
    fn note_checks(&mut self, index: usize, now: Timestamp) {
        let batch = self.record.checks[index].batch.clone();
        let of_batch: Vec<_> = self.record.checks.iter().filter(|run| run.batch == batch).collect();
        let line = told(&of_batch);
        let key = format!("note_checks_{batch}");
        let known = self.record.notes.iter().find(|note| note.key == key);
        let (at, order) = known.map_or_else(
            || (now, SortKey::new(now.as_millisecond(), 0, &key)),
            |note| (note.at, note.order.clone()),
        );
        let note =
            Note { key, order, at, tone: line.tone, text: line.text, details: line.details, ask: None };
        self.keep_note(note);
    }

    /// The newest of each name, as a card shows them.
    pub(crate) fn newest_checks(&self) -> Vec<CheckRun> {
        let runs = &self.record.checks;
        let same = |a: &CheckRun, b: &CheckRun| a.spec.name == b.spec.name && a.before == b.before;
        let newer = |n: usize| runs[n + 1..].iter().any(|later| same(later, &runs[n]));
        let newest: Vec<_> = (0..runs.len()).filter(|&n| !newer(n)).map(|n| runs[n].on_card()).collect();
        newest[newest.len().saturating_sub(MOST_AT_ONCE)..].to_vec()
    }

    fn forget_old_checks(&mut self) {
        while self.record.checks.len() > KEPT {
            let Some(oldest) = self.record.checks.iter().position(CheckRun::is_over) else { return };
            let run = self.record.checks.remove(oldest);
            if let Some(file) = run.end.and_then(|end| end.output) {
                self.discard(&run.id, &[file]);
            }
        }
    }
}

fn two_people(spec: &CheckSpec, why: &str) -> String {
    format!("`{}` needs two people here ({why}). Let the agent run it: then both are asked.", spec.doing())
}

impl HeldCall {
    /// A command as the agent's own shell would be asked to run it.
    fn of_command(command: &str) -> Self {
        let arguments = json!({ "command": command }).as_object().cloned();
        Self { tool: "bash".to_owned(), command: Some(command.to_owned()), arguments, ..Self::default() }
    }
}
