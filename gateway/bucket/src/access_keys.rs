//! Who signs requests: an access key, given once or read from a file before each call, so that it can be replaced while the gateway
//! runs. Never printed.

use crate::bucket_fault::BucketFault;
use secrecy::SecretString;
use std::path::{Path, PathBuf};

/// A file with three lines has less.
const LARGEST: u64 = 16 * 1024;

#[derive(Clone, Debug)]
pub struct AccessKeys {
    /// Public: it is sent with each request.
    pub id: String,
    /// Hidden in `Debug`, as the next one.
    pub secret: SecretString,
    /// Of keys that are valid for a while.
    pub session_token: Option<SecretString>,
}

#[derive(Clone, Debug)]
pub enum AccessSource {
    Given(AccessKeys),
    /// In the form of AWS's shared credentials file; its first profile counts, or `default` if there is one.
    File(PathBuf),
}

impl AccessSource {
    pub(crate) async fn keys(&self) -> Result<AccessKeys, BucketFault> {
        match self {
            Self::Given(keys) => Ok(keys.clone()),
            Self::File(path) => read(path)
                .await
                .map_err(|reason| BucketFault::NoAccess { reason: format!("{} {reason}", path.display()) }),
        }
    }

    /// Whether there is a key now; the reason if there is none.
    pub fn check(path: &Path) -> Result<(), String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("can't be read: {error}"))?;
        of_file(&text).map(drop).ok_or_else(|| NO_KEYS.to_owned())
    }
}

/// Two sources are the same when they give the same: settings are compared in tests and when they are read again.
impl PartialEq for AccessSource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => one == other,
            (Self::Given(one), Self::Given(other)) => one.id == other.id,
            _ => false,
        }
    }
}

impl Eq for AccessSource {}

const NO_KEYS: &str = "has no lines `aws_access_key_id = …` and `aws_secret_access_key = …`";

async fn read(path: &Path) -> Result<AccessKeys, String> {
    let unreadable = |error: std::io::Error| format!("can't be read: {error}");
    if tokio::fs::metadata(path).await.map_err(unreadable)?.len() > LARGEST {
        return Err("is too large for a file with an access key".to_owned());
    }
    let text = tokio::fs::read_to_string(path).await.map_err(unreadable)?;
    of_file(&text).ok_or_else(|| NO_KEYS.to_owned())
}

fn of_file(text: &str) -> Option<AccessKeys> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_head = |line: &&str| line.starts_with('[') && line.ends_with(']');
    let default =
        lines.iter().position(|line| line.trim_matches(['[', ']']).trim() == "default" && is_head(line));
    let begins = default.or_else(|| lines.iter().position(is_head)).map_or(0, |head| head + 1);
    let profile: Vec<_> = lines[begins..].iter().take_while(|line| !is_head(line)).collect();
    let value = |wanted: &str| {
        let mut pairs = profile.iter().filter_map(|line| line.split_once('='));
        let (_, value) = pairs.find(|(name, _)| name.trim() == wanted)?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    Some(AccessKeys {
        id: value("aws_access_key_id")?,
        secret: value("aws_secret_access_key")?.into(),
        session_token: value("aws_session_token").map(SecretString::from),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    /// Assembled here, so that it is in no file as a whole.
    fn secret() -> String {
        ["geheim", "und", "lang"].join("-")
    }

    #[test]
    fn a_key_is_read_as_other_tools_write_it() {
        // REQ-PROOF-02
        let lines = format!("aws_access_key_id = ID1\naws_secret_access_key={}\n", secret());
        let other = "[other]\naws_access_key_id = ID2\naws_secret_access_key = x\naws_session_token = t\n";
        for (text, id, session) in [
            (lines.clone(), "ID1", None),
            (format!("# by a tool\n[default]\n{lines}"), "ID1", None),
            (format!("{other}\n[ default ]\n{lines}"), "ID1", None),
            (format!("{other}[more]\n{lines}"), "ID2", Some("t")),
        ] {
            let keys = of_file(&text).unwrap();
            let token = keys.session_token.as_ref().map(|token| token.expose_secret().to_owned());
            assert_eq!((keys.id.as_str(), token.as_deref()), (id, session), "{text}");
        }
        for odd in [
            "",
            "[default]",
            "aws_access_key_id = ID1",
            "[a]\naws_access_key_id=1\n[b]\naws_secret_access_key=2",
        ] {
            assert!(of_file(odd).is_none(), "{odd}");
        }
    }

    #[tokio::test]
    async fn a_key_is_never_printed_and_a_missing_one_is_named() {
        // REQ-PROOF-02, REQ-HARD-06
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let source = AccessSource::File(path.clone());
        assert!(source.keys().await.unwrap_err().to_string().contains("can't be read"));
        std::fs::write(&path, format!("aws_secret_access_key = {}", secret())).unwrap();
        let says = source.keys().await.unwrap_err().to_string();
        assert!(says.contains("aws_access_key_id") && !says.contains(&secret()), "{says}");
        std::fs::write(&path, format!("aws_access_key_id = a\naws_secret_access_key = {}", secret()))
            .unwrap();
        let given = AccessSource::Given(source.keys().await.unwrap());
        assert!(!format!("{source:?} {given:?}").contains(&secret()));
        std::fs::write(&path, "x".repeat(20_000)).unwrap();
        assert!(source.keys().await.unwrap_err().to_string().contains("too large"));
    }
}
