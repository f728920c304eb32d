//! A model of OpenCode: what it keeps on disk, what it forgets when it dies, and what its agent does.
//!
//! It holds asks in memory and loses them at its death. Messages and calls stay; so a turn that is resumed
//! goes on, and its agent mostly asks the very same again, under new names.

use crate::plan::{Want, What};
use crate::wire::{Event, Standing};
use crate::world::{Happening, World, name};
use gateway_domain::{Answer, AskBody, AskTool, Asked, Question, Turn};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[derive(Default)]
pub struct OpenCode {
    pub alive: bool,
    /// Counts its lives.
    pub boot: u64,
    /// On disk.
    pub sessions: BTreeMap<String, OcSession>,
    /// In memory, as its lists of permissions and questions show them.
    pub pending: BTreeMap<String, Pending>,
    /// In memory: what need not be asked again, by session.
    always: BTreeSet<(String, String)>,
    ids: u64,
}

#[derive(Clone)]
pub struct Pending {
    pub asked: Asked,
    pub call: String,
}

#[derive(Default)]
pub struct OcSession {
    pub parent: Option<String>,
    pub messages: Vec<Message>,
    pub calls: BTreeMap<String, Call>,
    /// What the agent will want next. It follows from what the session's messages say, so it is never lost.
    pub script: VecDeque<Vec<Want>>,
    /// What was denied; it may be wanted again when somebody allows it late.
    denied: Vec<String>,
    children: u64,
    /// In memory: the turn that runs, with the calls that it waits for.
    pub run: Option<Vec<(String, String)>>,
}

pub enum Message {
    User(String),
    /// The end of a turn.
    Final,
}

pub struct Call {
    want: Want,
    pub status: Status,
    /// The turn went on without it after a crash. What it shows stays as it was.
    pub left: bool,
    /// It ended, and the sub-agent that made it goes on talking: its parent has not heard of it.
    pub talks: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Status {
    /// For ever, if OpenCode dies under it.
    Waiting,
    Began,
    Completed,
    Error,
}

/// Names of different pods never meet.
const NAMES_OF_A_POD: u64 = 100_000;

impl OpenCode {
    pub fn new(pod: u64) -> Self {
        Self { ids: pod * NAMES_OF_A_POD, ..Self::default() }
    }

    pub fn add_session(&mut self, id: &str, parent: Option<String>) {
        self.sessions.insert(id.to_owned(), OcSession { parent, ..OcSession::default() });
    }

    pub fn fresh(&mut self, prefix: &str) -> String {
        self.ids += 1;
        format!("{prefix}_{:06}", self.ids)
    }

    pub fn is_busy(&self, session: &str) -> bool {
        self.sessions.get(session).is_some_and(|session| session.run.is_some())
    }

    /// Somebody's answer to it would be heard.
    pub fn is_live(&self, opencode_id: &str) -> bool {
        let Some(pending) = self.pending.get(opencode_id) else { return false };
        let Some(session) = self.sessions.get(&pending.asked.session) else { return false };
        session.run.is_some() && session.status(&pending.call) == Some(Status::Waiting)
    }
}

impl OcSession {
    pub fn status(&self, call: &str) -> Option<Status> {
        self.calls.get(call).map(|call| call.status)
    }

    pub fn standing(&self) -> Standing {
        match self.newest_turn() {
            _ if self.run.is_some() => Standing::Busy,
            Some(turn) if !turn.finished => Standing::Interrupted,
            _ => Standing::Idle,
        }
    }

    pub fn newest_turn(&self) -> Option<Turn> {
        let is_user = |message: &Message| matches!(message, Message::User(_));
        let at = self.messages.iter().rposition(is_user)?;
        let Message::User(id) = &self.messages[at] else { return None };
        Some(Turn { user_message_id: id.clone(), finished: at + 1 < self.messages.len() })
    }

    pub fn has_message(&self, id: &str) -> bool {
        self.messages.iter().any(|message| matches!(message, Message::User(known) if known == id))
    }
}

impl World {
    pub fn opencode_up(&mut self, pod: usize) {
        let opencode = &mut self.pods[pod];
        opencode.alive = true;
        opencode.boot += 1;
        let boot = opencode.boot;
        self.links[pod].forget_all();
        self.note(|| format!("OpenCode {pod} starts (boot {boot})"));
        self.soon(1, 1_500, Happening::Connect { pod });
    }

    pub fn opencode_dies(&mut self, pod: usize, down: u64) {
        if !self.pods[pod].alive {
            return;
        }
        self.note(|| format!("OpenCode {pod} is killed"));
        let opencode = &mut self.pods[pod];
        opencode.alive = false;
        opencode.pending.clear();
        opencode.always.clear();
        for session in opencode.sessions.values_mut() {
            session.run = None;
        }
        self.lose_link(pod);
        self.soon(down, down + 500, Happening::OpenCodeUp { pod });
    }

