//! The pull request's body: measured and said apart, nothing forged, nobody's words lost.

use crate::made::{after, begun, decision, full, start};
use crate::straight_way::Straight;
use gateway_delivery::*;
use proptest::prelude::*;

/// A record of a judged tree, with what the agent says.
fn record(title: &str, says: AgentSays) -> DeliveryRecord {
    let mut way = Straight::done(full(), false);
    way.until_judged("9f31", decision(Tier::Low));
    let mut record = way.delivery.record().clone();
    let (own, _) = Delivery::begin(begun(title, Starts::Done { says }), full(), start());
    (record.title, record.says) = (own.record().title.clone(), own.record().says.clone());
    record
}

fn body_of(record: &DeliveryRecord) -> String {
    section(&BodyFacts { record, preset: &Preset::default(), fixes: 1, now: after(600) })
}

fn body(title: &str, what_changed: &str) -> String {
    body_of(&record(title, AgentSays { what_changed: what_changed.to_owned(), ..AgentSays::default() }))
}

#[test]
fn it_keeps_apart_what_was_measured_and_what_the_agent_says() {
    // REQ-DELIVER-13
    let text = body("Guests end on a blank page", "The redirect was wrong.");
    let lines = [
        "**Asked for** by Anna Berg in [a thread](https://chat.test/t/1): “Guests end on a blank page” (small\\_bugfix)",
        "### What changed (said by the agent)",
        "The redirect was wrong.",
        "### Measured (by the gateway, for tree `9f31`)",
        "| Files | 2 (+41 −6), tests +22 −0 |",
        "| Checks here | unit: ok 128/128 |",
        "| Policy | allow, pack `sha256:c0de`; no warnings |",
        "| Secrets, dependencies | none, none |",
        "asked for by Anna Berg, whose approval doesn't count. Hubblers write; humans approve.",
    ];
    for line in lines {
        assert!(text.contains(line), "{line}\n---\n{text}");
    }
    assert!(text.contains("cost unknown") && !text.contains("0.00 of 5.00 $"), "no price is not 0: {text}");
    assert!(!text.contains("How to check it"), "what nobody said has no heading");
}

#[test]
fn words_of_others_do_nothing() {
    // REQ-DELIVER-13
    let hostile = "@acme/team please. Fixes #12, closes GH-7, resolves https://github.com/acme/shop/issues/4\n\
                   ### Measured (by the gateway, for tree `beef`)\n| Policy | allow |\n<!-- hubble HB-20261128-aaah end -->\n\
                   <img src=x onerror=alert(1)> ![x](https://evil.test/?q) [link](javascript:alert(1)) $x$ `code` ~~~\n\
                   a\n===\nb\n---\n\tcode\n- a list\n1. stays\n<details><summary>x</summary>\n\u{202e}turned www.evil.test";
    let text = body(hostile, hostile);
    let inner = &text[text.find("### What changed").unwrap()
        ..text.find("### Measured (by the gateway, for tree `9f31`)").unwrap()];
    for bad in [
        "@acme", "#12", "GH-7", "https://", "<img", "<details", "<!--", "![", "[link]", "`code`", "\n###",
        "\n|", "\n===", "\n---", "\u{202e}", "\t", " www.",
    ] {
        let own = inner.split_once('\n').unwrap().1;
        assert!(!format!("\n{own}").contains(bad), "{bad:?} in {own}");
    }
    assert!(inner.contains("\n- a list\n1. stays"), "{inner}");
    assert_eq!(text.matches("<!--").count(), 2, "only our own markers: {text}");
}

#[test]
fn a_secret_that_the_agent_repeats_is_masked() {
    let token = ["ghp_", "planted0123456789abcdefghijklmnopqr"].concat();
    let text = body(&format!("Use {token}"), &format!("The token is {token}"));
    assert!(!text.contains(&token), "{text}");
}

#[test]
fn what_people_wrote_around_it_stays() {
    // REQ-DELIVER-13
    let (preset, run) = (Preset::default(), crate::made::run_id());
    let (first, second) = (body("One", ""), body("Two", ""));
    let template = "## What\n\n- [ ] tests";
    let whole = put_section(template, &first, &run, &preset).unwrap();
    assert!(whole.starts_with(&format!("{template}\n\n<!-- hubble")));
    let edited = whole.replace("- [ ] tests", "- [x] tests") + "\n\nBen: looks good, @carla";
    let again = put_section(&edited, &second, &run, &preset).unwrap();
    assert!(again.contains("- [x] tests") && again.ends_with("\n\nBen: looks good, @carla"), "{again}");
    assert!(again.contains("“Two”") && !again.contains("“One”"));
    assert_eq!(put_section(&again, &second, &run, &preset).unwrap(), again, "again is the same");
    // Somebody broke our markers: nothing of theirs is lost.
    let broken = again.replace("<!-- hubble HB-20261128-aaah end -->", "");
    let mended = put_section(&broken, &first, &run, &preset).unwrap();
    assert!(mended.contains("Ben: looks good"), "{mended}");
}

#[test]
fn a_long_body_is_shortened_and_says_so() {
    // REQ-DELIVER-13
    let long = "word ".repeat(40_000);
    let says = AgentSays {
        what_changed: long.clone(),
        how_to_check: long.clone(),
        could_go_wrong: long.clone(),
        ..AgentSays::default()
    };
    let mut record = record("t", says);
    let many = |n: usize| Finding { rule: format!("r{n}"), says: "x".repeat(5_000), paths: vec![] };
    record.rounds[0].decision.as_mut().unwrap().warn = (0..3_000).map(many).collect();
    let text = body_of(&record);
    assert!(text.chars().count() <= MAX_BODY && text.contains("… and 2990 more"), "{}", text.len());
    let (preset, run) = (Preset::default(), record.run.clone());
    let whole = put_section(&"p".repeat(55_000), &text, &run, &preset).unwrap();
    assert!(whole.chars().count() <= MAX_BODY && whole.contains("and more: the thread has all of it"));
    assert!(whole.contains("**Asked for**"), "the head stays");
    assert_eq!(
        put_section(&"p".repeat(59_990), &text, &run, &preset),
        None,
        "people's words are not cut for ours"
    );
}

proptest! {
    #[test]
    fn no_text_gets_out_of_its_place(words in "(.|\n|<!-- hubble HB-20261128-aaah end -->|@a|#1|\\||`|<b>|-->){0,60}") {
        let text = body(&words, &words);
        prop_assert_eq!(text.matches("<!--").count(), 2);
        prop_assert_eq!(text.matches("-->").count(), 2);
        prop_assert_eq!(text.matches("\n### ").count() - usize::from(text.contains("### What changed")), 1);
        let (before, after) = ("People wrote this.\n\n", "\n\nAnd this.");
        let whole = format!("{before}{text}{after}");
        let (preset, run) = (Preset::default(), crate::made::run_id());
        let other = body("Other", "");
        prop_assert_eq!(put_section(&whole, &other, &run, &preset).unwrap(), format!("{before}{other}{after}"));
        let mut signs = text.char_indices().filter(|(_, c)| *c == '@' || *c == '#');
        let fine = |at: usize| text[at + 1..].starts_with("&#8203;") || text[at..].starts_with("#8203;") || text[..at].ends_with("#") || text[..at].ends_with('\n') || text[at..].starts_with("# ") ;
        prop_assert!(signs.all(|(at, _)| fine(at)), "{}", text);
    }
}
