//! Checks of a session: who may run them, one at a time, told in one note, and what survives which death.

use crate::gate::story::{SESSION, Story, at};
use gateway_domain::gate::{CallRule, GatePolicy};
use gateway_domain::thread::{ItemBody, Milestone, Tone};
use gateway_domain::{
    AgentInput, Approvers, AskPolicy, CheckEnd, CheckKind, CheckOrder, CheckOutcome, CheckOutput,
    CheckPolicy, CheckSpec, CheckVerdict, CheckWork, ConfiguredCheck, Effect, Input, Order, Outcome, Person,
    PersonInput, Proven, Reconnected, Risk, Steer, Verdict, judge_check,
};
use serde_json::json;

fn anna() -> Person {
    Person { id: "web:anna".into(), name: "Anna".into() }
}

fn spec(name: &str, kind: CheckKind, found_in: Option<&str>) -> CheckSpec {
    let work = CheckWork::Run { command: name.to_owned(), report: None };
    let found_in = found_in.map(str::to_owned);
    CheckSpec { name: name.into(), kind, work, limit_seconds: 600, found_in, script: None }
}

fn npm_test() -> CheckSpec {
    spec("npm test", CheckKind::Unit, Some("package.json"))
}

fn runs(checks: &[CheckSpec]) -> PersonInput {
    PersonInput::RunsChecks { by: anna(), proven: Proven::default(), checks: checks.to_vec(), before: false }
}

fn compares(checks: &[CheckSpec]) -> PersonInput {
    PersonInput::RunsChecks { by: anna(), proven: Proven::default(), checks: checks.to_vec(), before: true }
}

fn judged(exit_code: i32, printed: &str) -> CheckEnd {
    let digest = "d".repeat(64);
    let output = CheckOutput {
        exit_code: Some(exit_code),
        printed: printed.into(),
        took_ms: 12_400,
        digest,
        ..CheckOutput::default()
    };
    judge_check(false, output)
}

const PASSES: &str = "test result: ok. 45 passed; 0 failed; 0 ignored; finished in 0.1s";
const FAILS: &str =
    "test login::works ... FAILED\ntest result: FAILED. 44 passed; 1 failed; 0 ignored; finished in 0.1s";

/// What happens to a session that rests.
struct Checked(Story);

impl Checked {
    fn with(policy: AskPolicy) -> Self {
        let mut story = Story::with(policy);
        story.then(AgentInput::PodBack(Reconnected::default())).then(AgentInput::TurnEnded);
        Self(story)
    }

    fn begin() -> Self {
        Self::with(AskPolicy::default())
    }

    fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.0.then(input);
        self
    }

    /// The newest order about checks becomes this.
    fn outcome(&mut self, outcome: CheckOutcome) -> &mut Self {
        let sent = self.0.session.record().outbox.iter().rfind(|sent| matches!(sent.order, Order::Checks(_)));
        let request_id = sent.expect("an order about checks").request_id.clone();
        self.then(Input::Outcome { request_id, outcome: Outcome::Checks(outcome) })
    }

    fn ends(&mut self, end: CheckEnd) -> &mut Self {
        self.outcome(CheckOutcome::Started).outcome(CheckOutcome::Ended(Box::new(end)))
    }

    fn orders(&self) -> Vec<String> {
        let told = |order: &CheckOrder| match order {
            CheckOrder::Start { command, before: true, .. } => format!("start {command} before"),
            CheckOrder::Start { command, environment, .. } if environment.is_empty() => {
                format!("start {command}")
            }
            CheckOrder::Start { command, environment, .. } => format!("start {command} with {environment:?}"),
            CheckOrder::Await { .. } => "await".to_owned(),
            CheckOrder::Stop { .. } => "stop".to_owned(),
            CheckOrder::Tell { wish, text, .. } => format!("tell {wish}: {text}"),
            CheckOrder::Fetch { url, .. } => format!("fetch {url}"),
        };
        let of = |effect: &Effect| match effect {
            Effect::Order { order: Order::Checks(order), .. } => Some(told(order)),
            _ => None,
        };
        self.0.last.iter().filter_map(of).collect()
    }

    fn notes(&self) -> Vec<(Tone, String)> {
        let items = self.0.session.thread().items();
        let note = |body: &ItemBody| match body {
            ItemBody::Note { tone, text, .. } => Some((*tone, text.clone())),
            _ => None,
        };
        items.into_iter().filter_map(|item| note(&item.body)).collect()
    }

    fn note(&self) -> String {
        self.notes().pop().map(|(_, text)| text).unwrap_or_default()
    }

    fn told(&self) -> Option<&Verdict> {
        self.0.last.iter().find_map(|effect| match effect {
            Effect::Tell(verdict) => Some(verdict),
            _ => None,
        })
    }
}

