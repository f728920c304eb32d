//! Labs: read, asked about once for each recipe, started, watched, ended; whoever dies meanwhile (REQ-LAB-01 … 11).

use gateway_domain::{
    About, AgentInput, Answer, AnswerGiven, Approvers, AskBody, AskPolicy, AskState, CheckKind, CheckOrder,
    CheckSpec, CheckWork, ClockInput, Effect, Input, LabFault, LabOrder, LabOutcome, LabPlan, LabPolicy,
    LabSeen, LabSight, LabState, LabWish, Order, Person, PersonInput, Proven, SafeName, Session,
    SessionRecord, Sort, Steer, Verdict, Workspace,
};
use jiff::{SignedDuration, Timestamp};

pub(crate) const URL: &str = "http://127.0.0.1:41234/";

pub(crate) struct Story {
    pub(crate) session: Session,
    policy: AskPolicy,
    pub(crate) now: Timestamp,
    pub(crate) last: Vec<Effect>,
}

pub(crate) fn person(name: &str) -> Person {
    Person { id: format!("web:{name}"), name: name.into() }
}

pub(crate) fn plan(digest: &str) -> LabPlan {
    LabPlan {
        name: "shop-auth".into(),
        from: "package.json".into(),
        command: "npm start".into(),
        ready: "/".into(),
        digest: digest.into(),
        files: 37,
        bytes: 212 * 1024,
        commit: Some("3f2a1c9".into()),
        changed: 4,
        ..LabPlan::default()
    }
}

impl Story {
    pub(crate) fn with(policy: AskPolicy) -> Self {
        let name = |name: &str| SafeName::parse(name).unwrap();
        let workspace = Workspace { name: name("shop-auth"), branch: None, repositories: vec![name("web")] };
        let about = About { sort: Sort::Work, workspace: Some(workspace), ..About::default() };
        let session = Session::new("ses_12345678", "pod-a", policy.clone());
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        let mut story = Self { session, policy, now, last: vec![] };
        story.then(AgentInput::Described(about));
        story
    }

    pub(crate) fn begin() -> Self {
        Self::with(AskPolicy::default())
    }

    pub(crate) fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.last = self.session.handle(input, self.now);
        self
    }

    pub(crate) fn later(&mut self, by: SignedDuration) -> &mut Self {
        self.now = self.now.checked_add(by).unwrap();
        self
    }

    pub(crate) fn wants(&mut self, wanted: LabWish) -> &mut Self {
        self.then(PersonInput::Lab { by: person("anna"), wanted })
    }

    pub(crate) fn answers(&mut self, by: &str, answer: Answer) -> &mut Self {
        let ask = self.session.record().asks.last().unwrap().id.clone();
        self.then(PersonInput::Answer(AnswerGiven {
            ask,
            digest: None,
            by: person(by),
            proven: Proven::default(),
            answer,
        }))
    }

    /// Of the order of that step.
    pub(crate) fn outcome(&mut self, step: &str, outcome: LabOutcome) -> &mut Self {
        let outbox = &self.session.record().outbox;
        let sent = outbox.iter().rfind(|sent| sent.request_id.ends_with(step));
        let request_id = sent.unwrap_or_else(|| panic!("{step}: {outbox:?}")).request_id.clone();
        self.then(Input::Outcome { request_id, outcome: outcome.into() })
    }

    pub(crate) fn seen(&mut self, what: LabSight) -> &mut Self {
        let attempt = self.attempt();
        self.then(Input::Lab(LabSeen { attempt, what }))
    }

    pub(crate) fn attempt(&self) -> String {
        self.session.record().lab.as_ref().unwrap().attempt.clone()
    }

    pub(crate) fn state(&self) -> LabState {
        self.session.record().lab.as_ref().unwrap().state.clone()
    }

    pub(crate) fn orders(&self) -> Vec<LabOrder> {
        let order = |effect: &Effect| match effect {
            Effect::Order { order: Order::Lab(order), .. } => Some(order.clone()),
            _ => None,
        };
        self.last.iter().filter_map(order).collect()
    }

    pub(crate) fn told(&self) -> Vec<Verdict> {
        let told = |effect: &Effect| match effect {
            Effect::Tell(verdict) => Some(verdict.clone()),
            _ => None,
        };
        self.last.iter().filter_map(told).collect()
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.session.record().notes.iter().map(|note| note.text.clone()).collect()
    }

    pub(crate) fn killed(&mut self) -> &mut Self {
        let text = serde_json::to_string(self.session.record()).unwrap();
        let record: SessionRecord = serde_json::from_str(&text).unwrap();
        (self.session, self.last) = Session::restore(record, self.policy.clone(), self.now);
        self
    }

    pub(crate) fn deployed(&mut self) -> &mut Self {
        self.wants(LabWish::Deploy).outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
        self.answers("anna", Answer::Once).outcome("_apply", LabOutcome::Applied);
        self.later(SignedDuration::from_secs(14)).seen(LabSight::Ready { url: URL.into() })
    }
}

