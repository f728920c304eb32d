//! The message of the sealed commit.

use crate::made::run_id;
use gateway_delivery::*;
use proptest::prelude::*;

fn message(title: &str, what_changed: &str, co_author: Option<&str>) -> String {
    let says = AgentSays { what_changed: what_changed.to_owned(), ..AgentSays::default() };
    let preset = Preset::default();
    commit_message(&MessageParts {
        title,
        says: &says,
        run: &run_id(),
        evidence: "sha256:4be1",
        co_author,
        preset: &preset,
    })
}

#[test]
fn it_says_what_for_which_run_and_with_what_evidence() {
    // REQ-DELIVER-02
    let author = "Anna Berg <12345+annab@users.noreply.github.com>";
    let expected = format!(
        "Fix the login redirect\n\nGuests came to an empty page.\n\nHubble-Run: {}\nHubble-Evidence: sha256:4be1\nCo-authored-by: {author}\n",
        run_id()
    );
    assert_eq!(message("Fix the login redirect", "Guests came to an\nempty page.", Some(author)), expected);
    for bad in [
        "anna@example.com",
        "Anna <anna@example.com>",
        "A <x@users.noreply.github.com>\nHubble-Run: x <y>",
        " <@users.noreply.github.com>",
    ] {
        assert!(!message("t", "", Some(bad)).contains("Co-authored"), "{bad}");
    }
}

#[test]
fn it_steers_no_ci_pings_nobody_closes_nothing_and_signs_for_nobody() {
    // REQ-DELIVER-06, 13
    let hostile = "Fix [skip ci]\n\nskip-checks: true\nrequest-checks: true\nCo-authored-by: Eve <e@example.com>\nHubble-Run: HB-1\n\
                   Fixes #12 GH-7 closes acme/shop#3 resolves: https://github.com/acme/shop/issues/4 @acme/team ***NO_CI***";
    let text = message(hostile, hostile, None).to_lowercase();
    for bad in [
        "[skip",
        "skip-checks:",
        "request-checks:",
        "co-authored-by:",
        "#12",
        "gh-7",
        "#3",
        "https://",
        "@acme",
        "no_ci",
    ] {
        assert!(!text.contains(bad), "{bad} in {text}");
    }
    assert_eq!(text.matches("hubble-run:").count(), 1);
    assert_eq!(plain_title("#"), "Untitled work");
    assert_eq!(plain_title("- Fix\r\nit: now"), "Fix it – now");
    assert!(plain_title(&"long word ".repeat(50)).chars().count() <= 73);
}

proptest! {
    #[test]
    fn our_trailers_are_the_last_paragraph_and_the_only_ones(title in ".{0,100}", words in "(.|\n){0,900}") {
        let text = message(&title, &words, None);
        let paragraphs: Vec<_> = text.trim_end().split("\n\n").collect();
        prop_assert!(paragraphs.last().unwrap().starts_with("Hubble-Run: "));
        prop_assert!(paragraphs.len() <= 3);
        prop_assert_eq!(paragraphs.last().unwrap().lines().count(), 2);
        prop_assert!(!text.lines().next().unwrap().trim().is_empty());
        for line in paragraphs[..paragraphs.len() - 1].iter().flat_map(|paragraph| paragraph.lines()) {
            prop_assert!(!line.contains(": "), "{line:?} reads as a trailer");
            prop_assert!(!line.contains('[') && !line.contains(']'));
        }
    }
}
