//! Names of workspaces and repositories. They become folders, branches and words of a command, so they are checked
//! here before anything is done with them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest name: it is part of paths and of branch names.
pub const MAX_SAFE_NAME: usize = 64;

/// Words that Windows keeps for devices, with whatever extension; volumes are mounted there too.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// What names look like, for those who describe them. The words that are kept for others come besides.
pub const SAFE_NAME_PATTERN: &str = "^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$";

/// A name that is harmless as a folder, as part of a branch and as a word of a command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(with = "String", extend("pattern" = SAFE_NAME_PATTERN, "maxLength" = MAX_SAFE_NAME)))]
#[serde(try_from = "String", into = "String")]
pub struct SafeName(pub(crate) String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} is not a valid name: {why}. Use 1 to {MAX_SAFE_NAME} letters and digits, with single hyphens, dots or \
     underscores between them."
)]
pub struct UnsafeName {
    name: String,
    why: &'static str,
}

impl SafeName {
    pub fn parse(name: &str) -> Result<Self, UnsafeName> {
        match objection(name) {
            None => Ok(Self(name.to_owned())),
            Some(why) => Err(UnsafeName { name: name.chars().take(80).collect(), why }),
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
        () if name.len() > MAX_SAFE_NAME => Some("it is too long"),
        () if !name.split(['-', '_', '.']).all(plain) => Some("it has characters that aren't allowed there"),
        () if small.ends_with(".lock") || small.ends_with(".git") => Some("git reserves such names"),
        () if is_device(stem) => Some("Windows reserves this name for a device"),
        () => None,
    }
}

fn is_device(stem: &str) -> bool {
    let numbered = |kind: &str| {
        stem.strip_prefix(kind).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    };
    DEVICES.contains(&stem) || numbered("com") || numbered("lpt")
}

impl SafeName {
    /// The same with a number behind it: `shop-2`. The first is the name itself.
    pub fn numbered(&self, n: usize) -> Self {
        if n < 2 {
            return self.clone();
        }
        let end = format!("-{n}");
        let room = MAX_SAFE_NAME.saturating_sub(end.len());
        let start: String = self.0.chars().take(room).collect();
        Self(format!("{}{end}", start.trim_end_matches(['-', '_', '.'])))
    }
}

impl fmt::Display for SafeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SafeName {
    type Error = UnsafeName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name)
    }
}

impl From<SafeName> for String {
    fn from(SafeName(name): SafeName) -> Self {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn plain_names_are_taken() {
        for name in ["shop-add-login", "web", "api.v2", "A_b", "0", &"a".repeat(64)] {
            assert_eq!(SafeName::parse(name).unwrap().as_str(), name);
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
            assert!(SafeName::parse(name).is_err(), "{name:?}");
        }
        let told = SafeName::parse("../x").unwrap_err().to_string();
        assert!(told.contains("\"../x\"") && told.contains("letters and digits"), "{told}");
    }

    #[test]
    fn the_next_free_name_has_a_number() {
        let name = SafeName::parse("shop").unwrap();
        assert_eq!((name.numbered(1), name.numbered(2).as_str()), (name.clone(), "shop-2"));
        let long = SafeName::parse(&format!("{}-b", "a".repeat(60))).unwrap().numbered(12);
        assert_eq!(SafeName::parse(long.as_str()).unwrap(), long, "it is still a name");
    }

    proptest! {
        #[test]
        fn a_name_that_is_taken_stays_in_its_folder(name in "[-a-zA-Z0-9./\\\\ :~$\\x00-\\x1f]{0,12}") {
            // REQ-WORK-04
            if let Ok(name) = SafeName::parse(&name) {
                let parts: Vec<_> = Path::new(name.as_str()).components().collect();
                prop_assert!(matches!(parts[..], [Component::Normal(_)]), "{:?}", parts);
                prop_assert!(!name.as_str().starts_with(['-', '.']));
            }
        }
    }
}
