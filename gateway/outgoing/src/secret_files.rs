//! Files that are secrets by their names.

const NAMES: &[&str] = &[
    ".env",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".git-credentials",
    ".htpasswd",
    ".dockercfg",
    ".pypirc",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "credentials.json",
    "client_secret.json",
    "kubeconfig",
    ".vault-token",
    "terraform.tfstate",
    "terraform.tfstate.backup",
];

const ENDS: &[&str] = &[".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk", ".key", ".asc.key", ".agekey"];

/// Folders whose files of these names are.
const PLACES: &[(&str, &str)] = &[
    (".aws", "credentials"),
    (".docker", "config.json"),
    (".kube", "config"),
    (".ssh", "config"),
    (".gnupg", "secring.gpg"),
];

/// What people write to show what such a file has in it.
const EXAMPLES: &[&str] = &["example", "sample", "template", "dist", "defaults", "schema", "test", "ci"];

pub(crate) const RULE: &str = "secret-file";

pub(crate) fn is_secret_file(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_example = name.split('.').any(|part| EXAMPLES.contains(&part));
    let is_environment = name.strip_prefix(".env.").is_some() || name.ends_with(".env") && name.len() > 4;
    let is_known = NAMES.contains(&name)
        || ENDS.iter().any(|end| name.ends_with(end))
        || PLACES.contains(&(folder, name))
        || is_environment;
    is_known && !is_example
}

#[cfg(test)]
mod tests {
    use super::is_secret_file;

    #[test]
    fn secret_files_are_known_by_their_names() {
        // REQ-DELIVER-06
        for path in [
            ".env",
            "web/.env.production",
            "deploy/id_rsa",
            "a/server.key",
            "x.P12",
            ".aws/credentials",
            "prod.env",
        ] {
            assert!(is_secret_file(path), "{path}");
        }
        for path in [
            ".env.example",
            "src/env.ts",
            "id_rsa.pub",
            "keys.md",
            "credentials.rs",
            ".env.sample",
            "monkey",
            "config.json",
        ] {
            assert!(!is_secret_file(path), "{path}");
        }
    }
}
