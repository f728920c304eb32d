//! What is picked for the agent or the model of a start, as an option of the form names it.

/// A choice between what is suggested, OpenCode's own, and one by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// Decided when it starts.
    #[default]
    Suggested,
    Own,
    Named(String),
}

impl Pick {
    pub fn encode(&self) -> String {
        match self {
            Self::Suggested => "suggested".to_owned(),
            Self::Own => "own".to_owned(),
            Self::Named(name) => format!("={name}"),
        }
    }

    /// A form of an older version has no such field: nothing of OpenCode's is changed then.
    pub fn decode(value: Option<&str>) -> Self {
        match value {
            Some("suggested") => Self::Suggested,
            Some(value) => value.strip_prefix('=').map_or(Self::Own, |name| Self::Named(name.to_owned())),
            None => Self::Own,
        }
    }

    pub fn is(&self, name: &str) -> bool {
        matches!(self, Self::Named(own) if own == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pick_is_read_as_it_was_written() {
        // REQ-START-05
        for pick in [Pick::Suggested, Pick::Own, Pick::Named("own".into()), Pick::Named("a/b:c=d".into())] {
            assert_eq!(Pick::decode(Some(&pick.encode())), pick);
        }
        assert_eq!(Pick::decode(None), Pick::Own);
        assert_eq!(Pick::decode(Some("newer")), Pick::Own);
    }
}
