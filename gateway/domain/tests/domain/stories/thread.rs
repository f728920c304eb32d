//! A session and the thread that a surface has of it, as tests tell their stories.

use super::*;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(START + seconds).unwrap()
}

pub(crate) fn message(n: i64, parts: Vec<PartSeen>) -> MessageSeen {
    let (done, closes_turn) = (false, false);
    MessageSeen {
        id: format!("msg_{n:03}"),
        created_ms: (START + n) * 1000,
        from_person: false,
        done,
        closes_turn,
        error: None,
        parts,
    }
}

pub(crate) fn text(id: &str, text: &str, done: bool) -> PartSeen {
    PartSeen::Text { id: format!("prt_{id}"), text: text.into(), done }
}

pub(crate) fn thought(id: &str, text: &str, done: bool) -> PartSeen {
    PartSeen::Reasoning { id: format!("prt_{id}"), text: text.into(), done, took_ms: done.then_some(1_500) }
}

pub(crate) fn call(id: &str, tool: &str) -> PartSeen {
    PartSeen::Tool(Box::new(ToolSeen {
        id: format!("prt_{id}"),
        call: format!("call_{id}"),
        tool: tool.into(),
        state: ToolState::Done,
        title: None,
        file: Some(format!("{id}.rs")),
        command: None,
        output: None,
        error: None,
        diff: None,
        exit_code: None,
        took_ms: None,
    }))
}

/// A session, and the thread that a surface has after all its changes.
pub(crate) struct Story {
    pub(crate) session: Session,
    pub(crate) now: i64,
    pub(crate) surface: BTreeMap<String, String>,
    pub(crate) puts: usize,
}

impl Story {
    pub(crate) fn with(policy: ThreadPolicy) -> Self {
        let policy = AskPolicy { thread: policy, ..AskPolicy::default() };
        let session = Session::new(SESSION, "pod-a", policy);
        Self { session, now: 0, surface: BTreeMap::new(), puts: 0 }
    }

    pub(crate) fn begin() -> Self {
        Self::with(ThreadPolicy::default())
    }

    pub(crate) fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        for effect in self.session.handle(input, at(self.now)) {
            match effect {
                Effect::Thread(ThreadChange::Put(item)) => {
                    self.puts += 1;
                    self.surface.insert(item.key.clone(), draw(&item.body));
                }
                Effect::Thread(ThreadChange::Remove(key)) => {
                    self.surface.remove(&key);
                }
                _ => {}
            }
        }
        let thread: BTreeMap<_, _> = self
            .session
            .thread()
            .items()
            .into_iter()
            .map(|item| (item.key.clone(), draw(&item.body)))
            .collect();
        assert_eq!(self.surface, thread, "the surface followed every change");
        self
    }

    pub(crate) fn seen(&mut self, n: i64, parts: Vec<PartSeen>) -> &mut Self {
        self.then(AgentInput::Seen(message(n, parts)))
    }

    pub(crate) fn drawn(&self) -> Vec<String> {
        drawn(self.session.thread())
    }
}

pub(crate) fn drawn(thread: &Thread) -> Vec<String> {
    thread.items().into_iter().map(|item| draw(&item.body)).collect()
}

pub(crate) fn draw(body: &ItemBody) -> String {
    match body {
        ItemBody::Said { by: Speaker::Agent, text, complete: true, .. } => text.clone(),
        ItemBody::Said { by: Speaker::Agent, text, .. } => format!("{text}…"),
        ItemBody::Said { by: Speaker::Person { name }, text, .. } => format!("{name}: {text}"),
        ItemBody::Said { by: Speaker::OpenCode, text, .. } => format!("in OpenCode: {text}"),
        ItemBody::Tools { lines } => {
            lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" | ")
        }
        ItemBody::Milestones { milestones } => {
            let told: Vec<_> = milestones.iter().map(|milestone| milestone.description.as_str()).collect();
            format!("🏁 {}", told.join(", "))
        }
        ItemBody::Thought { text, complete: true, .. } => format!("thought: {text}"),
        ItemBody::Thought { .. } => "thinks".to_owned(),
        ItemBody::Ask { ask } => format!("ask {}", ask.id),
        ItemBody::Note { text, .. } => format!("note: {text}"),
    }
}

pub(crate) fn milestone(n: i64, seconds: i64) -> Input {
    Input::Agent(AgentInput::Milestone(Milestone {
        id: format!("mil_{n}"),
        at: at(seconds),
        sort: "phase".into(),
        description: format!("step {n}"),
        details: String::new(),
    }))
}