#[test]
fn a_deploy_is_read_allowed_started_and_ready_in_one_note() {
    // REQ-LAB-04, REQ-LAB-07, REQ-LAB-11
    let mut story = Story::begin();
    story.wants(LabWish::Deploy);
    assert_eq!(story.last.first(), Some(&Effect::Persist), "nothing before it is on disk");
    assert_eq!(story.told(), [Verdict::Done]);
    assert!(matches!(&story.orders()[..], [LabOrder::ReadLab { .. }]), "{:?}", story.orders());
    story.outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
    let ask = story.session.record().asks[0].clone();
    let AskBody::Deploy { detail, .. } = &ask.body else { panic!("{ask:?}") };
    assert!(detail.contains("37 files, 212 KB, commit 3f2a1c9 + 4 changed files"), "{detail}");
    assert!(detail.contains("npm start (from package.json)") && story.orders().is_empty(), "{detail}");
    story.answers("anna", Answer::Once);
    assert_eq!(story.told(), [Verdict::DeployAllowed], "no agent waits for it");
    assert!(matches!(&story.orders()[..], [LabOrder::ApplyLab { digest, .. }] if digest == "d1"));
    assert_eq!(story.notes(), ["🚀 Deploying shop-auth: 37 files, 212 KB, commit 3f2a1c9 + 4 changed files"]);
    story.outcome("_apply", LabOutcome::Applied);
    assert!(story.notes()[0].starts_with("⏳ Waiting for shop-auth to be ready…"), "{:?}", story.notes());
    story.later(SignedDuration::from_secs(14)).seen(LabSight::Ready { url: URL.into() });
    assert_eq!(story.notes(), [format!("Deployment ready in 14 s: {URL}")]);
    let took = SignedDuration::from_secs(14);
    assert!(story.last.contains(&Effect::Deployed { came: Ok(took) }), "{:?}", story.last);
    let card = story.session.card().lab.unwrap();
    assert_eq!((card.word.as_str(), card.url.as_deref()), ("Ready", Some(URL)));
}

#[test]
fn integration_tests_are_given_the_link_of_the_lab_while_it_answers() {
    // REQ-CHECK-03
    let mut story = Story::begin();
    let checks = vec![CheckSpec {
        name: "api".into(),
        kind: CheckKind::Integration,
        work: CheckWork::Run { command: "npm run test:api".into(), report: None },
        limit_seconds: 600,
        found_in: None,
        script: None,
    }];
    let runs =
        PersonInput::RunsChecks { by: person("anna"), proven: Proven::default(), checks, before: false };
    let given = |story: &Story| {
        story.last.iter().find_map(|effect| match effect {
            Effect::Order { order: Order::Checks(CheckOrder::Start { environment, .. }), .. } => {
                environment.get("TEST_URL").cloned()
            }
            _ => None,
        })
    };
    story.then(runs.clone());
    assert_eq!(given(&story), None, "nothing runs anywhere");
    story.deployed().then(runs);
    assert_eq!(given(&story).as_deref(), Some(URL));
}

