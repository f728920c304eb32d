//! How far deliveries go now. It is on disk, and read before each write: whoever turns it stops what comes next (REQ-DELIVER-16).

use gateway_delivery::Mode;
use gateway_domain::SafeName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Its name among the deliveries' files.
const FILE: &str = "switch";

#[derive(Debug, Default)]
pub(super) struct Switch(Mutex<Stored>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stored {
    /// Without one only the configuration counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    most: Option<Mode>,
    /// Repositories of which a person said that they have no CI.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    without_ci: BTreeSet<String>,
}

impl Switch {
    /// What can't be read lets nothing leave.
    pub(super) fn of(text: Option<&str>) -> Self {
        let off = || Stored { most: Some(Mode::Off), ..Stored::default() };
        let stored =
            text.map_or_else(Stored::default, |text| serde_json::from_str(text).unwrap_or_else(|_| off()));
        Self(Mutex::new(stored))
    }

    pub(super) fn is_its_file(name: &str) -> bool {
        name == FILE
    }

    pub(super) fn file() -> Option<SafeName> {
        SafeName::parse(FILE).ok()
    }

    pub(super) fn most(&self) -> Mode {
        self.stored().most.unwrap_or(Mode::Full)
    }

    pub(super) fn has_no_ci(&self, repository: &str) -> bool {
        self.stored().without_ci.contains(repository)
    }

    /// To be stored before it is set.
    pub(super) fn turned(&self, most: Mode) -> Stored {
        Stored { most: Some(most), ..self.stored() }
    }

    pub(super) fn without_ci(&self, repository: &str) -> Stored {
        let mut stored = self.stored();
        stored.without_ci.insert(repository.to_owned());
        stored
    }

    pub(super) fn set(&self, stored: Stored) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stored;
    }

    fn stored(&self) -> Stored {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Stored {
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// By the word that people write.
pub(super) fn mode(word: &str) -> Option<Mode> {
    match word {
        "off" => Some(Mode::Off),
        "shadow" => Some(Mode::Shadow),
        "draft" => Some(Mode::Draft),
        "full" => Some(Mode::Full),
        _ => None,
    }
}

pub(super) fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Shadow => "shadow",
        Mode::Draft => "draft",
        Mode::Full => "full",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_that_cannot_be_read_lets_nothing_leave() {
        // REQ-DELIVER-16
        assert_eq!(Switch::of(None).most(), Mode::Full);
        let switch = Switch::of(Some(r#"{"most":"shadow"}"#));
        assert_eq!(switch.most(), Mode::Shadow);
        switch.set(switch.without_ci("acme/shop"));
        let again = Switch::of(Some(&switch.turned(Mode::Draft).text()));
        assert_eq!((again.most(), again.has_no_ci("acme/shop")), (Mode::Draft, true));
        assert_eq!(Switch::of(Some("{")).most(), Mode::Off);
        assert_eq!(Switch::of(Some(r#"{"most":"everything"}"#)).most(), Mode::Off);
    }

    #[test]
    fn each_mode_has_a_word() {
        for known in [Mode::Off, Mode::Shadow, Mode::Draft, Mode::Full] {
            assert_eq!(mode(word(known)), Some(known));
        }
    }
}
