//! A session whose calls the gate holds, and everything it wanted.

use gateway_domain::gate::{CallRule, GatePolicy};
use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, Ask, AskPolicy, AskTool, AuditEntry, Effect,
    Held, HeldCall, Input, Order, Person, PersonInput, Proven, Reconnected, Session, SessionRecord, Turn,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(crate) const SESSION: &str = "ses_12345678";

pub(crate) struct Story {
    pub(crate) session: Session,
    pub(crate) policy: AskPolicy,
    pub(crate) now: i64,
    pub(crate) last: Vec<Effect>,
}

impl Story {
    pub(crate) fn begin() -> Self {
        Self::with(AskPolicy::default())
    }

    pub(crate) fn with(policy: AskPolicy) -> Self {
        let mut story =
            Self { session: Session::new(SESSION, "pod-a", policy.clone()), policy, now: 0, last: vec![] };
        story.then(AgentInput::TurnBegan);
        story
    }

    pub(crate) fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.now += 1;
        self.last = self.session.handle(input, at(self.now));
        self
    }

    pub(crate) fn answered(&mut self, ask: &str, answer: Answer) -> &mut Self {
        let by = Person { id: "web:anna".into(), name: "anna".into() };
        self.then(PersonInput::Answer(AnswerGiven {
            ask: ask.into(),
            digest: None,
            by,
            proven: Proven::default(),
            answer,
        }))
    }

    pub(crate) fn outcome(&mut self, outcome: AgentOutcome) -> &mut Self {
        let request_id = self.session.record().outbox[0].request_id.clone();
        self.then(Input::Outcome { request_id, outcome: outcome.into() })
    }

    pub(crate) fn gateway_restarts(&mut self) -> &mut Self {
        let text = serde_json::to_string(self.session.record()).unwrap();
        let record: SessionRecord = serde_json::from_str(&text).unwrap();
        (self.session, self.last) = Session::restore(record, self.policy.clone(), at(self.now));
        self
    }

    pub(crate) fn opencode_restarts(&mut self) -> &mut Self {
        let turn = Some(Turn { user_message_id: "msg_gwuser".into(), finished: false });
        self.then(AgentInput::PodLost).then(AgentInput::PodBack(Reconnected { open: vec![], turn }))
    }

    /// What rules let go or refused, and what people's answers did.
    pub(crate) fn released(&self) -> Vec<String> {
        let told = |order: &AgentOrder| match order {
            AgentOrder::Release { hold_id, refuse: None, .. } => Some(format!("through {hold_id}")),
            AgentOrder::Release { hold_id, refuse: Some(why), .. } => {
                Some(format!("refuse {hold_id}: {why}"))
            }
            _ => None,
        };
        let of = |effect: &Effect| match effect {
            Effect::Judged { release: Some(order), .. } => told(order),
            Effect::Order { order: Order::Agent(order), .. } => told(order),
            _ => None,
        };
        self.last.iter().filter_map(of).collect()
    }

    pub(crate) fn audited(&self) -> Vec<&AuditEntry> {
        let entries = self.last.iter().filter_map(|effect| match effect {
            Effect::Audit(entry) => Some(entry),
            _ => None,
        });
        entries.collect()
    }

    pub(crate) fn verdict(&self) -> &'static str {
        let of =
            |effect: &Effect| if let Effect::Judged { verdict, .. } = effect { Some(*verdict) } else { None };
        self.last.iter().find_map(of).unwrap()
    }

    pub(crate) fn ask(&self, id: &str) -> &Ask {
        self.session.record().asks.iter().find(|ask| ask.id == id).unwrap()
    }

    pub(crate) fn resumes(&self) -> bool {
        let resume = |effect: &Effect| {
            matches!(effect, Effect::Order { order: Order::Agent(AgentOrder::Resume { .. }), .. })
        };
        self.last.iter().any(resume)
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).unwrap()
}

/// A call as the plugin tells of it.
pub(crate) fn held(hold_id: &str, tool: &str, arguments: Value) -> Held {
    let arguments: Map<String, Value> = arguments.as_object().unwrap().clone();
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
    let (file, command) = (text("filePath").or_else(|| text("path")), text("command"));
    let call =
        HeldCall { tool: tool.into(), file, command, arguments: Some(arguments), ..HeldCall::default() };
    let tool = Some(AskTool { message_id: "msg_1".into(), call_id: format!("call_{hold_id}") });
    let (session, directory) = (SESSION.to_owned(), "/work/shop".to_owned());
    Held {
        hold_id: hold_id.into(),
        session,
        directory,
        tool,
        call,
        judge: true,
        early: false,
        denied_by: None,
    }
}

pub(crate) fn bash(hold_id: &str, command: &str) -> AgentInput {
    AgentInput::Held(held(hold_id, "bash", json!({ "command": command, "description": "x" })))
}

pub(crate) fn read(hold_id: &str, file: &str) -> AgentInput {
    AgentInput::Held(held(hold_id, "read", json!({ "filePath": file })))
}

/// The verdict on one call, by its name.
pub(crate) fn verdict(policy: AskPolicy, held: Held) -> &'static str {
    Story::with(policy).then(AgentInput::Held(held)).verdict()
}

pub(crate) fn rule(tool: &str, pattern: &str) -> CallRule {
    CallRule { tool: tool.into(), pattern: pattern.into(), why: String::new() }
}

pub(crate) fn allowing(rules: &[(&str, &str)]) -> AskPolicy {
    let allow = rules.iter().map(|(tool, pattern)| rule(tool, pattern)).collect();
    AskPolicy { gate: GatePolicy { allow, ..GatePolicy::default() }, ..AskPolicy::default() }
}
