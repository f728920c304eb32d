//! The session's lab: its work is read, allowed, started, watched and removed. Each step stands in the record before it is
//! ordered, and an order has the same name however often it is given: so a kill at any moment loses nothing and doubles
//! nothing (REQ-LAB-11).

use super::Session;
use crate::ask::{Answer, Ask, AskBody, AskState, Asked, Person};
use crate::audit::AuditEntry;
use crate::effect::Effect;
use crate::lab::lab_sentences as sentences;
use crate::lab::{DOUBLE_CLICK, KEPT_RECIPES, Lab, LabFault, LabSeen, LabSight, LabState};
use crate::lab_plan::LabPlan;
use crate::mask::mask_text;
use crate::order::{LabOrder, LabOutcome, Order};
use crate::thread::Tone;
use crate::verdict::Verdict;
use jiff::Timestamp;

/// Who it was when no person did it.
const GATEWAY: &str = "gateway";

const NO_WORKSPACE: &str =
    "only a session with its own workspace can be deployed. Start one with a workspace";

impl Session {
    pub(crate) fn deploy(&mut self, by: &Person, now: Timestamp) {
        if self.record.ended.is_some() {
            return self.tell(Verdict::SessionEnded);
        }
        if let Some(why) = self.no_deploy(now) {
            return self.tell(Verdict::Idle { why: why.to_owned() });
        }
        let Some(workspace) = self.record.about.workspace.as_ref().map(|workspace| workspace.name.clone())
        else {
            return self.tell(Verdict::Idle { why: NO_WORKSPACE.to_owned() });
        };
        let project = self.record.about.project.clone();
        let before = self.record.lab.take();
        let attempt = self.next_id("lab");
        let note = self.lab_note(Tone::Info, sentences::READING.to_owned(), now);
        let allowed = before.as_ref().map(|lab| lab.allowed.clone()).unwrap_or_default();
        self.record.lab = Some(Lab {
            attempt: attempt.clone(),
            by: by.clone(),
            wanted_at: now,
            begun_at: now,
            state: LabState::Reading,
            plan: None,
            note,
            ends_at: None,
            warned: false,
            outages: 0,
            without_certificate: false,
            allowed,
        });
        self.audit_words(&by.id, "deployed", "", now);
        self.tell(Verdict::Done);
        if let Some(old) = before.filter(|lab| lab.state.is_outside()) {
            self.order_lab(|session| LabOrder::CleanLab { session, attempt: old.attempt, followed: true });
        }
        self.order_lab(|session| LabOrder::ReadLab { session, attempt, workspace, project });
    }

