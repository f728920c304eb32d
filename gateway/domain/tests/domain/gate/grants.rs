//! Calls that run by a grant: who can give one, what it covers, and what ends it.

use super::story::{SESSION, Story, allowing, at, bash, held, rule};
use gateway_domain::gate::GatePolicy;
use gateway_domain::{
    About, AgentInput, AgentOutcome, Answer, AnswerGiven, AnswerKey, Approvers, AskPolicy, AskState, AskView,
    AuditEntry, Effect, Grant, GrantBook, GrantFor, GrantOrder, GrantOutcome, GrantState, Held, Input,
    KeptGrant, Order, Person, PersonInput, Proven, Reconnected, Risk, Session, Steer, Verdict,
};
use serde_json::{Value, json};

/// A session and the gateway's book, as its task brings them together.
struct Granting {
    story: Story,
    book: GrantBook,
}

impl Granting {
    fn with(policy: AskPolicy) -> Self {
        Self { story: Story::with(policy), book: GrantBook::default() }
    }

    fn of_project(policy: AskPolicy) -> Self {
        let mut this = Self::with(policy);
        let about = About { project: Some("shop".into()), title: "Fix login".into(), ..about() };
        this.then(AgentInput::Described(about));
        this
    }

    fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        let lent = self.story.session.record().lent_by(&self.book, at(self.story.now + 1));
        self.story.session.lend(lent);
        self.story.then(input);
        self.follow();
        self
    }

    /// What the task does about grants.
    fn follow(&mut self) {
        let now = at(self.story.now);
        for effect in self.story.last.clone() {
            match effect {
                Effect::GrantUsed { grant } => self.book.used(&grant, now),
                Effect::GrantsOver { up_to } => _ = self.book.session_over(SESSION, up_to, now),
                _ => {}
            }
        }
    }

    fn answered(&mut self, ask: &str, answer: Answer) -> &mut Self {
        let by = anna();
        self.then(PersonInput::Answer(AnswerGiven {
            ask: ask.into(),
            digest: None,
            by,
            proven: Proven::default(),
            answer,
        }))
    }

    /// The order to write it down, as it was given out last.
    fn order(&self) -> Grant {
        let of = |effect: &Effect| match effect {
            Effect::Order { order: Order::Grants(GrantOrder::Give { grant }), .. } => Some((**grant).clone()),
            _ => None,
        };
        self.story.last.iter().find_map(of).expect("a grant")
    }

    /// Writes it down, and tells the session.
    fn kept(&mut self) -> Grant {
        let grant = self.order();
        assert!(self.book.give(grant.clone(), at(self.story.now)));
        let request_id = format!("req_{}", grant.id);
        self.then(Input::Outcome { request_id, outcome: GrantOutcome::Given.into() });
        grant
    }

    /// Asked about, granted and written down.
    fn granted(policy: AskPolicy, lasts: GrantFor) -> (Self, Grant) {
        let mut this = Self::of_project(policy);
        this.then(bash("h_0", "npm test")).answered("h_0", for_(lasts));
        let grant = this.kept();
        (this, grant)
    }

    fn audited(&self) -> Vec<&AuditEntry> {
        self.story.audited()
    }

    fn told(&self) -> &Verdict {
        let told = self.story.last.iter().find_map(|effect| match effect {
            Effect::Tell(verdict) => Some(verdict),
            _ => None,
        });
        told.expect("a verdict")
    }

    fn kept_of(&self, grant: &Grant) -> &KeptGrant {
        self.book.get(&grant.id).unwrap()
    }
}

fn about() -> About {
    About { directory: "/work/shop".into(), ..About::default() }
}

fn anna() -> Person {
    Person { id: "web:anna".into(), name: "anna".into() }
}

fn for_(lasts: GrantFor) -> Answer {
    Answer::Grant { lasts, pattern: None }
}

fn by_pattern(pattern: &str) -> Answer {
    Answer::Grant { lasts: GrantFor::Session, pattern: Some(pattern.into()) }
}