#[test]
fn the_same_recipe_is_not_asked_about_again_and_another_one_is() {
    // REQ-LAB-07
    let mut story = Story::begin();
    story.deployed().later(SignedDuration::from_mins(1)).wants(LabWish::Deploy);
    let orders = story.orders();
    // REQ-LAB-01: the place of the lab is used again.
    let expected =
        matches!(&orders[..], [LabOrder::CleanLab { followed: true, .. }, LabOrder::ReadLab { .. }]);
    assert!(expected, "{orders:?}");
    assert_ne!(orders[0].attempt(), orders[1].attempt(), "what was there goes, by its own name");
    story.outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
    assert!(matches!(&story.orders()[..], [LabOrder::ApplyLab { .. }]));
    story.seen(LabSight::Ended {
        fault: LabFault::Crash,
        why: "The app ended by itself: exit code 1.".into(),
        log: None,
    });
    story.later(SignedDuration::from_mins(1)).wants(LabWish::Deploy);
    story.outcome("_read", LabOutcome::Read(Box::new(plan("d2"))));
    assert!(story.orders().is_empty() && matches!(story.state(), LabState::Asked { .. }));
    assert_eq!(story.session.record().asks.len(), 2);
}

#[test]
fn ten_clicks_are_one_deploy() {
    // REQ-LAB-11
    let mut story = Story::begin();
    story.wants(LabWish::Deploy);
    let first = story.attempt();
    for _ in 0..9 {
        story.wants(LabWish::Deploy);
        assert!(story.orders().is_empty() && matches!(&story.told()[..], [Verdict::Idle { .. }]));
    }
    // One that failed at once was still the same click.
    story.outcome(
        "_read",
        LabOutcome::Refused { fault: LabFault::Work, why: "no recipe".into(), details: None },
    );
    story.wants(LabWish::Deploy);
    assert_eq!((story.attempt(), story.orders().len()), (first, 0));
    story.later(SignedDuration::from_secs(3)).wants(LabWish::Deploy);
    assert_eq!(story.told(), [Verdict::Done]);
}

#[test]
fn only_those_who_may_answer_allow_a_recipe_and_a_denial_runs_nothing() {
    // REQ-LAB-07
    let approvers = Approvers::Only(vec!["web:ben".into()]);
    let mut story = Story::with(AskPolicy { approvers, ..AskPolicy::default() });
    story.wants(LabWish::Deploy).outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
    story.answers("anna", Answer::Once);
    assert!(story.orders().is_empty() && story.told() == [Verdict::NotAllowed]);
    story.answers("ben", Answer::Deny { reason: None });
    assert_eq!(story.told(), [Verdict::DeployDenied]);
    assert!(matches!(&story.orders()[..], [LabOrder::CleanLab { .. }]), "{:?}", story.orders());
    assert_eq!((story.state(), story.session.card().lab), (LabState::Denied, None));
    assert!(story.notes()[0].starts_with("ben didn't allow"), "{:?}", story.notes());
}

#[test]
fn a_rule_for_two_people_about_deploys_holds_for_labs() {
    // REQ-LAB-07
    let why = "deploys need two".to_owned();
    let risks = vec![gateway_domain::Risk { pattern: "deploy to lab*".into(), why, ..Default::default() }];
    let mut story = Story::with(AskPolicy { risks, ..AskPolicy::default() });
    story.wants(LabWish::Deploy).outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
    story.answers("anna", Answer::Once);
    assert!(story.orders().is_empty() && matches!(&story.told()[..], [Verdict::NeedsSecond { .. }]));
    story.answers("ben", Answer::Once);
    assert!(matches!(&story.orders()[..], [LabOrder::ApplyLab { .. }]));
}

#[test]
fn a_restart_goes_on_with_the_same_attempt_at_each_step() {
    // REQ-LAB-11
    let mut story = Story::begin();
    story.wants(LabWish::Deploy);
    let attempt = story.attempt();
    let again = |story: &mut Story| {
        story.later(SignedDuration::from_mins(10)).killed();
        assert!(story.orders().iter().all(|order| order.attempt() == attempt), "{:?}", story.orders());
        story.orders()
    };
    assert!(matches!(&again(&mut story)[..], [LabOrder::ReadLab { .. }]));
    story.outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
    assert!(again(&mut story).is_empty());
    assert_eq!(story.session.record().asks[0].state, AskState::Open, "no pod has to do with it");
    story.answers("anna", Answer::Once);
    assert!(matches!(&again(&mut story)[..], [LabOrder::ApplyLab { .. }]));
    story.outcome("_apply", LabOutcome::Applied);
    assert!(matches!(&again(&mut story)[..], [LabOrder::ApplyLab { .. }]), "it ended with the gateway");
    story.outcome("_apply", LabOutcome::Applied).seen(LabSight::Ready { url: URL.into() });
    assert!(matches!(&again(&mut story)[..], [LabOrder::ApplyLab { .. }]));
    story.outcome("_apply", LabOutcome::Applied).seen(LabSight::Ready { url: URL.into() });
    assert_eq!(story.notes(), [format!("The lab is ready again: {URL}")]);
    story.wants(LabWish::Clean);
    assert!(matches!(&again(&mut story)[..], [LabOrder::CleanLab { .. }]));
    story.outcome("_clean", LabOutcome::Gone);
    assert!(again(&mut story).is_empty() && story.state() == LabState::Gone);
}

