//! Two people allow what is risky, and neither of them is the one who asked for it.

use super::*;

#[test]
fn the_owner_and_those_who_wrote_to_the_agent_are_none_of_the_two() {
    // REQ-RULES-02
    let policy = policy(vec![Rule {
        risky: Some(risky("developers")),
        ..rule("shop", repository("web"), "developers")
    }]);
    let mut story = Story::of(policy, "/work/shop", None);
    story.wrote(&account("ben")).asks("per_1", "git push origin main").asks("per_2", "make");
    for left_out in ["carl", "ben"] {
        assert!(is_refused(story.allows(&account(left_out), "per_1")), "{left_out}");
    }
    assert!(is_first(story.allows(&account("anna"), "per_1")));
    // Whoever writes to the agent meanwhile is out, and so is what they approved before.
    story.wrote("slack:T1:U1");
    assert!(is_first(story.allows(&account("dora"), "per_1")), "anna's approval is void");
    assert!(is_refused(story.allows(&account("anna"), "per_1")));
    // What is not risky the owner may allow.
    assert_eq!(story.allows(&account("carl"), "per_2"), &Verdict::Taken);
}

#[test]
fn a_rule_can_let_the_owner_be_one_of_them_in_words() {
    // REQ-RULES-02
    let risky = RiskyRule { requester: true, ..risky("developers") };
    let policy = policy(vec![Rule { risky: Some(risky), ..rule("shop", repository("web"), "developers") }]);
    let mut story = Story::of(policy, "/work/shop", None);
    story.asks("per_1", "git push origin main");
    assert!(is_first(story.allows(&account("carl"), "per_1")));
    assert_eq!(story.allows(&account("ben"), "per_1"), &Verdict::Taken);
}

#[test]
fn where_nobody_knows_who_wrote_nobody_allows_what_is_risky() {
    // REQ-RULES-02
    for writer in ["web:anna", "api:operator", "oidc:https://evil.test#ben"] {
        let mut story = Story::in_the_shop();
        story.wrote(writer).asks("per_1", "git push origin main").asks("per_2", "make");
        assert!(is_refused(story.allows(&account("anna"), "per_1")), "{writer}");
        assert_eq!(story.allows(&account("anna"), "per_2"), &Verdict::Taken, "{writer}");
    }
    // An id like those of the gateway can be had by whoever talks to OpenCode.
    for id in ["msg_of_opencode", "msg_gwpush", "msg_gwgoonses12345678000001", "msg_gwlateses12345678000001"]
    {
        let mut elsewhere = Story::in_the_shop();
        elsewhere.asks("per_1", "git push origin main");
        assert!(is_first(elsewhere.allows(&account("anna"), "per_1")));
        elsewhere.then(AgentInput::Seen(seen(id, "Push.")));
        assert!(is_refused(elsewhere.allows(&account("ben"), "per_1")), "written in OpenCode itself: {id}");
    }
    let mut told = Story::in_the_shop();
    told.asks("per_1", "git push origin main");
    told.then(AgentInput::Seen(seen(
        "msg_gwgoon1",
        "You were paused mid-task. Continue where you left off.",
    )));
    assert!(is_first(told.allows(&account("anna"), "per_1")), "words that an earlier gateway sent");
}

fn seen(id: &str, text: &str) -> gateway_domain::thread::MessageSeen {
    let part = gateway_domain::thread::PartSeen::Text { id: "p".into(), text: text.into(), done: true };
    gateway_domain::thread::MessageSeen {
        id: id.into(),
        created_ms: 1,
        from_person: true,
        done: true,
        closes_turn: false,
        error: None,
        parts: vec![part],
    }
}

#[test]
fn the_first_approval_ends_in_time_and_with_its_group() {
    // REQ-RULES-02
    let mut story = Story::in_the_shop();
    let mut policy = policy(rules());
    policy.permission_timeout = SignedDuration::from_hours(2);
    story.session.set_policy(policy.clone());
    story.asks("per_1", "git push origin main");
    assert!(is_first(story.allows(&account("anna"), "per_1")));
    story.later(SignedDuration::from_mins(16));
    assert_eq!(story.session.record().asks[0].first_approval, None, "and its card says so");
    assert!(is_first(story.allows(&account("ben"), "per_1")), "it is the first once more");
    assert_eq!(story.allows(&account("anna"), "per_1"), &Verdict::Taken);
    // Anna leaves the group between the two.
    story.asks("per_2", "git push origin next");
    assert!(is_first(story.allows(&account("anna"), "per_2")));
    let mut fewer = people();
    fewer.groups.get_mut("release").unwrap().people.retain(|name| name != "anna");
    policy.people = Arc::new(fewer);
    story.restarts_with(policy);
    assert!(is_first(story.allows(&account("ben"), "per_2")) || is_refused(story.verdict()));
}

#[test]
fn what_is_risky_takes_proof_and_no_grant() {
    // REQ-RULES-02, REQ-RULES-03
    let mut story = Story::in_the_shop();
    story.asks("per_1", "git push origin main");
    let claimed = story.answers(&account("anna"), "per_1", Answer::Once, Proven::default());
    assert_eq!(claimed, &Verdict::NeedsProof { wanted: Proof::Account });
    let always = story.answers(&account("anna"), "per_1", Answer::Always, Proven::by(Proof::Passkey));
    assert!(matches!(always, Verdict::WrongKind { .. }), "{always:?}");
}

#[test]
fn what_is_risky_can_need_a_passkey_and_a_denial_never_does() {
    // REQ-WHO-03: `step_up` of a project's `risky`, without any rules.
    let risk = |pattern: &str, proof| gateway_domain::Risk {
        pattern: pattern.into(),
        why: "It leaves.".into(),
        proof,
    };
    let risks = vec![risk("git *", Proof::Claimed), risk("git push*", Proof::Passkey)];
    let mut story = Story::of(AskPolicy { risks, ..AskPolicy::default() }, "/work", None);
    story.asks("per_1", "git push").asks("per_2", "git status");
    let verdict = story.answers("web:anna", "per_1", Answer::Once, Proven::default());
    assert_eq!(verdict, &Verdict::NeedsProof { wanted: Proof::Passkey }, "of all that fit the strictest");
    assert!(is_first(story.answers("web:anna", "per_2", Answer::Once, Proven::default())));
    let denied = story.answers("web:anna", "per_1", Answer::Deny { reason: None }, Proven::default());
    assert_eq!(denied, &Verdict::Taken);
}

#[test]
fn what_needs_two_people_needs_them_also_when_it_is_late() {
    // REQ-ASK-07, REQ-ASK-10
    let risk = gateway_domain::Risk {
        pattern: "git push*".into(),
        why: "It leaves this machine.".into(),
        ..gateway_domain::Risk::default()
    };
    let mut story = Story::of(AskPolicy { risks: vec![risk], ..AskPolicy::default() }, "/work", None);
    story.asks("per_1", "git push").later(SignedDuration::from_secs(301));
    let state = |story: &Story| story.session.record().asks[0].state.clone();
    assert_eq!(state(&story), gateway_domain::AskState::TimedOut);
    assert!(is_first(story.answers("web:anna", "per_1", Answer::Once, Proven::default())));
    assert_eq!(state(&story), gateway_domain::AskState::TimedOut);
    assert_eq!(story.answers("web:ben", "per_1", Answer::Once, Proven::default()), &Verdict::TakenLate);
    assert_eq!(state(&story), gateway_domain::AskState::AllowedLate);
}
