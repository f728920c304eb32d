//! Break-glass: the few who can override the rules, loudly, one ask at a time.

use super::*;
use gateway_domain::{AuditEntry, BreakGlass, OutcomeTone};

fn glass() -> Option<BreakGlass> {
    Some(BreakGlass { by: "owners".into(), proof: Proof::Account, tell: None, review_within: None })
}

fn story() -> Story {
    let shop = Rule {
        break_glass: glass(),
        risky: Some(risky("release")),
        ..rule("shop", repository("web"), "release")
    };
    Story::of(policy(vec![shop]), "/work/shop", None)
}

fn breaking(reason: Option<&str>) -> Proven {
    Proven { break_glass: true, reason: reason.map(str::to_owned), ..Proven::by(Proof::Account) }
}

fn audited(story: &Story) -> Vec<&AuditEntry> {
    story
        .last
        .iter()
        .filter_map(|effect| if let Effect::Audit(entry) = effect { Some(entry) } else { None })
        .collect()
}

#[test]
fn one_of_the_few_overrides_with_a_reason_and_everyone_sees_it() {
    // REQ-RULES-05
    let mut story = story();
    story.wrote(&account("dora")).asks("per_1", "git push origin main").asks("per_2", "git push origin next");
    let verdict = story.answers(&account("dora"), "per_1", Answer::Once, breaking(Some("The shop is down.")));
    assert_eq!(verdict, &Verdict::Taken, "alone, and though she wrote to the agent");
    let entries = audited(&story);
    assert_eq!((entries[0].what.as_str(), entries[0].told.human.as_str()), ("broke glass", "dora"));
    assert_eq!(entries[0].told.reason, "The shop is down.");
    assert!(entries[0].told.rule[0].starts_with("shop@"), "{:?}", entries[0].told.rule);
    let note = &story.session.record().notes[0].text;
    assert!(note.contains("overrode the rules") && note.contains("The shop is down."), "{note}");
    let outcome = story.session.record().asks[0].display().outcome.unwrap();
    assert_eq!(
        (outcome.tone, outcome.label.as_str()),
        (OutcomeTone::Good, "Allowed once, against the rules")
    );
    // It was for that one.
    assert!(is_refused(story.allows(&account("dora"), "per_2")));
}

#[test]
fn nobody_else_overrides_nothing_without_a_reason_and_nothing_for_longer() {
    // REQ-RULES-05
    let mut story = story();
    story.asks("per_1", "make");
    for (name, answer, proven) in [
        ("dora", Answer::Once, breaking(None)),
        ("dora", Answer::Once, breaking(Some(" \u{200b}"))),
        ("dora", Answer::Always, breaking(Some("I want to."))),
        ("anna", Answer::Once, breaking(Some("I want to."))),
        ("dora", Answer::Once, Proven { proof: Proof::Claimed, ..breaking(Some("I want to.")) }),
    ] {
        assert!(
            is_refused(story.answers(&account(name), "per_1", answer.clone(), proven)),
            "{name} {answer:?}"
        );
    }
    let mut unknown = Story::of(
        policy(vec![Rule { break_glass: glass(), ..rule("shop", repository("web"), "release") }]),
        "/elsewhere",
        None,
    );
    unknown.asks("per_1", "make");
    let verdict = unknown.answers(&account("dora"), "per_1", Answer::Once, breaking(Some("Now.")));
    assert!(is_refused(verdict), "where no rule holds there is none to override");
    let mut without = Story::of(AskPolicy::default(), "/work", None);
    without.asks("per_1", "make");
    assert!(is_refused(without.answers("web:anna", "per_1", Answer::Once, breaking(Some("Now.")))));
}

#[test]
fn a_rule_without_it_is_never_overridden() {
    // REQ-RULES-05
    let shop = Rule { break_glass: glass(), ..rule("shop", repository("web"), "release") };
    let mut story =
        Story::of(policy(vec![shop, rule("all", repository("*"), "developers")]), "/work/shop", None);
    story.asks("per_1", "make");
    assert!(is_refused(story.answers(&account("dora"), "per_1", Answer::Once, breaking(Some("Now.")))));
}