#[test]
fn one_note_tells_from_the_start_to_the_end() {
    // REQ-CHECK-02, REQ-THREAD-02
    let mut this = Checked::begin();
    this.then(runs(&[npm_test()]));
    assert_eq!(this.0.last[0], Effect::Persist, "on disk before anything is done");
    assert_eq!(this.orders(), ["start npm test"]);
    assert_eq!(this.note(), "🧪 Running unit tests: npm test");
    assert_eq!(this.outcome(CheckOutcome::Started).orders(), ["await"]);
    this.outcome(CheckOutcome::Ended(Box::new(judged(0, PASSES))));
    assert_eq!(this.note(), "✅ Unit Tests: 45/45 passing (12 s) · npm test");
    assert_eq!((this.notes().len(), this.notes()[0].0), (1, Tone::Good));
    assert!(this.0.session.record().outbox.is_empty(), "nothing is left to be done");
    this.then(runs(&[npm_test()])).ends(judged(101, FAILS));
    assert_eq!(this.note(), "❌ Unit Tests: 1 of 45 failed (12 s) · npm test\n    ✖ login::works");
    let card = this.0.session.card();
    assert_eq!((card.checks.len(), card.checks[0].end.as_ref().unwrap().tail.as_str()), (1, ""));
}

#[test]
fn several_run_one_after_the_other_and_are_summed_up() {
    // REQ-CHECK-04
    let mut this = Checked::begin();
    this.then(runs(&[npm_test(), spec("make test", CheckKind::Unit, Some("Makefile"))]));
    assert_eq!(this.orders(), ["start npm test"]);
    assert_eq!(
        this.note(),
        "🧪 0 of 2 checks are done\n🧪 Running unit tests: npm test\n⏳ Waiting for its turn: make test"
    );
    this.outcome(CheckOutcome::Started).outcome(CheckOutcome::Ended(Box::new(judged(0, PASSES))));
    assert_eq!(this.orders(), ["start make test"]);
    this.ends(judged(101, FAILS));
    assert!(this.note().starts_with("❌ 1 of 2 checks failed\n✅ Unit Tests: 45/45"), "{}", this.note());
    assert_eq!((this.notes().len(), this.notes()[0].0), (1, Tone::Error));
}

#[test]
fn a_double_click_is_one_run_and_no_tests_are_said() {
    // REQ-CHECK-02, REQ-ASK-03
    let mut this = Checked::begin();
    this.then(runs(&[npm_test()])).then(runs(&[npm_test()]));
    assert!(matches!(this.told(), Some(Verdict::Idle { .. })));
    assert_eq!((this.orders().len(), this.0.session.record().checks.len()), (0, 1));
    this.then(runs(&[]));
    assert!(this.note().starts_with("⏭️ Tests skipped: no tests found."), "{}", this.note());
}

#[test]
fn a_check_is_no_way_around_the_gate() {
    // REQ-GATE-01, REQ-CHECK-05
    let deny = CallRule { tool: "bash".into(), pattern: "npm *".into(), why: "no npm here".into() };
    let gate = GatePolicy { deny: vec![deny], ..GatePolicy::default() };
    let risks =
        vec![Risk { pattern: "npm *".into(), why: "it reaches production".into(), ..Risk::default() }];
    let approvers = Approvers::Only(vec!["web:ben".into()]);
    let table = [
        (AskPolicy { gate, ..AskPolicy::default() }, "deny"),
        (AskPolicy { risks, ..AskPolicy::default() }, "needs two people"),
        (AskPolicy { approvers, ..AskPolicy::default() }, "approvers"),
    ];
    for (policy, told) in table {
        let mut this = Checked::with(policy);
        this.then(runs(&[npm_test()]));
        let heard = this.told().unwrap().sentence();
        assert!(heard.contains(told), "{heard}");
        assert_eq!((this.orders(), this.notes()), (vec![], vec![]), "{told}");
    }
    let mut unguarded = Checked::begin();
    unguarded.0.session.set_unguarded(true);
    assert!(unguarded.then(runs(&[npm_test()])).told().unwrap().sentence().contains("UNGUARDED"));
    let gate = GatePolicy { lets_unguarded: true, ..GatePolicy::default() };
    let mut let_through = Checked::with(AskPolicy { gate, ..AskPolicy::default() });
    let_through.0.session.set_unguarded(true);
    assert_eq!(let_through.then(runs(&[npm_test()])).orders(), ["start npm test"]);
}

