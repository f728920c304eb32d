//! Which rules fit: where a session works decides, and no name that its starter gave it.

use super::*;
use gateway_domain::{SafeName, Workspace};

/// Whether `name` allows a plain call there.
fn can(name: &str, rules: Vec<Rule>, directory: &str, project: Option<&str>) -> bool {
    let mut story = Story::of(policy(rules), directory, project);
    story.asks("per_1", "make");
    story.allows(&account(name), "per_1") == &Verdict::Taken
}

#[test]
fn the_label_of_its_starter_never_takes_a_rule_away() {
    // REQ-RULES-01 (H2): start form, directory and label.
    for (directory, label, carl, anna) in [
        ("/work/toys", None, true, true),
        ("/work/toys/src", Some("toys"), true, true),
        ("/work/shop", None, false, true),
        ("/work/shop/src", Some("toys"), false, true),
        ("/work/shop//./", Some("toys"), false, true),
        // A label adds: the shop's rule holds too.
        ("/work/toys", Some("shop"), false, true),
        // From above it the shop can be reached.
        ("/work", Some("toys"), false, false),
        ("/work/toys/../shop", Some("toys"), false, false),
        ("/work/shop-old", Some("toys"), false, false),
        ("/elsewhere", Some("toys"), false, false),
        ("", Some("toys"), false, false),
        ("work/toys", Some("toys"), false, false),
    ] {
        assert_eq!(can("carl", rules(), directory, label), carl, "carl in {directory:?} as {label:?}");
        assert_eq!(can("anna", rules(), directory, label), anna, "anna in {directory:?} as {label:?}");
    }
}

#[test]
fn a_folder_named_like_the_workspace_is_not_the_workspace() {
    // REQ-RULES-01: OpenCode's word for where it works is the pod's.
    let toys = || Workspace { name: name("swift-fox"), branch: None, repositories: vec![name("toys")] };
    let by_repository = || vec![rule("toys", repository("toys"), "developers")];
    for (directory, carl) in [
        ("/work/.builders/swift-fox/repos/toys", true),
        ("/work/.builders/swift-fox", true),
        ("/work/shop/swift-fox", false),
        ("/work/.builders/other-fox/repos/toys", false),
        ("/secret/work/.builders/swift-fox", false),
    ] {
        let known = Story::of(policy(by_repository()), directory, None).session.record().about.clone();
        let about = About { workspace: Some(toys()), ..known };
        let session = Session::new(SESSION, "pod-a", policy(by_repository()));
        let mut story = Story { session, now: 0, last: vec![] };
        story.then(PersonInput::Begun { about, progress: vec![] }).asks("per_1", "make");
        assert_eq!(story.allows(&account("carl"), "per_1") == &Verdict::Taken, carl, "{directory}");
    }
}

fn name(text: &str) -> SafeName {
    serde_json::from_value(text.into()).unwrap()
}

#[test]
fn what_nobody_knows_is_refused_unless_a_rule_is_for_everything() {
    // REQ-RULES-01
    let mut story = Story::of(policy(rules()), "/elsewhere", None);
    story.asks("per_1", "make");
    let told = story.allows(&account("anna"), "per_1").sentence();
    assert!(told.starts_with("Nobody can allow this: no rule is about /elsewhere"), "{told}");
    let denied = story.answers(&account("carl"), "per_1", Answer::Deny { reason: None }, Proven::default());
    assert_eq!(denied, &Verdict::Taken);
    let all = || [vec![rule("all", repository("*"), "developers")], rules()].concat();
    assert!(can("carl", all(), "/elsewhere", None) && !can("carl", all(), "/work/shop", None));
    assert!(!can("carl", all(), "/work", None), "the shop lies in it");
}