    // --- turns ---

    pub fn prompt(&mut self, session: usize, waves: Vec<Vec<Want>>) {
        let (pod, session) = (self.pod_of(session), name(session));
        let message = self.pods[pod].fresh("msg");
        self.add_message(pod, &session, message, waves);
    }

    /// A message to the agent: works at once, or behind what it is at.
    pub fn add_message(&mut self, pod: usize, session: &str, message: String, waves: Vec<Vec<Want>>) {
        let opencode = &mut self.pods[pod];
        let Some(found) = opencode.sessions.get_mut(session).filter(|_| opencode.alive) else { return };
        found.messages.push(Message::User(message.clone()));
        found.script.extend(waves);
        self.witness.owns(&message, session);
        self.start_turn(pod, session);
    }

    fn start_turn(&mut self, pod: usize, session: &str) {
        let opencode = &mut self.pods[pod];
        let boot = opencode.boot;
        let Some(found) = opencode.sessions.get_mut(session).filter(|found| found.run.is_none()) else {
            return;
        };
        found.run = Some(vec![]);
        self.tell(pod, session, Event::Busy);
        self.soon(20, 600, Happening::Think { pod, boot, session: session.to_owned() });
    }

    /// Goes on with a turn that was cut short. Its open calls are made again, mostly in the same words.
    pub fn resume_turn(&mut self, pod: usize, session: &str) {
        let is_open = |(_, call): &(&String, &mut Call)| {
            !call.left && (call.talks || matches!(call.status, Status::Waiting | Status::Began))
        };
        let belongs = |id: &str, found: &OcSession| id == session || found.parent.as_deref() == Some(session);
        let family = self.pods[pod].sessions.iter_mut().filter(|(id, found)| belongs(id, found));
        let mut again = vec![];
        for (id, call) in family.flat_map(|(_, found)| found.calls.iter_mut()).filter(is_open) {
            let half_run = call.status == Status::Began;
            let ran = call.status == Status::Completed && self.witness.was_allowed_by_us(id);
            (call.left, call.talks) = (true, false);
            let keeps = if half_run { 50 } else { 85 };
            match self.chance.index(100) {
                n if n < keeps => again.push(Want { again: ran, ..call.want.clone() }),
                n if n < 95 => again.push(other_than(&call.want)),
                _ => {}
            }
        }
        if let Some(found) = self.pods[pod].sessions.get_mut(session) {
            found.script.push_front(again);
        }
        self.start_turn(pod, session);
    }

    pub fn think(&mut self, pod: usize, boot: u64, session: &str) {
        let opencode = &mut self.pods[pod];
        if !opencode.alive || opencode.boot != boot {
            return;
        }
        let Some(found) = opencode.sessions.get_mut(session) else { return };
        let Some(run) = &found.run else { return };
        if !run.is_empty() {
            return;
        }
        match found.script.pop_front() {
            Some(wave) => {
                for want in wave {
                    self.make_call(pod, session, want);
                }
                self.wave_may_be_over(pod, session);
            }
            None => self.end_turn(pod, session),
        }
    }

    fn end_turn(&mut self, pod: usize, session: &str) {
        let Some(found) = self.pods[pod].sessions.get_mut(session) else { return };
        found.messages.push(Message::Final);
        found.run = None;
        self.tell(pod, session, Event::Idle);
    }

    fn make_call(&mut self, pod: usize, session: &str, want: Want) {
        let opencode = &mut self.pods[pod];
        let (call, message) = (opencode.fresh("call"), opencode.fresh("msg"));
        let asker = if want.by_child { self.make_child(pod, session) } else { session.to_owned() };
        let opencode = &mut self.pods[pod];
        let skips = matches!(&want.what, What::Run(command) if opencode.always.contains(&(asker.clone(), command.clone())));
        let status = if skips { Status::Completed } else { Status::Waiting };
        opencode
            .sessions
            .get_mut(&asker)
            .unwrap()
            .calls
            .insert(call.clone(), Call { want: want.clone(), status, left: false, talks: false });
        if skips {
            return;
        }
        let parent = opencode.sessions.get_mut(session).unwrap();
        parent.run.get_or_insert_default().push((asker.clone(), call.clone()));
        let id = opencode.fresh(if matches!(want.what, What::Run(_)) { "per" } else { "que" });
        let asked = asked(&id, &asker, AskTool { message_id: message, call_id: call.clone() }, &want.what);
        opencode.pending.insert(id, Pending { asked: asked.clone(), call });
        self.witness.asked(&asked);
        if want.again {
            self.witness.runs_again(&asked);
        }
        self.tell(pod, &asker, Event::Asked(asked));
    }