#[test]
fn what_fails_says_why_with_its_last_lines_masked() {
    // REQ-LAB-05
    let mut story = Story::begin();
    story.wants(LabWish::Deploy).outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
    story.answers("anna", Answer::Once).outcome("_apply", LabOutcome::Applied);
    let log = Some("Error: boom\npassword=hunter2-hunter2\n".to_owned());
    story.seen(LabSight::Ended {
        fault: LabFault::Crash,
        why: "The app ended by itself: exit code 1.".into(),
        log,
    });
    let note = story.session.record().notes[0].clone();
    assert!(note.text.contains("Deployment failed. The app ended by itself: exit code 1."), "{note:?}");
    let details = note.details.unwrap();
    assert!(details.contains("Error: boom") && !details.contains("hunter2"), "{details}");
    let card = story.session.card().lab.unwrap();
    assert_eq!(card.reason.as_deref(), Some("The app ended by itself: exit code 1."));
}

#[test]
fn what_never_answers_fails_after_three_minutes_and_shows_its_log() {
    // REQ-LAB-04
    let mut story = Story::begin();
    story.wants(LabWish::Deploy).outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
    story.answers("anna", Answer::Once).outcome("_apply", LabOutcome::Applied);
    let armed = |story: &Story| story.last.iter().any(|effect| matches!(effect, Effect::Arm(_)));
    assert!(armed(&story));
    story.later(SignedDuration::from_secs(179)).then(ClockInput::Tick);
    assert!(matches!(story.state(), LabState::Waiting { .. }) && armed(&story));
    story.later(SignedDuration::from_secs(1)).then(ClockInput::Tick);
    assert!(matches!(&story.orders()[..], [LabOrder::EndLab { .. }]), "{:?}", story.orders());
    assert!(story.notes()[0].contains("/ didn't answer within 3 minutes"), "{:?}", story.notes());
    story.outcome("_end", LabOutcome::Ended { log: Some("listening on nothing".into()) });
    assert_eq!(story.session.record().notes[0].details.as_deref(), Some("listening on nothing"));
}

#[test]
fn a_deploy_that_gets_no_link_is_counted_once_with_its_reason() {
    // REQ-OPS-01
    let counted = |story: &Story| {
        let came = story.last.iter().find_map(|effect| match effect {
            Effect::Deployed { came } => Some(*came),
            _ => None,
        });
        came.and_then(Result::err)
    };
    let mut story = Story::begin();
    story.wants(LabWish::Deploy);
    story.outcome("_read", LabOutcome::Refused { fault: LabFault::Guard, why: "x".into(), details: None });
    assert_eq!(counted(&story), Some(LabFault::Guard));

    let mut story = Story::begin();
    story.deployed().seen(LabSight::Ended { fault: LabFault::Crash, why: "x".into(), log: None });
    assert_eq!(counted(&story), None, "what was ready once was deployed");

    // One that is started again with its gateway is no new deploy.
    let mut story = Story::begin();
    story.deployed().killed();
    story.seen(LabSight::Ended { fault: LabFault::Crash, why: "x".into(), log: None });
    assert_eq!(counted(&story), None);
}

#[test]
fn a_lab_that_goes_down_gets_a_note_of_its_own() {
    // REQ-LAB-05
    let mut story = Story::begin();
    story.deployed().seen(LabSight::Ended {
        fault: LabFault::Crash,
        why: "It was killed (signal 9).".into(),
        log: None,
    });
    assert!(story.notes()[1].starts_with("The lab is down. It was killed"), "{:?}", story.notes());
    assert!(story.notes()[0].starts_with("Deployment ready"));
}