    /// Why nothing is deployed now.
    fn no_deploy(&self, now: Timestamp) -> Option<&'static str> {
        let lab = self.record.lab.as_ref()?;
        match &lab.state {
            LabState::Asked { ask } if !self.is_open_deploy(ask) => None,
            LabState::Asked { .. } => Some("a request about this deployment needs an answer first"),
            LabState::Cleaning => Some("the lab is being removed; try again when it is gone"),
            state if state.is_under_way() => Some("it is already being deployed"),
            _ if now.duration_since(lab.wanted_at) < DOUBLE_CLICK => Some("it was deployed just now"),
            _ => None,
        }
    }

    /// It is gone where a hand took it out of the record.
    fn is_open_deploy(&self, id: &str) -> bool {
        self.record.asks.iter().any(|ask| ask.id == id && ask.is_unsettled())
    }

    pub(crate) fn clean_lab(&mut self, by: &Person, now: Timestamp) {
        match self.record.lab.as_ref().map(|lab| &lab.state) {
            None | Some(LabState::Gone) => {
                return self.tell(Verdict::Idle { why: "there is no lab".to_owned() });
            }
            Some(LabState::Cleaning) => {
                return self.tell(Verdict::Idle { why: "the lab is already being removed".to_owned() });
            }
            Some(_) => {}
        }
        self.withdraw_deploy("the lab was removed");
        self.audit_words(&by.id, "removed lab", "", now);
        self.tell(Verdict::Done);
        self.remove_lab(sentences::REMOVING, now);
    }

    pub(super) fn remove_lab(&mut self, told: &str, now: Timestamp) {
        let note = self.lab_note(Tone::Info, told.to_owned(), now);
        let Some(lab) = &mut self.record.lab else { return };
        (lab.state, lab.note, lab.ends_at) = (LabState::Cleaning, note, None);
        let attempt = lab.attempt.clone();
        self.order_lab(|session| LabOrder::CleanLab { session, attempt, followed: false });
    }

    pub(crate) fn after_lab(&mut self, order: &LabOrder, outcome: LabOutcome, now: Timestamp) {
        let Some(lab) = self.record.lab.as_ref().filter(|lab| lab.attempt == order.attempt()) else { return };
        match (&lab.state, outcome) {
            (LabState::Reading, LabOutcome::Read(plan)) => self.lab_read(*plan, now),
            (LabState::Applying { again }, LabOutcome::Applied) => {
                let again = *again;
                self.lab_waits("it was started".to_owned(), again, now);
            }
            (LabState::Reading | LabState::Applying { .. }, LabOutcome::Refused { fault, why, details }) => {
                self.lab_failed(fault, &why, details, now);
            }
            (LabState::Failed { .. }, LabOutcome::Ended { log: Some(log) }) => self.lab_log(log),
            (LabState::Cleaning, LabOutcome::Gone) => self.lab_gone(),
            (LabState::Cleaning, LabOutcome::Stuck { what } | LabOutcome::Refused { why: what, .. }) => {
                let text = sentences::stuck(&what);
                self.set_lab(LabState::Stuck { what: mask_text(&what) });
                self.tell_of_lab(Tone::Error, text, None);
            }
            _ => {}
        }
    }

    fn lab_read(&mut self, plan: LabPlan, now: Timestamp) {
        let Some(lab) = &mut self.record.lab else { return };
        lab.plan = Some(plan.clone().masked());
        match lab.allowed.contains(&plan.digest) {
            true => self.apply_lab(now),
            false => self.ask_to_deploy(plan, now),
        }
    }

    fn ask_to_deploy(&mut self, plan: LabPlan, now: Timestamp) {
        let Some(ask) = self.record.lab.as_ref().map(|lab| format!("deploy_{}", lab.attempt)) else { return };
        self.tell_of_lab(Tone::Info, sentences::asking(&plan), None);
        self.set_lab(LabState::Asked { ask: ask.clone() });
        let (session, directory) = (self.record.session.clone(), self.record.about.directory.clone());
        let detail = plan.lines().join("\n");
        let body = AskBody::Deploy { plan, detail };
        self.asked(Asked { opencode_id: ask, session, directory, tool: None, body }, now);
    }

    /// Whoever may decide did.
    pub(crate) fn deploy_decided(&mut self, index: usize, answer: &Answer) -> Option<Order> {
        let ask = &mut self.record.asks[index];
        ask.settle(AskState::Applied);
        let id = ask.id.clone();
        let (by, at) = ask.decision.as_ref().map(|by| (by.by.name.clone(), by.at))?;
        let AskBody::Deploy { plan, .. } = &ask.body else { return None };
        let digest = plan.digest.clone();
        let is_about_it = |lab: &Lab| matches!(&lab.state, LabState::Asked { ask } if *ask == id);
        let lab = self.record.lab.as_mut().filter(|lab| is_about_it(lab))?;
        if !answer.allows() {
            let attempt = lab.attempt.clone();
            lab.state = LabState::Denied;
            self.tell_of_lab(Tone::Warning, sentences::denied(&by), None);
            let session = self.record.session.clone();
            return Some(LabOrder::CleanLab { session, attempt, followed: false }.into());
        }
        lab.allowed.push(digest);
        let too_many = lab.allowed.len().saturating_sub(KEPT_RECIPES);
        lab.allowed.drain(..too_many);
        self.applying_lab(false, at).map(Order::Lab)
    }

    fn apply_lab(&mut self, now: Timestamp) {
        let Some(order) = self.applying_lab(false, now) else { return };
        self.order_lab(|_| order);
    }

    /// From now on it counts how long it takes.
    fn applying_lab(&mut self, forced: bool, now: Timestamp) -> Option<LabOrder> {
        let session = self.record.session.clone();
        let lab = self.record.lab.as_mut()?;
        (lab.begun_at, lab.state) = (now, LabState::Applying { again: false });
        let plan = lab.plan.clone()?;
        let (attempt, digest) = (lab.attempt.clone(), plan.digest.clone());
        self.tell_of_lab(Tone::Info, sentences::deploying(&plan), None);
        Some(LabOrder::ApplyLab { session, attempt, digest, forced })
    }

    /// The same attempt once more, over what somebody else changed: people saw whose it is.
    pub(crate) fn take_over_lab(&mut self, by: &Person, now: Timestamp) {
        if self.record.ended.is_some() {
            return self.tell(Verdict::SessionEnded);
        }
        if !self.record.lab.as_ref().is_some_and(|lab| lab.state.is_conflict()) {
            return self.tell(Verdict::Idle { why: "nobody else's change is in the lab's way".to_owned() });
        }
        self.audit_words(&by.id, "took over lab", "", now);
        self.tell(Verdict::Done);
        if let Some(order) = self.applying_lab(true, now) {
            self.order_lab(|_| order);
        }
    }

    fn lab_waits(&mut self, why: String, again: bool, now: Timestamp) {
        self.set_lab(LabState::Waiting { since: now, again, why: why.clone() });
        let text = sentences::waiting(&self.lab_name(), &why, again);
        self.tell_of_lab(Tone::Info, text, None);
        self.wake_for_the_next(now);
    }

    pub(crate) fn lab_seen(&mut self, LabSeen { attempt, what }: LabSeen, now: Timestamp) {
        let Some(lab) = self.record.lab.as_ref().filter(|lab| lab.attempt == attempt) else { return };
        match (&lab.state, what) {
            (LabState::Waiting { since, again, why: told }, LabSight::Waiting { why }) if *told != why => {
                let (since, again) = (*since, *again);
                self.set_lab(LabState::Waiting { since, again, why: why.clone() });
                let text = sentences::waiting(&self.lab_name(), &why, again);
                self.tell_of_lab(Tone::Info, text, None);
            }
            // It may be faster than the word that it was started.
            (LabState::Waiting { again, .. } | LabState::Applying { again }, LabSight::Ready { url }) => {
                let again = *again;
                self.lab_ready(url, again, now);
            }
            (LabState::Ready { down, .. }, LabSight::Down { since, why, moves })
                if down.as_ref().is_none_or(|down| down.why != mask_text(&why)) =>
            {
                self.lab_went_down(since, &why, moves, now);
            }
            (LabState::Ready { down: Some(_), .. }, LabSight::Ready { .. }) => self.lab_is_back(now),
            (LabState::Ready { .. }, LabSight::Certificate { missing })
                if missing.is_some() != lab.without_certificate =>
            {
                self.lab_certificate(missing, now);
            }
            (state, LabSight::Ended { fault, why, log }) if state.runs() => {
                self.lab_failed(fault, &why, log, now);
            }
            _ => {}
        }
    }

    fn lab_ready(&mut self, url: String, again: bool, now: Timestamp) {
        let lasts = self.policy.lab.lasts;
        let Some(lab) = &mut self.record.lab else { return };
        let took = now.duration_since(lab.begun_at);
        lab.ends_at = lab.ends_at.or_else(|| now.checked_add(lasts).ok());
        lab.state = LabState::Ready { since: now, url: url.clone(), down: None };
        let text = if again { sentences::ready_again(&url) } else { sentences::ready(took, &url) };
        self.tell_of_lab(Tone::Good, text, None);
        self.effects.extend((!again).then_some(Effect::Deployed { came: Ok(took) }));
        self.wake_for_the_next(now);
    }

    /// What was ready is told of in a note of its own: the link above it counts no more.
    pub(super) fn lab_failed(&mut self, fault: LabFault, why: &str, log: Option<String>, now: Timestamp) {
        let reason = mask_text(why);
        let is_first = self.record.lab.as_ref().is_some_and(|lab| lab.state.is_first_start());
        self.effects.extend(is_first.then_some(Effect::Deployed { came: Err(fault) }));
        let was_ready =
            self.record.lab.as_ref().is_some_and(|lab| matches!(lab.state, LabState::Ready { .. }));
        let ends_at = now.checked_add(self.policy.lab.lasts).ok();
        if let Some(lab) = &mut self.record.lab {
            let conflict = fault == LabFault::Conflict;
            lab.state = LabState::Failed { at: now, reason: reason.clone(), conflict };
            // Its copy goes some day, too.
            lab.ends_at = lab.ends_at.or(ends_at);
        }
        self.wake_for_the_next(now);
        let details = log.map(|log| mask_text(&log));
        if was_ready {
            let note = self.lab_note(Tone::Error, sentences::down(&reason), now);
            if let Some(lab) = &mut self.record.lab {
                lab.note = note;
            }
            return self.tell_of_lab(Tone::Error, sentences::down(&reason), details);
        }
        self.tell_of_lab(Tone::Error, sentences::failed(&reason), details);
    }

    /// Lines that came after the word that it failed.
    fn lab_log(&mut self, log: String) {
        let Some(key) = self.record.lab.as_ref().map(|lab| lab.note.clone()) else { return };
        let Some(note) = self.record.notes.iter().find(|note| note.key == key) else { return };
        if note.details.is_none() {
            let (tone, text) = (note.tone, note.text.clone());
            self.tell_of_lab(tone, text, Some(mask_text(&log)));
        }
    }

    fn lab_gone(&mut self) {
        self.set_lab(LabState::Gone);
        let Some(lab) = &self.record.lab else { return };
        let note = self.record.notes.iter().find(|note| note.key == lab.note);
        if note.is_some_and(|note| note.text == sentences::REMOVING) {
            self.tell_of_lab(Tone::Info, sentences::REMOVED.to_owned(), None);
        }
    }

    /// After a restart of the gateway what ran with it is started once more, as the same attempt.
    pub(crate) fn run_lab_again(&mut self, now: Timestamp) {
        let Some(lab) = self.record.lab.as_ref().filter(|lab| lab.state.runs()) else { return };
        let Some(digest) = lab.plan.as_ref().map(|plan| plan.digest.clone()) else { return };
        let (attempt, again) =
            (lab.attempt.clone(), !matches!(lab.state, LabState::Applying { again: false }));
        if let Some(lab) = &mut self.record.lab {
            // While nobody was there no time passed for it.
            (lab.begun_at, lab.state) = (now, LabState::Applying { again });
        }
        let order =
            LabOrder::ApplyLab { session: self.record.session.clone(), attempt, digest, forced: false };
        // One that was not answered yet is given again as it stands.
        let id = Order::Lab(order.clone()).request_id();
        if !self.record.outbox.iter().any(|sent| Some(&sent.request_id) == id.as_ref()) {
            self.order_lab(|_| order);
        }
    }

    /// Nobody is left who would look at it.
    pub(crate) fn lab_of_deleted(&mut self, now: Timestamp) {
        self.withdraw_deploy("the session was deleted");
        if self.record.lab.as_ref().is_some_and(|lab| lab.state.is_outside()) {
            self.audit_lab_end(now);
            self.remove_lab(sentences::REMOVING, now);
        }
    }

    /// The request about it is nobody's any more.
    pub(crate) fn withdraw_deploy(&mut self, why: &str) {
        let is_open = |ask: &Ask| ask.is_deploy() && ask.is_unsettled();
        self.settle_where(is_open, &AskState::Withdrawn { why: why.to_owned() });
        let Some(lab) = self.record.lab.as_ref().filter(|lab| matches!(lab.state, LabState::Asked { .. }))
        else {
            return;
        };
        let attempt = lab.attempt.clone();
        self.set_lab(LabState::Denied);
        self.order_lab(|session| LabOrder::CleanLab { session, attempt, followed: false });
    }

    pub(super) fn audit_lab_end(&mut self, now: Timestamp) {
        let (session, title) = (&self.record.session, &self.record.about.title);
        self.audit(AuditEntry::of_act(now, GATEWAY, "lab ended", session, title, ""));
    }

    fn lab_name(&self) -> String {
        let plan = self.record.lab.as_ref().and_then(|lab| lab.plan.as_ref());
        plan.map(|plan| plan.name.clone()).unwrap_or_default()
    }

    fn set_lab(&mut self, state: LabState) {
        if let Some(lab) = &mut self.record.lab {
            lab.state = state;
        }
    }

    pub(super) fn order_lab(&mut self, order: impl FnOnce(String) -> LabOrder) {
        let order = order(self.record.session.clone());
        // A step that is given again is one order, not two.
        let id = Order::Lab(order.clone()).request_id();
        self.record.outbox.retain(|sent| Some(&sent.request_id) != id.as_ref());
        let sent = self.intend_plain(order);
        self.send(sent);
    }

    /// A new note, which tells of the lab from now on. Returns its key.
    fn lab_note(&mut self, tone: Tone, text: String, now: Timestamp) -> String {
        self.note("lab", tone, text, now);
        self.record.notes.last().map(|note| note.key.clone()).unwrap_or_default()
    }

    /// Changes the note that tells of the lab.
    fn tell_of_lab(&mut self, tone: Tone, text: String, details: Option<String>) {
        let Some(key) = self.record.lab.as_ref().map(|lab| lab.note.clone()) else { return };
        let Some(note) = self.record.notes.iter_mut().find(|note| note.key == key) else { return };
        (note.tone, note.text, note.details) = (tone, mask_text(&text), details);
        let item = note.clone().item();
        self.put(item);
    }
}
