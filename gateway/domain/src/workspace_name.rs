//! What a workspace is called: a title as a part of a name.

use crate::safe_name::{MAX_SAFE_NAME, SafeName};

/// Longest slug, so that it still reads as a name.
const MAX_SLUG: usize = 40;

/// Words that lead on to another: a name that was cut does not end with one.
const LEADING_ON: [&str; 20] = [
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "is", "of", "on", "or", "so", "that",
    "the", "to", "when", "with",
];

/// A title as a part of a name: `Add the login!` is `add-the-login`. Cut between words, where a phrase ends.
pub fn slug(title: &str) -> String {
    let plain =
        |word: &str| word.chars().flat_map(char::to_lowercase).filter(char::is_ascii).collect::<String>();
    let words = title.split(|c: char| !c.is_alphanumeric()).map(plain).filter(|word| !word.is_empty());
    let (mut kept, mut length, mut is_cut): (Vec<String>, usize, bool) = (vec![], 0, false);
    for word in words {
        let longer = length + word.len() + usize::from(!kept.is_empty());
        if longer > MAX_SLUG {
            is_cut = true;
            if kept.is_empty() {
                kept.push(word.chars().take(MAX_SLUG).collect());
            }
            break;
        }
        length = longer;
        kept.push(word);
    }
    while is_cut && kept.len() > 1 && kept.last().is_some_and(|word| LEADING_ON.contains(&word.as_str())) {
        kept.pop();
    }
    kept.join("-")
}

/// What a workspace is called if nobody says otherwise (REQ-START-12): the project's id and the title.
pub fn workspace_name(project: Option<&str>, title: &str) -> SafeName {
    let parts = [project.map(slug).unwrap_or_default(), slug(title)];
    let joined = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("-");
    let short: String = joined.chars().take(MAX_SAFE_NAME).collect();
    let short = short.trim_end_matches('-');
    // A title of signs only, or a device's name, still makes a name.
    SafeName::parse(short)
        .or_else(|_| SafeName::parse(&format!("work-{short}")))
        .unwrap_or_else(|_| SafeName("work".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_workspace_is_named_by_project_and_title() {
        // REQ-START-12
        assert_eq!(workspace_name(Some("shop"), "Add the login!").as_str(), "shop-add-the-login");
        assert_eq!(workspace_name(Some("P-007"), "Größe prüfen").as_str(), "p-007-gre-prfen");
        assert_eq!(workspace_name(None, "!!!").as_str(), "work");
        assert_eq!(workspace_name(None, "con").as_str(), "work-con");
    }

    #[test]
    fn a_long_title_is_cut_where_a_phrase_ends() {
        // UX S4: it was `1-fix-the-rounding-of-cart-totals-in-the`.
        let title = "Fix the rounding of cart totals in the checkout";
        assert_eq!(workspace_name(Some("1"), title).as_str(), "1-fix-the-rounding-of-cart-totals");
        assert_eq!(slug("Sign people in"), "sign-people-in", "what was not cut stays as it is");
    }

    proptest! {
        #[test]
        fn every_title_makes_a_name(project in proptest::option::of("\\PC{0,20}"), title in "\\PC{0,200}") {
            let name = workspace_name(project.as_deref(), &title);
            prop_assert!(SafeName::parse(name.as_str()).is_ok(), "{}", name);
        }
    }
}
