//! Names of workspaces and repositories. They become folders, branches and words of a command, so they are checked
//! here before anything is done with them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest name: it is part of paths and of branch names.
pub const MAX_PLACE_NAME: usize = 64;

/// Words that Windows keeps for devices, with whatever extension; volumes are mounted there too.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// What names look like, for those who describe them. The words that are kept for others come besides.
pub const PLACE_NAME: &str = "^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$";

/// A name that is harmless as a folder, as part of a branch and as a word of a command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(with = "String", extend("pattern" = PLACE_NAME, "maxLength" = MAX_PLACE_NAME)))]
#[serde(try_from = "String", into = "String")]
pub struct PlaceName(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} cannot be a name: {why}. Use 1 to {MAX_PLACE_NAME} letters and digits, with single hyphens, dots or \
     underscores between them."
)]
pub struct BadPlaceName {
    name: String,
    why: &'static str,
}

impl PlaceName {
    pub fn parse(name: &str) -> Result<Self, BadPlaceName> {
        match objection(name) {
            None => Ok(Self(name.to_owned())),
            Some(why) => Err(BadPlaceName { name: name.chars().take(80).collect(), why }),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// On some volumes big and small letters are the same file.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn objection(name: &str) -> Option<&'static str> {
    let small = name.to_ascii_lowercase();
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let stem = small.split('.').next().unwrap_or_default();
    match () {
        () if name.is_empty() => Some("it is empty"),
        () if name.len() > MAX_PLACE_NAME => Some("it is too long"),
        () if !name.split(['-', '_', '.']).all(plain) => Some("it has characters where they are not taken"),
        () if small.ends_with(".lock") || small.ends_with(".git") => Some("git keeps such names for itself"),
        () if is_device(stem) => Some("Windows keeps this name for a device"),
        () => None,
    }
}

fn is_device(stem: &str) -> bool {
    let numbered = |kind: &str| {
        stem.strip_prefix(kind).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    };
    DEVICES.contains(&stem) || numbered("com") || numbered("lpt")
}

impl PlaceName {
    /// The same with a number behind it: `shop-2`. The first is the name itself.
    pub fn numbered(&self, n: usize) -> Self {
        if n < 2 {
            return self.clone();
        }
        let end = format!("-{n}");
        let room = MAX_PLACE_NAME.saturating_sub(end.len());
        let start: String = self.0.chars().take(room).collect();
        Self(format!("{}{end}", start.trim_end_matches(['-', '_', '.'])))
    }
}

impl fmt::Display for PlaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PlaceName {
    type Error = BadPlaceName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name)
    }
}

impl From<PlaceName> for String {
    fn from(PlaceName(name): PlaceName) -> Self {
        name
    }
}

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
pub fn workspace_name(project: Option<&str>, title: &str) -> PlaceName {
    let parts = [project.map(slug).unwrap_or_default(), slug(title)];
    let joined = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("-");
    let short: String = joined.chars().take(MAX_PLACE_NAME).collect();
    let short = short.trim_end_matches('-');
    // A title of signs only, or a device's name, still makes a name.
    PlaceName::parse(short)
        .or_else(|_| PlaceName::parse(&format!("work-{short}")))
        .unwrap_or_else(|_| PlaceName("work".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn plain_names_are_taken() {
        for name in ["shop-add-login", "web", "api.v2", "A_b", "0", &"a".repeat(64)] {
            assert_eq!(PlaceName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        // REQ-WORK-04
        let bad = [
            "",
            ".",
            "..",
            "../x",
            "a/../b",
            "/etc",
            "a/b",
            "a\\b",
            "-rf",
            "--upload-pack=x",
            "a..b",
            ".git",
            "x.git",
            "x.lock",
            ".hidden",
            "a.",
            "con",
            "NUL",
            "nul.txt",
            "Com1",
            "lpt9.log",
            "a--b",
            "a b",
            "a\0b",
            "a\nb",
            "ä",
            "a:b",
            "C:",
            "~",
            "$HOME",
            "a*",
            &"a".repeat(65),
        ];
        for name in bad {
            assert!(PlaceName::parse(name).is_err(), "{name:?}");
        }
        let told = PlaceName::parse("../x").unwrap_err().to_string();
        assert!(told.contains("\"../x\"") && told.contains("letters and digits"), "{told}");
    }

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

    #[test]
    fn the_next_free_name_has_a_number() {
        let name = PlaceName::parse("shop").unwrap();
        assert_eq!((name.numbered(1), name.numbered(2).as_str()), (name.clone(), "shop-2"));
        let long = PlaceName::parse(&format!("{}-b", "a".repeat(60))).unwrap().numbered(12);
        assert_eq!(PlaceName::parse(long.as_str()).unwrap(), long, "it is still a name");
    }

    proptest! {
        #[test]
        fn a_name_that_is_taken_stays_in_its_folder(name in "[-a-zA-Z0-9./\\\\ :~$\\x00-\\x1f]{0,12}") {
            // REQ-WORK-04
            if let Ok(name) = PlaceName::parse(&name) {
                let parts: Vec<_> = Path::new(name.as_str()).components().collect();
                prop_assert!(matches!(parts[..], [Component::Normal(_)]), "{:?}", parts);
                prop_assert!(!name.as_str().starts_with(['-', '.']));
            }
        }

        #[test]
        fn every_title_makes_a_name(project in proptest::option::of("\\PC{0,20}"), title in "\\PC{0,200}") {
            let name = workspace_name(project.as_deref(), &title);
            prop_assert!(PlaceName::parse(name.as_str()).is_ok(), "{}", name);
        }
    }
}