#[test]
fn a_granted_call_runs_and_others_like_it_without_an_ask() {
    // REQ-GATE-08
    let mut this = Granting::of_project(AskPolicy::default());
    this.then(bash("h_1", "npm test")).answered("h_1", for_(GrantFor::Session));
    assert_eq!(this.story.released(), ["through h_1"], "the call itself");
    assert!(this.story.last.contains(&Effect::Persist));
    let answered = this.audited()[0].clone();
    assert_eq!((answered.who.as_str(), answered.what.as_str()), ("web:anna", "answered"));
    assert_eq!(answered.told.always, ["bash: npm test"]);
    let grant = this.kept();
    assert!(answered.answer.contains(&grant.id), "{answered:?}");
    this.then(bash("h_2", "'npm' test"));
    assert_eq!((this.story.verdict(), this.story.released()), ("allow", vec!["through h_2".to_owned()]));
    let place = |wanted: fn(&Effect) -> bool| this.story.last.iter().position(wanted).unwrap();
    let (audit, runs) =
        (place(|one| matches!(one, Effect::Audit(_))), place(|one| matches!(one, Effect::Judged { .. })));
    assert!(audit < runs, "in the audit log before it runs");
    let entry = this.audited()[0];
    assert_eq!((entry.who.as_str(), entry.what.as_str()), ("gateway", "allowed by grant"));
    assert!(
        entry.answer.contains(&format!("grant {}", grant.id)) && entry.told.subject == "bash: 'npm' test"
    );
    assert_eq!((this.kept_of(&grant).uses, this.kept_of(&grant).last_used), (1, Some(at(this.story.now))));
    assert_eq!(this.then(bash("h_3", "npm run build")).story.verdict(), "ask");
}

#[test]
fn a_kill_between_the_answer_and_the_book_loses_nothing() {
    // REQ-GATE-08, REQ-STATE-02
    let mut this = Granting::of_project(AskPolicy::default());
    this.then(bash("h_1", "npm test")).answered("h_1", for_(GrantFor::Session));
    let grant = this.order();
    this.story.gateway_restarts();
    assert_eq!(this.order(), grant, "given again under the same id, and no pod is needed for it");
    assert!(this.book.give(grant.clone(), at(9)) && this.book.revoke(&grant.id, &anna(), at(10)).is_ok());
    assert!(this.book.give(grant.clone(), at(11)), "given once more");
    assert_eq!(this.kept_of(&grant).state(at(11)), GrantState::Revoked, "it stays revoked");
    assert_eq!(
        this.story.session.record().lent_by(&this.book, at(12)),
        [],
        "also while the session gives it again"
    );
}

#[test]
fn a_grant_counts_before_the_book_has_it() {
    // REQ-GATE-08
    let mut this = Granting::of_project(AskPolicy::default());
    this.then(bash("h_1", "npm test")).answered("h_1", for_(GrantFor::Project));
    this.then(bash("h_2", "npm test"));
    assert_eq!(this.story.verdict(), "allow");
}

#[test]
fn nobody_gives_a_grant_for_what_is_asked_about_each_time() {
    // REQ-GATE-08
    let risky = Risk { pattern: "npm publish*".into(), why: "It publishes".into(), ..Risk::default() };
    let calls = [
        ("bash", json!({ "command": "npm publish" }), "two approvals"),
        ("bash", json!({ "command": "rm -rf build" }), "deletes files"),
        ("bash", json!({ "command": "bash x.sh" }), "known beforehand"),
        ("write", json!({ "filePath": "package.json", "content": "" }), "decide what runs later"),
    ];
    for (tool, arguments, expected) in calls {
        let risks = if expected == "two approvals" { vec![risky.clone()] } else { vec![] };
        let mut this = Granting::of_project(AskPolicy { risks, ..AskPolicy::default() });
        this.then(AgentInput::Held(held("h_1", tool, arguments.clone())));
        let view = AskView::of(this.story.ask("h_1").clone());
        assert!(view.display.answers.iter().all(|choice| choice.key != AnswerKey::Grant), "{arguments}");
        assert!(view.display.no_grant.unwrap().contains(expected), "{arguments}");
        this.answered("h_1", for_(GrantFor::Session));
        let Verdict::NoGrant { why } = this.told() else { panic!("{:?}", this.told()) };
        assert!(why.contains(expected), "{arguments}: {why}");
        assert_eq!(this.story.ask("h_1").state, AskState::Open);
    }
}