#[test]
fn a_killed_gateway_goes_on_and_a_killed_opencode_is_told() {
    // REQ-CHECK-05, REQ-STATE-03
    let mut this = Checked::begin();
    this.then(runs(&[npm_test()])).outcome(CheckOutcome::Started);
    this.0.gateway_restarts();
    assert_eq!(this.note(), "🧪 Running unit tests: npm test", "the note is drawn again");
    this.then(AgentInput::PodBack(Reconnected::default()));
    assert_eq!(this.orders(), ["await"], "the pod went on, and is asked what came of it");
    this.outcome(CheckOutcome::Unknown).outcome(CheckOutcome::Ended(Box::new(judged(0, PASSES))));
    assert!(this.note().starts_with("✅"), "{}", this.note());

    this.then(runs(&[npm_test()])).outcome(CheckOutcome::Started).0.opencode_restarts();
    this.outcome(CheckOutcome::Lost);
    assert_eq!(
        this.note(),
        "⚠️ Unit Tests: interrupted. OpenCode was restarted, and the check ended with it. Run it again. · npm test"
    );
    assert_eq!(this.then(runs(&[npm_test()])).orders(), ["start npm test"], "it can be run again");
}

#[test]
fn people_stop_checks_and_those_that_wait_do_not_begin() {
    // REQ-CHECK-05
    for stops in
        [PersonInput::StopsChecks { by: anna() }, PersonInput::Steered { by: anna(), to: Steer::Stop }]
    {
        let mut this = Checked::begin();
        this.then(runs(&[npm_test(), spec("make test", CheckKind::Unit, Some("Makefile"))]))
            .outcome(CheckOutcome::Started);
        assert!(this.then(stops).orders().contains(&"stop".to_owned()));
        let end = CheckEnd { verdict: CheckVerdict::Stopped, why: None, ..judged(1, "") };
        let waiting = this
            .0
            .session
            .record()
            .outbox
            .iter()
            .find(|sent| matches!(sent.order, Order::Checks(CheckOrder::Await { .. })));
        let request_id = waiting.expect("its end is waited for").request_id.clone();
        this.then(Input::Outcome {
            request_id,
            outcome: Outcome::Checks(CheckOutcome::Ended(Box::new(end))),
        });
        assert_eq!(this.orders(), Vec::<String>::new(), "the other one never begins");
        assert!(this.0.session.record().checks.iter().all(|run| run.is_over()));
        let note = this.notes().into_iter().find(|(_, text)| text.contains("Unit Tests")).unwrap().1;
        assert!(note.contains("⏹️ Unit Tests: stopped by Anna · npm test"), "{note}");
    }
    let mut idle = Checked::begin();
    idle.then(PersonInput::StopsChecks { by: anna() });
    assert_eq!((idle.told(), idle.0.audited().len()), (Some(&Verdict::Done), 0));
}