#[test]
fn it_ends_by_itself_with_a_warning_before() {
    // REQ-LAB-10
    let lab = LabPolicy { lasts: SignedDuration::from_hours(2), ..LabPolicy::default() };
    let mut story = Story::with(AskPolicy { lab, ..AskPolicy::default() });
    story.deployed().later(SignedDuration::from_mins(97)).then(ClockInput::Tick);
    assert_eq!(story.notes().len(), 2, "{:?}", story.notes());
    assert!(story.notes()[1].contains("The lab ends in"), "{:?}", story.notes());
    story.then(ClockInput::Tick);
    assert_eq!(story.notes().len(), 2, "once");
    story.later(SignedDuration::from_mins(23)).then(ClockInput::Tick);
    assert!(matches!(&story.orders()[..], [LabOrder::CleanLab { .. }]), "{:?}", story.orders());
    let audited = |effect: &Effect| matches!(effect, Effect::Audit(entry) if entry.what == "lab ended");
    assert!(story.last.iter().any(audited));
    story.outcome("_clean", LabOutcome::Gone);
    assert!(story.notes()[2].contains("time was over"), "{:?}", story.notes());
}

#[test]
fn stopping_the_agent_leaves_the_lab_and_its_request_alone_and_closing_withdraws_the_request() {
    // REQ-LAB-07
    let mut story = Story::begin();
    story.wants(LabWish::Deploy).outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
    story.then(AgentInput::TurnBegan).then(AgentInput::Aborted).then(AgentInput::TurnEnded);
    story.then(AgentInput::PodLost).then(AgentInput::PodBack(Default::default()));
    assert_eq!(story.session.record().asks[0].state, AskState::Open);
    story.then(PersonInput::Steered { by: person("anna"), to: Steer::Close });
    assert!(matches!(story.session.record().asks[0].state, AskState::Withdrawn { .. }));
    assert!(matches!(&story.orders()[..], [LabOrder::CleanLab { .. }]));
}

#[test]
fn a_deleted_session_has_no_lab_and_what_cannot_go_is_told() {
    // REQ-LAB-06
    let mut story = Story::begin();
    story.deployed().then(AgentInput::Deleted);
    assert!(matches!(&story.orders()[..], [LabOrder::CleanLab { .. }]));
    story.outcome("_clean", LabOutcome::Stuck { what: "a process didn't end.".into() });
    assert!(story.notes().last().unwrap().contains("couldn't be removed: a process didn't end."));
}

#[test]
fn without_a_workspace_nothing_is_deployed_and_what_is_not_there_is_not_removed() {
    // REQ-LAB-06
    let mut story = Story::begin();
    story.wants(LabWish::Clean);
    assert!(matches!(&story.told()[..], [Verdict::Idle { .. }]));
    story.session = Session::new("ses_12345678", "pod-a", AskPolicy::default());
    story.wants(LabWish::Deploy);
    let [Verdict::Idle { why }] = &story.told()[..] else { panic!("{:?}", story.told()) };
    assert!(why.contains("its own workspace"), "{why}");
}

#[test]
fn secrets_of_a_recipe_are_on_no_card_and_in_no_record() {
    // REQ-LAB-07
    let mut story = Story::begin();
    let environment = [("DB_PASSWORD".to_owned(), "hunter2-hunter2".to_owned())].into();
    let read = LabPlan { environment, ..plan("d1") };
    story.wants(LabWish::Deploy).outcome("_read", LabOutcome::Read(Box::new(read)));
    let kept = serde_json::to_string(story.session.record()).unwrap();
    assert!(!kept.contains("hunter2") && kept.contains("DB_PASSWORD"), "{kept}");
}

#[test]
fn what_is_seen_of_another_attempt_changes_nothing() {
    // REQ-LAB-11
    let mut story = Story::begin();
    story.deployed();
    let what = LabSight::Ended { fault: LabFault::Crash, why: "x".into(), log: None };
    story.then(Input::Lab(LabSeen { attempt: "lab_of_yesterday".into(), what }));
    assert!(story.last.is_empty() && matches!(story.state(), LabState::Ready { .. }));
}