#[test]
fn a_refused_grant_says_why_and_the_request_stays_open() {
    // REQ-GATE-08
    let mut this = Granting::with(AskPolicy::default());
    this.then(bash("h_1", "npm test"));
    for (answer, expected) in [
        (for_(GrantFor::Project), "has no project"),
        (by_pattern("npm *"), "nearly everything"),
        (by_pattern("make *"), "nearly everything"),
        (by_pattern("npm build *"), "cover the call"),
    ] {
        let sentence = this.answered("h_1", answer).told().sentence();
        assert!(sentence.contains(expected), "{sentence}");
    }
    let by = anna();
    this.then(PersonInput::HoldsWrites { by, proven: Proven::default(), wanted: true })
        .answered("h_1", for_(GrantFor::Session));
    assert!(this.told().sentence().contains("each change in this session"));
    let mut not_judged = Held { judge: false, ..held("h_2", "bash", json!({ "command": "npm test" })) };
    not_judged.hold_id = "h_2".into();
    this.then(AgentInput::Held(not_judged)).answered("h_2", for_(GrantFor::Session));
    assert!(
        matches!(this.told(), Verdict::NoGrant { .. }),
        "where the gate judges nothing there is nothing to grant"
    );
    let policy = AskPolicy { approvers: Approvers::Only(vec!["web:ben".into()]), ..AskPolicy::default() };
    let mut of_ben = Granting::of_project(policy);
    of_ben.then(bash("h_1", "npm test")).answered("h_1", for_(GrantFor::Session));
    assert_eq!((of_ben.told(), of_ben.audited()[0].what.as_str()), (&Verdict::NotAllowed, "refused"));
}

