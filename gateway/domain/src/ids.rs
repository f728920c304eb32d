//! Ids that come from outside are checked here before anything is done with them.

use std::fmt;

/// The shortest id that is taken.
const MIN: usize = 8;
/// The longest id that is taken; OpenCode's have 30 characters.
const MAX: usize = 128;

/// A session's id, known to be harmless in paths, logs and queries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Not a session id. It must have {MIN} to {MAX} characters: letters, digits, '_' and '-'.")]
pub struct InvalidId;

impl SessionId {
    pub fn parse(id: &str) -> Result<Self, InvalidId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if (MIN..=MAX).contains(&id.len()) && id.bytes().all(plain) {
            return Ok(Self(id.to_owned()));
        }
        Err(InvalidId)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_plain_ids_and_refuses_all_others() {
        // REQ-ASK-11
        assert!(SessionId::parse("ses_e0441ef4affecyhAco2zz4wCtY").is_ok());
        for bad in ["", "short", "seven_7", "../../etc/passwd", "ses_12345\n", "ses 12345678", "sés_12345678"]
        {
            assert_eq!(SessionId::parse(bad), Err(InvalidId), "{bad:?}");
        }
        assert!(SessionId::parse(&"a".repeat(129)).is_err());
    }
}