#[test]
fn a_running_copy_is_given_to_those_who_need_it() {
    // REQ-CHECK-03
    let integration = spec("npm run api", CheckKind::Integration, None);
    let health = CheckWork::Fetch { url: "/healthz".into(), status: 200, text: None };
    let health = CheckSpec {
        kind: CheckKind::Acceptance,
        work: health,
        ..spec("health", CheckKind::Acceptance, None)
    };
    let mut without = Checked::begin();
    without.then(runs(&[integration.clone(), health.clone()]));
    assert_eq!(without.orders(), Vec::<String>::new());
    assert!(
        without.note().contains("⏭️ Integration Tests skipped: they need the address of a running copy"),
        "{}",
        without.note()
    );
    let checks = CheckPolicy { test_url: Some("https://lab.test/".into()), ..CheckPolicy::default() };
    let mut with = Checked::with(AskPolicy { checks, ..AskPolicy::default() });
    with.then(runs(&[integration, health]));
    assert_eq!(with.orders(), [r#"start npm run api with {"TEST_URL": "https://lab.test/"}"#]);
    with.outcome(CheckOutcome::Started).outcome(CheckOutcome::Ended(Box::new(judged(0, PASSES))));
    assert_eq!(with.orders(), ["fetch https://lab.test/healthz"]);
}

#[test]
fn configured_checks_run_when_the_agent_says_that_it_is_done() {
    // REQ-CHECK-01
    let configured =
        |name: &str, when_done| ConfiguredCheck { spec: spec(name, CheckKind::Unit, None), when_done };
    let checks = vec![configured("unit", true), configured("slow", false)];
    let policy = AskPolicy { checks: CheckPolicy { checks, test_url: None }, ..AskPolicy::default() };
    let milestone = |id: &str, sort: &str, description: &str| {
        let (id, sort, description) = (id.into(), sort.into(), description.into());
        AgentInput::Milestone(Milestone { id, at: at(1), sort, description, details: String::new() })
    };
    let mut this = Checked::with(policy);
    assert_eq!(this.then(milestone("mil_1", "plan", "The plan is ready")).orders(), Vec::<String>::new());
    assert_eq!(
        this.then(milestone("mil_2", "phase", "Implementation complete: the form")).orders(),
        ["start unit"]
    );
    assert_eq!(
        this.then(milestone("mil_3", "done", "All done")).orders(),
        Vec::<String>::new(),
        "it runs already"
    );
    this.0.session.set_unguarded(true);
    this.ends(judged(0, PASSES));
    assert_eq!(
        this.then(milestone("mil_4", "done", "All done again")).orders(),
        Vec::<String>::new(),
        "nobody guards it"
    );
}

fn with_configured(names: &[&str]) -> Checked {
    let check = |name: &&str| ConfiguredCheck { spec: spec(name, CheckKind::Unit, None), when_done: false };
    let checks = CheckPolicy { checks: names.iter().map(check).collect(), test_url: None };
    Checked::with(AskPolicy { checks, ..AskPolicy::default() })
}

fn wants(wish: &str, names: &[&str]) -> AgentInput {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    AgentInput::WantsChecks { wish: wish.to_owned(), names }
}

#[test]
fn the_agent_has_configured_checks_run_and_reads_what_came_of_them() {
    // REQ-CHECK-01, REQ-CHECK-04
    let mut this = with_configured(&["unit", "lint"]);
    assert_eq!(this.then(wants("wish_1", &[])).orders(), ["start unit"]);
    assert!(this.0.audited().iter().any(|entry| entry.what == "ran checks"), "{:?}", this.0.audited());
    assert_eq!(this.then(wants("wish_1", &[])).orders(), Vec::<String>::new(), "told again it is the same");
    this.ends(judged(0, PASSES));
    assert_eq!(this.orders(), ["start lint"]);
    // Another wish meanwhile begins nothing twice, and waits for the same run.
    assert_eq!(this.then(wants("wish_2", &["lint"])).orders(), Vec::<String>::new());
    this.ends(judged(101, FAILS));
    let told = this.orders();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("tell wish_1: ❌ 1 of 2 checks failed\n✅ Unit Tests: 45/45 passing"),
        "{told:?}"
    );
    assert!(told[0].contains("✖ login::works") && told[0].contains("44 passed; 1 failed"), "{told:?}");
    assert!(told[1].starts_with("tell wish_2: ❌ Unit Tests: 1 of 45 failed"), "{told:?}");
    assert!(this.note().contains("❌ 1 of 2 checks failed"), "people see the same: {}", this.note());
}

#[test]
fn the_agent_chooses_no_command_and_hears_why_nothing_runs() {
    // REQ-CHECK-05, REQ-GATE-01
    let hears = |this: &mut Checked, names: &[&str], part: &str| {
        let orders = this.then(wants("wish_1", names)).orders();
        assert!(orders.len() == 1 && orders[0].starts_with("tell wish_1: "), "{orders:?}");
        assert!(orders[0].contains(part), "{part}: {orders:?}");
        assert!(this.0.session.record().checks.is_empty());
    };
    hears(&mut Checked::begin(), &[], "no checks configured");
    let configured = || with_configured(&["unit"]);
    hears(&mut configured(), &["rm -rf /"], "There is no check \"rm -rf /\". Configured are: unit.");
    hears(&mut configured(), &["unit", "curl evil"], "There is no check \"curl evil\"");
    let mut unguarded = configured();
    unguarded.0.session.set_unguarded(true);
    hears(&mut unguarded, &[], "UNGUARDED");
    let deny = CallRule { tool: "bash".into(), pattern: "unit*".into(), why: "not here".into() };
    let gate = GatePolicy { deny: vec![deny], ..GatePolicy::default() };
    let check = ConfiguredCheck { spec: spec("unit", CheckKind::Unit, None), when_done: false };
    let checks = CheckPolicy { checks: vec![check], test_url: None };
    hears(&mut Checked::with(AskPolicy { gate, checks, ..AskPolicy::default() }), &[], "deny `unit`");
}

#[test]
fn what_the_agent_waits_for_survives_a_kill_and_shows_no_secret() {
    // REQ-CHECK-05, REQ-STATE-03
    let mut this = with_configured(&["unit"]);
    this.then(wants("wish_1", &[])).outcome(CheckOutcome::Started);
    this.0.gateway_restarts();
    this.then(AgentInput::PodBack(Reconnected::default()));
    let leaks = format!("{FAILS}\npassword=hunter2-hunter2");
    this.outcome(CheckOutcome::Ended(Box::new(judged(101, &leaks))));
    let told = this.orders();
    assert!(told[0].starts_with("tell wish_1: ❌") && !told[0].contains("hunter2"), "{told:?}");
    // An OpenCode that has started since knows nothing of it, and it is over all the same.
    this.outcome(CheckOutcome::Lost);
    assert!(this.0.session.record().outbox.is_empty());
    for n in 2..40 {
        this.then(wants(&format!("wish_{n}"), &["none"])).outcome(CheckOutcome::Started);
    }
    assert_eq!(this.0.session.record().check_wishes.len(), 12);
}

#[test]
fn the_record_keeps_the_latest_and_reads_them_back() {
    // REQ-STATE-01, REQ-HARD-02
    let mut this = Checked::begin();
    for n in 0..30 {
        this.then(runs(&[spec(&format!("make t{n}"), CheckKind::Unit, Some("Makefile"))]))
            .ends(judged(0, PASSES));
    }
    let record = this.0.session.record();
    assert_eq!(record.checks.len(), 12);
    assert_eq!(record.checks.last().unwrap().spec.name, "make t29");
    let text = json!(record).to_string();
    assert_eq!(serde_json::from_str::<gateway_domain::SessionRecord>(&text).unwrap(), *record);
    assert_eq!(record.session, SESSION);
}

/// How a check that is compared ends before, and how after.
fn compared(before: CheckEnd, after: CheckEnd) -> (Tone, String) {
    let mut this = Checked::begin();
    this.then(compares(&[npm_test()]));
    assert_eq!(this.orders(), ["start npm test before"]);
    this.ends(before);
    assert_eq!(this.orders(), ["start npm test"], "one after the other");
    this.ends(after);
    this.notes().pop().expect("a note")
}

#[test]
fn a_check_that_is_compared_says_which_of_both_held() {
    // REQ-CHECK-06
    let (passes, fails) = (|| judged(0, PASSES), || judged(101, FAILS));
    let held = compared(fails(), passes());
    let mended =
        "✅ Fails before, passes after: both held. 1 test failed before and no longer: login::works.\n";
    assert!(held.0 == Tone::Good && held.1.starts_with(mended), "{held:?}");
    assert!(
        held.1.contains("\n❌ Unit Tests before the change: 1 of 45 failed (12 s) · npm test\n"),
        "{}",
        held.1
    );
    let cases = [
        (passes(), passes(), Tone::Warning, "⚠️ Fails before: no, it passes there too. Passes after: yes."),
        (fails(), fails(), Tone::Error, "❌ Fails before: yes. Passes after: no, it still fails."),
        (passes(), fails(), Tone::Error, "❌ Fails before: no, it passes there. Passes after: no."),
        (judged(0, "?"), passes(), Tone::Warning, "❔ Not comparable: before, unclear; after, passed."),
    ];
    for (before, after, tone, begins) in cases {
        let (told_as, text) = compared(before, after);
        assert!(told_as == tone && text.starts_with(begins), "{told_as:?} {text}");
    }
}

#[test]
fn what_runs_beside_the_code_has_no_before() {
    // REQ-CHECK-06
    let mut this = Checked::begin();
    this.then(compares(&[spec("api", CheckKind::Integration, None)]));
    assert!(matches!(this.told(), Some(Verdict::RefusedByRule { why }) if why.contains("none from before")));
    assert!(this.notes().is_empty());
}

#[test]
fn a_pod_that_has_no_code_from_before_says_why_and_the_work_is_checked_all_the_same() {
    // REQ-CHECK-06
    let mut this = Checked::begin();
    this.then(compares(&[npm_test()])).outcome(CheckOutcome::Started);
    this.outcome(CheckOutcome::Refused { why: "Nothing is changed since 1a2b3c4d.".into() });
    assert_eq!(this.orders(), ["start npm test"]);
    this.ends(judged(0, PASSES));
    let text = this.note();
    assert!(text.starts_with("❔ Not comparable: before, skipped; after, passed.\n⏭️ Unit Tests before the change skipped: Nothing is changed"), "{text}");
}
