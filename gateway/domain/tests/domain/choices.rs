//! How a session begins, and what is chosen for it later.

use gateway_domain::{
    About, AgentInput, AgentOrder, AskPolicy, Choice, Effect, Input, MAX_PROGRESS_LINES, ModelChoice, Order,
    Person, PersonInput, ProgressLine, Proven, Routing, RoutingDecision, SafeName, Said, Session, Verdict,
    Workspace,
};
use jiff::Timestamp;

fn anna() -> Person {
    Person { id: "web:anna".into(), name: "Anna".into() }
}

fn session() -> Session {
    Session::new("ses_12345678", "pod-a", AskPolicy::default())
}

fn said(session: &mut Session, agent: Option<&str>) -> Vec<Effect> {
    let said = Said {
        message_id: "msg_1".into(),
        by: anna(),
        proven: Proven::default(),
        text: "Go.".into(),
        agent: agent.map(str::to_owned),
        model: None,
        files: vec![],
    };
    session.handle(PersonInput::Said(said), Timestamp::UNIX_EPOCH)
}

fn prompted(effects: &[Effect]) -> (Option<String>, Option<ModelChoice>) {
    let prompt = |effect: &Effect| match effect {
        Effect::Order { order: Order::Agent(AgentOrder::Prompt { agent, model, .. }), .. } => {
            Some((agent.clone(), model.clone()))
        }
        _ => None,
    };
    effects.iter().find_map(prompt).unwrap()
}

fn choice() -> Choice {
    let model = ModelChoice { provider: "local".into(), model: "qwen".into() };
    Choice { agent: Some("pm".into()), model: Some(model) }
}

#[test]
fn a_choice_holds_from_the_next_message_on_and_the_thread_says_so() {
    // REQ-START-04, REQ-START-05
    let mut session = session();
    let effects = session.handle(PersonInput::Chosen { by: anna(), choice: choice() }, Timestamp::UNIX_EPOCH);
    assert!(effects.contains(&Effect::Tell(Verdict::Done)));
    let persisted = effects.iter().position(|effect| *effect == Effect::Persist).unwrap();
    let told = effects.iter().position(|effect| matches!(effect, Effect::Tell(_))).unwrap();
    assert!(persisted < told, "kept before it is confirmed");
    assert_eq!(
        session.record().notes[0].text,
        "Anna switched to agent pm and model local/qwen for the next messages."
    );
    assert_eq!(session.card().about.model.as_deref(), Some("local/qwen"));
    session.handle(PersonInput::Chosen { by: anna(), choice: choice() }, Timestamp::UNIX_EPOCH);
    assert_eq!(session.record().notes.len(), 1, "told again after a kill, it is one choice");
    // OpenCode still tells of the message before.
    let about = About { agent: Some("builder".into()), model: Some("a/b".into()), ..About::default() };
    session.handle(AgentInput::Described(about), Timestamp::UNIX_EPOCH);
    assert_eq!(session.card().about.agent.as_deref(), Some("pm"));
    assert_eq!(prompted(&said(&mut session, None)), (Some("pm".into()), choice().model));
}

#[test]
fn a_message_may_say_otherwise() {
    // REQ-START-05
    let mut session = session();
    session.handle(PersonInput::Chosen { by: anna(), choice: choice() }, Timestamp::UNIX_EPOCH);
    assert_eq!(prompted(&said(&mut session, Some("architect"))).0.as_deref(), Some("architect"));
}

#[test]
fn a_suggestion_below_half_is_told_nobody() {
    // B29: "builder (0 % sure, because of insufficient context)" helps nobody
    let suggested = Routing::default().suggest("Fix the thing", "").unwrap();
    assert!(!suggested.is_sure());
    let mut decision = RoutingDecision { suggested, agent: None, model: None };
    assert_eq!(decision.sentence(), None);
    decision.agent = Some("builder".into());
    assert_eq!(decision.sentence().as_deref(), Some("Chosen: builder."));
}

#[test]
fn what_it_began_with_is_kept_and_told_once() {
    // REQ-START-02, REQ-START-05, REQ-WORK-04
    let suggested = Routing::default().suggest("Implement login API", "").unwrap();
    let decision = RoutingDecision { suggested, agent: Some("pm".into()), model: None };
    let told = decision.sentence().unwrap();
    assert!(told.starts_with("Suggested: builder (") && told.ends_with("Chosen: pm."), "{told}");
    let name = |name| SafeName::parse(name).unwrap();
    let workspace = Workspace { name: name("shop-login"), branch: None, repositories: vec![name("web")] };
    let about = About {
        start_key: Some("key00001".into()),
        routing: Some(decision.clone()),
        workspace: Some(workspace.clone()),
        ..About::default()
    };
    let progress = vec![ProgressLine::info("Fetching web."), ProgressLine::warning("token=hunter2222")];
    let mut session = session();
    for _ in 0..2 {
        let begun = Input::Person(PersonInput::Begun { about: about.clone(), progress: progress.clone() });
        session.handle(begun, Timestamp::UNIX_EPOCH);
    }
    let told: Vec<_> = session.record().notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(told, ["Fetching web.", "token=•••"]);
    session.handle(AgentInput::Described(About::default()), Timestamp::UNIX_EPOCH);
    assert_eq!(session.record().about.routing.as_ref(), Some(&decision));
    assert_eq!(session.record().about.workspace.as_ref(), Some(&workspace));
}

#[test]
fn of_a_long_making_the_end_is_told() {
    // I7
    let progress = (0..50).map(|n| ProgressLine::info(format!("line {n}"))).collect();
    let mut session = session();
    session.handle(PersonInput::Begun { about: About::default(), progress }, Timestamp::UNIX_EPOCH);
    assert_eq!(session.record().notes.len(), MAX_PROGRESS_LINES);
    assert_eq!(session.record().notes.last().unwrap().text, "line 49");
}

#[test]
fn a_session_is_called_by_its_id_until_it_has_a_title() {
    let mut session = Session::new("ses_12345678", "pod-a", AskPolicy::default());
    session.handle(AgentInput::Described(About::default()), Timestamp::UNIX_EPOCH);
    assert_eq!(session.card().title(), "ses_12345678");
    let about = About { title: "Mend the login".to_owned(), ..About::default() };
    session.handle(AgentInput::Described(about), Timestamp::UNIX_EPOCH);
    assert_eq!(session.card().title(), "Mend the login");
}