#[test]
fn a_grant_by_pattern_covers_what_fits_and_never_what_stands_out() {
    // REQ-GATE-08
    let mut this = Granting::of_project(AskPolicy::default());
    this.then(bash("h_0", "npm test")).answered("h_0", by_pattern("npm test *"));
    this.kept();
    for (n, (command, expected)) in [
        ("npm test", "allow"),
        ("npm test -- --grep 'a b'", "allow"),
        ("npm tests", "ask"),
        ("npm test > out.txt", "ask"),
        ("npm test; make", "ask"),
        ("npm test $(make)", "ask"),
        ("npm test ~/.ssh/id_rsa", "ask"),
        ("npm test *.js", "ask"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(this.then(bash(&format!("h_{}", n + 1), command)).story.verdict(), expected, "{command}");
    }
    let elsewhere = held("h_20", "bash", json!({ "command": "npm test", "workdir": "/etc" }));
    assert_eq!(this.then(AgentInput::Held(elsewhere)).story.verdict(), "ask");
    let by = anna();
    this.then(PersonInput::HoldsWrites { by, proven: Proven::default(), wanted: true })
        .then(bash("h_21", "npm test"));
    assert_eq!(this.story.verdict(), "ask", "whoever wants to see each write sees it");
}

#[test]
fn denials_and_risks_come_before_grants() {
    // REQ-GATE-08, REQ-GATE-04
    let (mut this, _) = Granting::granted(AskPolicy::default(), GrantFor::Session);
    let denied =
        Held { denied_by: Some("plan".into()), ..held("h_1", "bash", json!({ "command": "npm test" })) };
    assert_eq!(this.then(AgentInput::Held(denied)).story.verdict(), "deny");
    this.story.session.set_unguarded(true);
    assert_eq!(this.then(bash("h_2", "npm test")).story.verdict(), "deny");
    let mut child = held("h_3", "bash", json!({ "command": "npm test" }));
    child.session = "ses_child123".into();
    this.story.session.set_unguarded(false);
    assert_eq!(
        this.then(AgentInput::Held(child)).story.verdict(),
        "allow",
        "a sub-agent's call is the session's"
    );
}

#[test]
fn each_end_of_a_grant_is_one() {
    // REQ-GATE-08: revoked, over in time, closed, other rules
    let (mut this, grant) = Granting::granted(AskPolicy::default(), GrantFor::Session);
    assert_eq!(this.then(bash("h_1", "npm test")).story.verdict(), "allow");
    this.book.revoke(&grant.id, &anna(), at(this.story.now)).unwrap();
    assert_eq!(this.then(bash("h_2", "npm test")).story.verdict(), "ask", "revoked: the next one already");

    let (mut this, grant) = Granting::granted(AskPolicy::default(), GrantFor::Hour);
    this.story.now += 3_500;
    assert_eq!(this.then(bash("h_1", "npm test")).story.verdict(), "allow");
    this.story.now += 200;
    assert_eq!(this.then(bash("h_2", "npm test")).story.verdict(), "ask", "its hour is over");
    assert_eq!(this.kept_of(&grant).state(at(this.story.now)), GrantState::Over);

    let (mut this, grant) = Granting::granted(AskPolicy::default(), GrantFor::Session);
    let steer = |to| PersonInput::Steered { by: anna(), to };
    this.then(AgentInput::TurnEnded).then(steer(Steer::Close));
    assert_eq!(this.kept_of(&grant).state(at(this.story.now)), GrantState::Over);
    this.then(steer(Steer::Reopen)).then(AgentInput::TurnBegan);
    assert_eq!(
        this.then(bash("h_1", "npm test")).story.verdict(),
        "ask",
        "and not again when it is reopened"
    );
    this.story.session.lend(vec![grant.into()]);
    assert_eq!(this.story.then(bash("h_2", "npm test")).verdict(), "ask", "whatever the book says");

    for changed in [
        allowing(&[("bash", "make")]),
        AskPolicy { approvers: Approvers::Only(vec!["web:anna".into()]), ..AskPolicy::default() },
        AskPolicy {
            risks: vec![Risk { pattern: "x".into(), why: "y".into(), ..Risk::default() }],
            ..AskPolicy::default()
        },
        AskPolicy {
            gate: GatePolicy { deny: vec![rule("webfetch", "*")], ..GatePolicy::default() },
            ..AskPolicy::default()
        },
    ] {
        let (mut this, _) = Granting::granted(AskPolicy::default(), GrantFor::Session);
        this.story.session.set_policy(changed.clone());
        assert_eq!(this.then(bash("h_1", "npm test")).story.verdict(), "ask", "{changed:?}");
    }
}

#[test]
fn a_grant_that_ends_while_its_call_waits_lets_nothing_run() {
    // REQ-GATE-08, REQ-GATE-03: the gateway was away, and hears of the call only after the grant was revoked
    let (mut this, grant) = Granting::granted(AskPolicy::default(), GrantFor::Session);
    this.story.gateway_restarts();
    this.book.revoke(&grant.id, &anna(), at(this.story.now)).unwrap();
    let back = Reconnected { open: vec!["h_1".into()], turn: None };
    this.then(AgentInput::PodBack(back)).then(bash("h_1", "npm test"));
    assert_eq!((this.story.verdict(), this.story.ask("h_1").state.clone()), ("ask", AskState::Open));
}

#[test]
fn a_grant_of_one_session_does_nothing_in_another_and_one_of_a_project_nothing_elsewhere() {
    // REQ-GATE-08
    for (lasts, in_project) in
        [(GrantFor::Session, "ask"), (GrantFor::Hour, "allow"), (GrantFor::Project, "allow")]
    {
        let (this, _) = Granting::granted(AskPolicy::default(), lasts);
        for (project, expected) in [(Some("shop"), in_project), (Some("blog"), "ask"), (None, "ask")] {
            let mut other = Session::new("ses_87654321", "pod-a", AskPolicy::default());
            let about = About { project: project.map(str::to_owned), ..about() };
            other.handle(AgentInput::Described(about), at(50));
            other.lend(other.record().lent_by(&this.book, at(50)));
            let effects = other.handle(bash("h_9", "npm test"), at(51));
            let verdict = effects.iter().find_map(|effect| match effect {
                Effect::Judged { verdict, .. } => Some(*verdict),
                _ => None,
            });
            assert_eq!(verdict, Some(expected), "{lasts:?} in {project:?}");
        }
    }
}

#[test]
fn what_waits_and_is_like_it_runs_by_the_grant_too() {
    // REQ-GATE-08
    let mut this = Granting::of_project(AskPolicy::default());
    this.then(bash("h_1", "npm test")).then(bash("h_2", "npm test -- a")).then(bash("h_3", "make"));
    this.then(bash("h_4", "npm test; rm -rf x")).answered("h_1", by_pattern("npm test *"));
    assert_eq!(this.story.released(), ["through h_1", "through h_2"]);
    let by_grant: Vec<_> =
        this.audited().into_iter().filter(|entry| entry.what == "allowed by grant").collect();
    assert_eq!(by_grant.iter().map(|entry| entry.ask.as_str()).collect::<Vec<_>>(), ["h_2"]);
    assert_eq!(this.story.ask("h_3").state, AskState::Open);
    assert_eq!(this.story.ask("h_4").state, AskState::Open);
}

#[test]
fn what_may_have_run_in_part_is_asked_about_in_spite_of_a_grant() {
    // REQ-GATE-08, REQ-GATE-03
    let mut this = Granting::of_project(AskPolicy::default());
    this.then(bash("h_1", "npm test")).answered("h_1", for_(GrantFor::Session));
    let grant = this.order();
    this.book.give(grant, at(9));
    // The same call is held again before its answer was applied: it is the same request.
    this.story.opencode_restarts().outcome(AgentOutcome::NotPending { ran: false, interrupted: true });
    this.then(bash("h_2", "npm test"));
    assert_eq!(this.story.released(), ["through h_2"]);
    assert_eq!((this.story.verdict(), this.story.ask("h_1").opencode_id.as_str()), ("ask", "h_2"));
}

#[test]
fn a_thousand_grants_are_looked_through() {
    // REQ-GATE-08
    let (mut this, grant) = Granting::granted(AskPolicy::default(), GrantFor::Session);
    for n in 0..1_000 {
        let (id, pattern, exact) = (format!("grt_{n}"), format!("npm build{n} *"), None);
        this.book.give(Grant { id, pattern, exact, ..grant.clone() }, at(5));
    }
    assert_eq!(this.then(bash("h_1", "npm build999 x")).story.verdict(), "allow");
    assert_eq!(this.then(bash("h_2", "npm build1000 x")).story.verdict(), "ask");
    assert_eq!(this.book.listed(at(20)).len(), 1_001);
    for n in 0..1_000 {
        this.book.revoke(&format!("grt_{n}"), &anna(), at(30 + n)).unwrap();
    }
    this.book.forget_old(at(2_000));
    let listed = this.book.listed(at(2_000));
    assert_eq!(
        (listed.len(), &listed[0].grant.id),
        (501, &grant.id),
        "the newest 500 that ended are remembered"
    );
    this.book.forget_old(at(31 * 24 * 3_600));
    assert_eq!(this.book.listed(at(31 * 24 * 3_600)).len(), 1, "for a month");
}

#[test]
fn a_card_offers_a_grant_for_each_time_that_it_can_hold() {
    // REQ-GATE-08
    let mut this = Granting::of_project(AskPolicy::default());
    this.then(bash("h_1", "npm test"));
    let served = serde_json::to_value(AskView::of(this.story.ask("h_1").clone())).unwrap();
    let choices: Vec<&Value> =
        served["display"]["answers"].as_array().unwrap().iter().filter(|one| one["key"] == "grant").collect();
    let labels: Vec<_> =
        choices.iter().map(|one| (one["for"].as_str().unwrap(), one["label"].as_str().unwrap())).collect();
    assert_eq!(
        labels,
        [
            ("session", "Allow in this session"),
            ("hour", "Allow for one hour"),
            ("project", "Always allow in shop")
        ]
    );
    assert!(choices.iter().all(|one| one["covers"] == json!(["npm test"]) && one["wider"] == "npm test *"));
    assert!(
        choices
            .iter()
            .all(|one| one["confirm"].as_str().unwrap().ends_with("asking:") || one["for"] == "project")
    );
    let alone = Granting::with(AskPolicy::default()).then(bash("h_1", "npm test")).story.ask("h_1").display();
    assert_eq!(
        alone.answers.iter().filter(|one| one.key == AnswerKey::Grant).count(),
        2,
        "without a project"
    );
}
