//! Sessions that began in OpenCode: configured once before their first write, moved, gone on with; whoever dies.

use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, AskPolicy, AskState, Effect, Field, Held,
    HeldCall, Input, Order, Outcome, Person, PersonInput, ProgressLine, Proven, Reconnected, SafeName,
    Session, SessionRecord, Sort, Steer, Workspace, WorkspaceOrder, WorkspaceOutcome, WorkspaceReady,
};
use jiff::Timestamp;

struct Story {
    session: Session,
    policy: AskPolicy,
    last: Vec<Effect>,
}

fn anna() -> Person {
    Person { id: "web:anna".into(), name: "anna".into() }
}

fn held(hold_id: &str) -> Input {
    let call = HeldCall { tool: "write".into(), file: Some("note.txt".into()), ..HeldCall::default() };
    let (session, directory) = ("ses_12345678".into(), "/old".into());
    Input::Agent(AgentInput::Held(Held {
        hold_id: hold_id.into(),
        session,
        directory,
        call,
        ..Held::default()
    }))
}

fn values() -> Answer {
    let pairs =
        [("project", "shop"), ("workspace", "shop-login"), ("repositories", "web"), ("thread", "#shop")];
    let values = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Answer::Configured { values }
}

fn form() -> Vec<Field> {
    let field = |name: &str, options: &[&str]| Field {
        name: name.to_owned(),
        label: name.to_owned(),
        required: true,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        multiple: false,
        suggestion: None,
    };
    vec![
        field("project", &["shop", "blog"]),
        field("workspace", &[]),
        field("repositories", &[]),
        field("thread", &[]),
    ]
}

fn placed() -> Outcome {
    let name = |name: &str| SafeName::parse(name).unwrap();
    Outcome::Workspace(WorkspaceOutcome::Ready(Box::new(WorkspaceReady {
        directory: "/new".into(),
        workspace: Workspace { name: name("shop-login"), branch: None, repositories: vec![name("web")] },
        project: Some("shop".into()),
        category: None,
        thread: Some("#shop".into()),
        progress: vec![ProgressLine::info("It is made.")],
    })))
}

impl Story {
    /// A turn is under way in OpenCode, and its first write waits.
    fn begin() -> Self {
        let configuration = Some(form());
        let policy = AskPolicy { configuration, ..AskPolicy::default() };
        let session = Session::new("ses_12345678", "pod-a", policy.clone());
        let mut story = Self { session, policy, last: vec![] };
        story.then(AgentInput::TurnBegan).then(held("hold_1"));
        story
    }

    fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.last = self.session.handle(input, Timestamp::from_second(1_795_000_000).unwrap());
        self
    }

    fn answers(&mut self, answer: Answer) -> &mut Self {
        self.then(PersonInput::Answer(AnswerGiven {
            ask: "hold_1".into(),
            digest: None,
            by: anna(),
            proven: Proven::default(),
            answer,
        }))
    }

    fn outcome(&mut self, outcome: impl Into<Outcome>) -> &mut Self {
        let outcome = outcome.into();
        let request_id = self.session.record().outbox[0].request_id.clone();
        self.then(Input::Outcome { request_id, outcome })
    }

    /// The gateway is killed, or OpenCode is: both come back.
    fn killed(&mut self) -> &mut Self {
        let text = serde_json::to_string(self.session.record()).unwrap();
        let record: SessionRecord = serde_json::from_str(&text).unwrap();
        let now = Timestamp::from_second(1_795_000_100).unwrap();
        (self.session, self.last) = Session::restore(record, self.policy.clone(), now);
        self.then(AgentInput::PodBack(Reconnected::default()))
    }

    fn told(&self) -> Vec<String> {
        let order = |effect: &Effect| match effect {
            Effect::Order { order, .. } => Some(match order {
                Order::Workspace(WorkspaceOrder::Prepare { values, .. }) => {
                    format!("make {}", values["workspace"])
                }
                Order::Agent(AgentOrder::Move { directory, .. }) => format!("move {directory}"),
                Order::Agent(AgentOrder::Prompt { text, .. }) => format!("prompt {text}"),
                Order::Agent(AgentOrder::Release { refuse: None, hold_id, .. }) => {
                    format!("through {hold_id}")
                }
                Order::Agent(AgentOrder::Release { hold_id, .. }) => format!("refuse {hold_id}"),
                Order::Agent(AgentOrder::Abort { .. }) => "abort".to_owned(),
                other => format!("{other:?}"),
            }),
            _ => None,
        };
        self.last.iter().filter_map(order).collect()
    }

    fn state(&self) -> &AskState {
        &self.session.record().asks[0].state
    }

    fn notes(&self) -> String {
        self.session.record().notes.iter().map(|note| note.text.clone()).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn it_is_configured_once_moved_and_gone_on_with() {
    // REQ-START-10
    let mut story = Story::begin();
    story.then(held("hold_1")).then(held("hold_2"));
    assert_eq!(story.session.record().asks.len(), 1, "one form for all calls that wait");
    assert_eq!(story.answers(values()).told(), ["make shop-login"]);
    assert_eq!(story.outcome(placed()).told(), ["move /new"], "nothing is let through in the old place");
    story
        .then(AgentInput::Unheld { hold_id: "hold_1".into(), ran: false })
        .then(AgentInput::Aborted)
        .then(AgentInput::TurnEnded);
    story.outcome(AgentOutcome::Done);
    assert!(story.told()[0].starts_with("prompt The work moved to /new"), "{:?}", story.told());
    assert!(story.told()[0].contains("write: note.txt"));
    assert_eq!(story.state(), &AskState::Applied);
    let about = &story.session.record().about;
    assert_eq!(
        (about.sort, about.directory.as_str(), about.project.as_deref()),
        (Sort::Work, "/new", Some("shop"))
    );
    assert_eq!(about.thread_wanted.as_deref(), Some("#shop"));
    story.outcome(AgentOutcome::Done).then(held("hold_3"));
    assert_eq!(story.told(), ["through hold_3"], "it is not asked again");
    story.then(held_by_anna(true)).then(held("hold_w"));
    assert!(story.told().is_empty(), "unless a person wants to see each of them");
    story.then(AgentInput::Unheld { hold_id: "hold_w".into(), ran: true }).then(held_by_anna(false));
    story.killed().then(held("hold_4"));
    assert_eq!(story.told(), ["through hold_4"]);
}

fn held_by_anna(wanted: bool) -> Input {
    Input::Person(PersonInput::HoldsWrites { by: anna(), proven: Proven::default(), wanted })
}

#[test]
fn killed_at_any_step_it_goes_on_with_the_same_one() {
    // REQ-START-11
    for kills in 0..8_u8 {
        let mut story = Story::begin();
        let mut sent = vec![];
        let steps: [fn(&mut Story); 3] = [
            |story| _ = story.answers(values()),
            |story| _ = story.outcome(placed()),
            |story| _ = story.outcome(AgentOutcome::Done),
        ];
        for (n, step) in steps.into_iter().enumerate() {
            step(&mut story);
            let first: Vec<_> = story.session.record().outbox.clone();
            if kills & (1 << n) != 0 {
                story.killed();
                let again: Vec<_> =
                    story.session.record().outbox.iter().map(|sent| &sent.request_id).collect();
                let before: Vec<_> = first.iter().map(|sent| &sent.request_id).collect();
                assert!(again.starts_with(&before), "under the same id, so it takes effect once");
            }
            sent.push(story.told().first().map(|told| told.split(' ').next().unwrap().to_owned()));
        }
        let record = story.session.record();
        assert_eq!(record.asks.len(), 1, "kills {kills:03b}");
        assert!(record.moving.is_none() && record.asks[0].state == AskState::Applied, "kills {kills:03b}");
        let prompts = |sent: &&gateway_domain::PendingOrder| {
            matches!(sent.order, Order::Agent(AgentOrder::Prompt { .. }))
        };
        story.then(AgentInput::TurnEnded);
        let waiting = story.session.record().queue.len();
        let prompted = story.session.record().outbox.iter().filter(prompts).count();
        assert_eq!(prompted + waiting, 1, "kills {kills:03b}: the agent hears of it once");
    }
}

#[test]
fn the_form_outlives_the_call_and_the_pod() {
    // REQ-START-10, REQ-ASK-08
    let mut story = Story::begin();
    story.then(AgentInput::Unheld { hold_id: "hold_1".into(), ran: false }).then(AgentInput::TurnEnded);
    assert_eq!(story.state(), &AskState::Open, "nobody answered in time, and the form is still there");
    story.then(AgentInput::TurnBegan).then(held("hold_2"));
    assert_eq!(story.session.record().asks.len(), 1, "another turn comes to the same form");
    story.then(AgentInput::PodLost);
    assert_eq!(story.state(), &AskState::Suspended);
    assert!(story.answers(values()).told().is_empty(), "kept until the pod is back");
    assert_eq!(story.killed().told(), ["make shop-login"]);
}

#[test]
fn what_cannot_be_made_brings_the_form_back() {
    // REQ-WORK-03
    let mut story = Story::begin();
    let why = "Nobody knows where repository web comes from.".to_owned();
    story.answers(values()).outcome(WorkspaceOutcome::Refused { why: why.clone() });
    assert_eq!((story.state(), story.session.record().about.sort), (&AskState::Open, Sort::Exploratory));
    assert!(story.notes().contains(&why), "{}", story.notes());
    assert_eq!(story.answers(values()).told(), ["make shop-login"], "it can be answered again");
    story.outcome(placed()).outcome(AgentOutcome::Refused { why: "Another project.".into() });
    assert_eq!(story.state(), &AskState::Open);
    assert!(story.session.record().about.workspace.is_none());
}

#[test]
fn a_denial_refuses_all_calls_that_wait() {
    // REQ-START-10
    let mut story = Story::begin();
    story.then(held("hold_2")).answers(Answer::Deny { reason: None });
    assert_eq!(story.told(), ["refuse hold_1"]);
    assert_eq!(story.outcome(AgentOutcome::Applied).told(), ["refuse hold_2"]);
    assert_eq!(story.session.record().about.sort, Sort::Exploratory);
}

#[test]
fn a_session_that_is_stopped_on_its_way_waits_where_it_arrives() {
    // REQ-START-08
    let mut story = Story::begin();
    story.answers(values()).then(PersonInput::Steered { by: anna(), to: Steer::Stop });
    assert_eq!(story.told(), ["abort"], "nothing was made yet");
    assert!(matches!(story.state(), AskState::Withdrawn { .. }));
    assert_eq!(story.session.record().about.sort, Sort::Exploratory, "the next write is asked about");
    let mut story = Story::begin();
    story.answers(values()).outcome(placed()).then(PersonInput::Steered { by: anna(), to: Steer::Stop });
    let request_id = story.session.record().outbox[0].request_id.clone();
    story
        .then(Input::Outcome { request_id, outcome: Outcome::Agent(AgentOutcome::Done) })
        .then(AgentInput::TurnEnded);
    assert!(story.session.record().queue.is_empty(), "the agent is not told to go on");
    assert_eq!(story.session.record().about.directory, "/new");
}