    fn make_child(&mut self, pod: usize, parent: &str) -> String {
        let opencode = &mut self.pods[pod];
        let found = opencode.sessions.get_mut(parent).unwrap();
        found.children += 1;
        let (child, message) = (format!("{parent}c{:02}", found.children), opencode.fresh("msg"));
        opencode.add_session(&child, Some(parent.to_owned()));
        let made = opencode.sessions.get_mut(&child).unwrap();
        made.messages.push(Message::User(message.clone()));
        made.run = Some(vec![]);
        self.witness.owns(&message, &child);
        child
    }

    // --- calls ---

    /// An ask gets its answer. The caller made sure that it is live.
    pub fn resolve(&mut self, pod: usize, opencode_id: &str, answer: &Answer, by_gateway: bool) {
        let opencode = &mut self.pods[pod];
        let Some(Pending { asked, call }) = opencode.pending.remove(opencode_id) else { return };
        let session = asked.session.clone();
        let word = word(answer);
        let told = Event::Resolved { opencode_id: opencode_id.to_owned(), answer: word, by_gateway };
        self.tell(pod, &session, told);
        match answer {
            Answer::Once | Answer::Always | Answer::Grant { .. } => {
                let boot = self.pods[pod].boot;
                let begins = Happening::ToolBegins { pod, boot, session: session.clone(), call };
                self.soon(0, 30, begins);
            }
            Answer::Deny { .. } => {
                self.set_status(pod, &session, &call, Status::Error);
                self.remember_denied(pod, &session, &call);
                self.call_is_over(pod, &session, &call);
            }
            Answer::Answers { .. } | Answer::Configured { .. } => {
                self.set_status(pod, &session, &call, Status::Completed);
                self.call_is_over(pod, &session, &call);
            }
        }
        if *answer == Answer::Always {
            self.always(pod, &asked);
        }
    }

    /// The same command is not asked about again, and asks about it that wait are through.
    fn always(&mut self, pod: usize, asked: &Asked) {
        let same = |other: &Pending| other.asked.digest() == asked.digest();
        let Some(command) = command(asked) else { return };
        self.pods[pod].always.insert((asked.session.clone(), command));
        let waiting = self.pods[pod].pending.iter().filter(|(_, other)| same(other));
        let ids: Vec<_> = waiting.map(|(id, _)| id.clone()).collect();
        for id in ids {
            if self.pods[pod].is_live(&id) {
                self.witness.resolved_elsewhere(&id, &Answer::Once);
                self.resolve(pod, &id, &Answer::Once, false);
            }
        }
    }

    pub fn tool_begins(&mut self, pod: usize, boot: u64, session: String, call: String) {
        if !self.is_waiting(pod, boot, &session, &call) {
            return;
        }
        self.set_status(pod, &session, &call, Status::Began);
        self.note(|| format!("OpenCode {pod} runs {call} of {session}"));
        self.ran(&call);
        self.soon(20, 4_000, Happening::ToolEnds { pod, boot, session, call });
    }

    fn is_waiting(&self, pod: usize, boot: u64, session: &str, call: &str) -> bool {
        let opencode = &self.pods[pod];
        let status = opencode.sessions.get(session).and_then(|session| session.status(call));
        opencode.alive
            && opencode.boot == boot
            && opencode.is_busy(session)
            && status == Some(Status::Waiting)
    }

    pub fn tool_ends(&mut self, pod: usize, boot: u64, session: &str, call: &str) {
        if !self.pods[pod].alive || self.pods[pod].boot != boot {
            return;
        }
        let status = self.pods[pod].sessions.get(session).and_then(|session| session.status(call));
        if status == Some(Status::Began) {
            self.set_status(pod, session, call, Status::Completed);
            self.call_is_over(pod, session, call);
        }
    }

    pub fn set_status(&mut self, pod: usize, session: &str, call: &str, status: Status) {
        let found = self.pods[pod].sessions.get_mut(session);
        if let Some(call) = found.and_then(|found| found.calls.get_mut(call)) {
            call.status = status;
        }
    }

    /// What the agent was denied it may want once more, sometimes at once.
    fn remember_denied(&mut self, pod: usize, session: &str, call: &str) {
        let stubborn = self.chance.percent(15);
        let Some(found) = self.pods[pod].sessions.get_mut(session) else { return };
        let Some(want) = found.calls.get(call).map(|call| call.want.clone()) else { return };
        if let What::Run(command) = &want.what {
            found.denied.push(command.clone());
        }
        if stubborn && !want.by_child {
            found.script.push_back(vec![want]);
        }
    }

