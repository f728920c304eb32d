//! Where secrets come from. Files are the better way: a variable is seen by whatever the process starts, and in crash reports.

use super::Variables;
use std::path::Path;

/// A secret that somebody else made.
pub(super) fn given_secret(
    variables: &Variables<'_>,
    name: &str,
    faults: &mut Vec<String>,
) -> Option<String> {
    if let Some(path) = variables(&format!("{name}_FILE")) {
        return read(&format!("{name}_FILE"), Path::new(&path), faults);
    }
    if let Some(folder) = variables("GATEWAY_SECRETS") {
        let path = Path::new(&folder).join(name);
        // Not each secret is in each cluster: one that nobody put there is not set.
        if path.exists() {
            return read("GATEWAY_SECRETS", &path, faults).filter(|text| !text.is_empty());
        }
    }
    variables(name)
}

fn read(named_by: &str, path: &Path, faults: &mut Vec<String>) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(error) => {
            faults.push(format!("{named_by}: {} cannot be read: {error}", path.display()));
            None
        }
    }
}

/// Short secrets can be guessed; ours are made by whoever sets the gateway up.
pub(super) fn secret(variables: &Variables<'_>, name: &str, faults: &mut Vec<String>) -> Option<String> {
    let value = given_secret(variables, name, faults);
    if value.as_ref().is_some_and(|value| value.len() < 16) {
        faults.push(format!("{name}: must have at least 16 characters; `openssl rand -hex 32` makes one."));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const OWN_FILE: &str = concat!("BRIDGE_TOKEN", "_FILE");

    fn given(pairs: &[(&str, &Path)], name: &str) -> (Option<String>, Vec<String>) {
        let map: HashMap<_, _> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.display().to_string())).collect();
        let mut faults = vec![];
        (given_secret(&|name| map.get(name).cloned(), name, &mut faults), faults)
    }

    #[test]
    fn a_secret_is_a_file_of_the_mounted_folder() {
        // REQ-HARD-06, M8: what is mounted is not in the environment.
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("BRIDGE_TOKEN"), "of-the-folder\n").unwrap();
        let own = folder.path().join("own");
        std::fs::write(&own, "of-its-own-file").unwrap();
        let (found, faults) = given(&[("GATEWAY_SECRETS", folder.path())], "BRIDGE_TOKEN");
        assert_eq!((found.as_deref(), faults.len()), (Some("of-the-folder"), 0));
        let (found, more) = given(&[("GATEWAY_SECRETS", folder.path())], "SLACK_BOT_TOKEN");
        assert_eq!((found, more.len()), (None, 0), "one that is not there is not set");
        let both = [("GATEWAY_SECRETS", folder.path()), (OWN_FILE, own.as_path())];
        assert_eq!(given(&both, "BRIDGE_TOKEN").0.as_deref(), Some("of-its-own-file"));
        let (_, faults) = given(&[(OWN_FILE, Path::new("/does/not/exist"))], "BRIDGE_TOKEN");
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("BRIDGE_TOKEN_FILE: /does/not/exist cannot be read"), "{faults:?}");
    }

    #[test]
    fn an_empty_file_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("SLACK_APP_TOKEN"), "\n").unwrap();
        assert_eq!(given(&[("GATEWAY_SECRETS", folder.path())], "SLACK_APP_TOKEN"), (None, vec![]));
    }
}