#[test]
fn rules_hold_from_the_first_input_and_follow_the_facts() {
    // REQ-RULES-03: OpenCode asks before it has said what the session is.
    let mut story = Story { session: Session::new(SESSION, "pod-a", policy(rules())), now: 0, last: vec![] };
    story.asks("per_1", "make");
    assert!(is_refused(story.allows(&account("anna"), "per_1")), "nothing is known of it yet");
    let mut story = Story::of(policy(rules()), "/work/toys", None);
    story.asks("per_1", "make");
    let moved = About { directory: "/work/shop".into(), ..story.session.record().about.clone() };
    story.then(AgentInput::Described(moved));
    assert!(is_refused(story.allows(&account("carl"), "per_1")), "it works in the shop now");
    let back = About { directory: "/work/toys".into(), ..story.session.record().about.clone() };
    story.then(AgentInput::Described(back));
    assert!(is_refused(story.allows(&account("carl"), "per_1")), "what was shown is never made easier");
    assert_eq!(story.allows(&account("anna"), "per_1"), &Verdict::Taken);
}

#[test]
fn a_changed_rule_makes_nothing_easier_that_was_shown() {
    // REQ-RULES-03
    let mut story = Story::in_the_shop();
    story.asks("per_1", "make");
    let easier = vec![rule("all", repository("*"), "developers")];
    story.restarts_with(policy(easier.clone()));
    assert!(is_refused(story.allows(&account("carl"), "per_1")));
    assert_eq!(story.allows(&account("anna"), "per_1"), &Verdict::TakenForLater);
    // And a stricter one counts at once.
    let mut story = Story::of(policy(easier), "/work/shop", None);
    story.asks("per_1", "make");
    story.restarts_with(policy(rules()));
    assert!(is_refused(story.allows(&account("carl"), "per_1")));
    // Without any rules left nobody is known, and nobody allows it.
    let mut story = Story::in_the_shop();
    story.asks("per_1", "make");
    story.restarts_with(AskPolicy::default());
    assert!(is_refused(story.allows(&account("anna"), "per_1")));
}

#[test]
fn what_was_allowed_late_is_asked_again_where_the_rules_are_stricter_by_then() {
    // REQ-RULES-03
    let easy = || policy(vec![rule("all", repository("*"), "developers")]);
    for (later, state) in [(easy(), "decided"), (policy(rules()), "open")] {
        let mut story = Story::of(easy(), "/work/shop", None);
        story.asks("per_1", "make").later(SignedDuration::from_mins(6));
        assert_eq!(story.allows(&account("carl"), "per_1"), &Verdict::TakenLate);
        story.restarts_with(later);
        story.then(AgentInput::PodBack(Default::default())).asks("per_2", "make");
        let ask = serde_json::to_value(&story.session.record().asks[0]).unwrap();
        assert_eq!(ask["state"], state, "{ask:#}");
    }
}

#[test]
fn silence_takes_nothing_where_a_rule_says_who_allows() {
    // REQ-RULES-03
    let questions = vec![gateway_domain::Question {
        question: "Which?".into(),
        options: vec!["Blue (Recommended)".into(), "Red".into()],
        descriptions: vec![],
        multiple: false,
    }];
    let ask = |story: &mut Story| {
        story.then(AgentInput::Asked(Asked {
            opencode_id: "que_1".into(),
            session: SESSION.into(),
            directory: "/work/shop".into(),
            tool: None,
            body: AskBody::Question { questions: questions.clone() },
        }));
        story.session.record().asks[0].rules.on_silence
    };
    let mut without = Story::of(AskPolicy::default(), "/work/shop", None);
    assert_eq!(ask(&mut without), gateway_domain::OnSilence::TakeRecommended);
    assert_eq!(ask(&mut Story::in_the_shop()), gateway_domain::OnSilence::Remind);
}

#[test]
fn only_people_of_the_group_start_there() {
    // REQ-RULES-01
    let start = Rule { start: Some("release".into()), ..rule("shop", repository("web"), "release") };
    let book = RuleBook { rules: vec![start], places: places() };
    let about = |directory: &str| About { directory: directory.into(), ..About::default() };
    let no = |name: &str, directory: &str| {
        book.no_start(&people(), &about(directory), name, &Proven::by(Proof::Account))
    };
    assert_eq!(no(&account("anna"), "/work/shop"), None);
    assert!(no(&account("carl"), "/work/shop").unwrap().contains("Only people of release"));
    assert!(no("web:anna", "/work/shop").is_some() && no("web:anna", "/work/toys").is_none());
    assert_eq!(no("api:operator", "/work/shop"), None, "a program starts");
}