    fn call_is_over(&mut self, pod: usize, session: &str, call_name: &str) {
        let found = self.pods[pod].sessions.get_mut(session);
        let is_child = found.as_ref().is_some_and(|found| found.parent.is_some());
        if is_child && let Some(call) = found.and_then(|found| found.calls.get_mut(call_name)) {
            call.talks = true;
            let boot = self.pods[pod].boot;
            let (session, call) = (session.to_owned(), call_name.to_owned());
            return self.soon(20, 4_000, Happening::ChildEnds { pod, boot, session, call });
        }
        self.call_is_told(pod, session, call_name);
    }

    pub fn child_ends(&mut self, pod: usize, boot: u64, session: &str, call: &str) {
        if !self.pods[pod].alive || self.pods[pod].boot != boot || !self.pods[pod].is_busy(session) {
            return;
        }
        if let Some(call) =
            self.pods[pod].sessions.get_mut(session).and_then(|found| found.calls.get_mut(call))
        {
            call.talks = false;
        }
        self.end_turn(pod, session);
        self.call_is_told(pod, session, call);
    }

    /// The session that people see goes on when none of its calls is left.
    fn call_is_told(&mut self, pod: usize, session: &str, call: &str) {
        let parent = self.pods[pod].sessions.get(session).and_then(|found| found.parent.clone());
        let runner = parent.unwrap_or_else(|| session.to_owned());
        if let Some(run) = self.pods[pod].sessions.get_mut(&runner).and_then(|found| found.run.as_mut()) {
            run.retain(|(_, waiting)| waiting != call);
        }
        self.wave_may_be_over(pod, &runner);
    }

    fn wave_may_be_over(&mut self, pod: usize, session: &str) {
        let opencode = &self.pods[pod];
        let over =
            opencode.sessions.get(session).is_some_and(|found| found.run.as_ref().is_some_and(Vec::is_empty));
        let boot = opencode.boot;
        if over {
            self.soon(20, 600, Happening::Think { pod, boot, session: session.to_owned() });
        }
    }

    /// "… is now allowed": the agent mostly does it then.
    pub fn wants_after(&mut self, pod: usize, session: &str, text: &str) -> Vec<Vec<Want>> {
        if !text.contains("is now allowed") || !self.chance.percent(80) {
            return vec![];
        }
        let Some(found) = self.pods[pod].sessions.get(session) else { return vec![] };
        let command = found.denied.iter().find(|command| text.contains(command.as_str()));
        let want =
            |command: &String| Want { what: What::Run(command.clone()), by_child: false, again: false };
        command.map(|command| vec![vec![want(command)]]).unwrap_or_default()
    }
}

/// The agent has changed its mind.
fn other_than(want: &Want) -> Want {
    let what = match &want.what {
        What::Run(command) => What::Run(format!("{command} --other")),
        What::Question { text, recommended } => {
            What::Question { text: format!("Once more: {text}"), recommended: *recommended }
        }
    };
    Want { what, by_child: want.by_child, again: false }
}

fn asked(id: &str, session: &str, tool: AskTool, what: &What) -> Asked {
    let body = match what {
        What::Run(command) => AskBody::Permission {
            permission: "bash".to_owned(),
            patterns: vec![command.clone()],
            always: vec![format!("{} *", command.split(' ').next().unwrap_or_default())],
            metadata: Map::from_iter([("command".to_owned(), Value::from(command.clone()))]),
        },
        What::Question { text, recommended } => {
            let marked = if *recommended { "A (Recommended)" } else { "A" };
            let options = vec![marked.to_owned(), "B".to_owned()];
            AskBody::Question {
                questions: vec![Question {
                    question: text.clone(),
                    options,
                    descriptions: vec![],
                    multiple: false,
                }],
            }
        }
    };
    let (opencode_id, session, directory) = (id.to_owned(), session.to_owned(), "/work".to_owned());
    Asked { opencode_id, session, directory, tool: Some(tool), body }
}

fn command(asked: &Asked) -> Option<String> {
    let AskBody::Permission { metadata, .. } = &asked.body else { return None };
    metadata.get("command")?.as_str().map(str::to_owned)
}

fn word(answer: &Answer) -> String {
    match answer {
        Answer::Once | Answer::Grant { .. } => "once",
        Answer::Always => "always",
        Answer::Deny { .. } => "reject",
        Answer::Answers { .. } | Answer::Configured { .. } => "answers",
    }
    .to_owned()
}
