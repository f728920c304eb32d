//! Names and words that a team may set. Hubble's are the defaults.

use serde::{Deserialize, Serialize};

/// Longest prefix of a run's id.
const MAX_ID_PREFIX: usize = 8;
/// Longest prefix of a branch, with its slash: a slug has to fit behind it and the run's id.
const MAX_BRANCH_PREFIX: usize = 20;
/// Longest of the other words.
const MAX_WORDS: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preset {
    /// `HB` in `HB-20261128-k3f9`.
    pub id_prefix: String,
    /// `hubble/` in front of a branch's name.
    pub branch_prefix: String,
    /// What the pull request and its markers call us: `hubble`.
    pub name: String,
    /// What trailers of commits begin with: `Hubble` in `Hubble-Run`.
    pub trailer: String,
    pub motto: String,
}

/// Which word cannot be taken, and what it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} must be {rule}.")]
pub struct BadPreset {
    pub key: &'static str,
    pub rule: &'static str,
}

impl Default for Preset {
    fn default() -> Self {
        Self {
            id_prefix: "HB".to_owned(),
            branch_prefix: "hubble/".to_owned(),
            name: "hubble".to_owned(),
            trailer: "Hubble".to_owned(),
            motto: "Hubblers write; humans approve.".to_owned(),
        }
    }
}

impl Preset {
    /// The check run of our own. It says nothing about the work, so it never counts as CI.
    pub fn check_name(&self) -> String {
        format!("{} / delivery", self.name)
    }

    /// What stands in names, branches and markers has to be plain.
    pub fn check(&self) -> Result<(), BadPreset> {
        let bad = |key, rule| Err(BadPreset { key, rule });
        if !is_id_prefix(&self.id_prefix) {
            return bad("id_prefix", "1 to 8 capital letters and digits, a letter first");
        }
        let folder = self.branch_prefix.strip_suffix('/').unwrap_or_default();
        if !is_plain(folder, char::is_ascii_lowercase) || self.branch_prefix.len() > MAX_BRANCH_PREFIX {
            return bad(
                "branch_prefix",
                "at most 20 small letters, digits and hyphens, with a slash at its end",
            );
        }
        if !is_plain(&self.name, char::is_ascii_lowercase) || self.name.len() > MAX_BRANCH_PREFIX {
            return bad("name", "at most 20 small letters, digits and hyphens");
        }
        if !is_plain(&self.trailer, char::is_ascii_alphabetic) || self.trailer.len() > MAX_BRANCH_PREFIX {
            return bad("trailer", "at most 20 letters, digits and hyphens");
        }
        if self.motto.chars().count() > MAX_WORDS || self.motto.contains(char::is_control) {
            return bad("motto", "one line of at most 100 characters");
        }
        Ok(())
    }
}

pub(crate) fn is_id_prefix(prefix: &str) -> bool {
    let rest = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    prefix.len() <= MAX_ID_PREFIX
        && prefix.starts_with(|c: char| c.is_ascii_uppercase())
        && prefix.chars().all(rest)
}

/// Such letters, digits and single hyphens within.
fn is_plain(word: &str, letter: fn(&char) -> bool) -> bool {
    let fits = |c: char| letter(&c) || c.is_ascii_digit() || c == '-';
    !word.is_empty()
        && word.chars().all(fits)
        && !word.starts_with('-')
        && !word.ends_with('-')
        && !word.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_hubbles_and_can_be_taken() {
        // REQ-DELIVER-02
        let preset = Preset::default();
        assert_eq!(preset.check(), Ok(()));
        assert_eq!(preset.check_name(), "hubble / delivery");
        assert_eq!(preset.motto, "Hubblers write; humans approve.");
    }

    #[test]
    fn a_team_can_set_plain_words_and_no_others() {
        let with = |key: &str, value: &str| {
            let set = serde_json::json!({ key: value });
            serde_json::from_value::<Preset>(set).unwrap().check()
        };
        for (key, good) in
            [("id_prefix", "ACME2"), ("branch_prefix", "bot-2/"), ("name", "acme"), ("motto", "")]
        {
            assert_eq!(with(key, good), Ok(()), "{key}: {good}");
        }
        let bad = [
            ("id_prefix", ""),
            ("id_prefix", "hb"),
            ("id_prefix", "2HB"),
            ("id_prefix", "H-B"),
            ("id_prefix", "TOOLONGER"),
            ("branch_prefix", "hubble"),
            ("branch_prefix", "/"),
            ("branch_prefix", "../"),
            ("branch_prefix", "a//"),
            ("branch_prefix", "refs/heads/"),
            ("branch_prefix", "-x/"),
            ("name", "hub ble"),
            ("name", "a--b"),
            ("name", "-->"),
            ("trailer", "Hubble: x"),
            ("motto", "two\nlines"),
        ];
        for (key, bad) in bad {
            assert_eq!(with(key, bad).unwrap_err().key, key, "{bad}");
        }
        assert!(serde_json::from_str::<Preset>(r#"{"moto":"x"}"#).is_err(), "a slip of the pen is told");
    }
}
