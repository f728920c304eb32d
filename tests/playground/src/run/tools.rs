//! What the person's tools need in a HOME that is the agent's: where toolchains lie, which certificates, proxies and
//! registries there are, and whose name commits have. Keys are not among it.

use std::path::Path;
use std::process::Command;

/// Toolchains that are looked for below HOME where nothing else is said.
const BELOW_HOME: [(&str, &str); 6] = [
    ("RUSTUP_HOME", ".rustup"),
    ("PYENV_ROOT", ".pyenv"),
    ("RBENV_ROOT", ".rbenv"),
    ("NODENV_ROOT", ".nodenv"),
    ("ASDF_DATA_DIR", ".asdf"),
    ("MISE_DATA_DIR", ".local/share/mise"),
];

/// What a person set, as it is.
const AS_IT_IS: [&str; 28] = [
    "RUSTUP_TOOLCHAIN",
    "JAVA_HOME",
    "DOTNET_ROOT",
    "NVM_DIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NIX_SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "CARGO_HTTP_CAINFO",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "NPM_CONFIG_REGISTRY",
    "npm_config_registry",
    "PIP_INDEX_URL",
    "PIP_FIND_LINKS",
    "UV_DEFAULT_INDEX",
    "GOPROXY",
    "GOFLAGS",
];

pub(super) fn variables(home: &Path, variable: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let below = BELOW_HOME.iter().filter_map(|(name, folder)| {
        let folder = home.join(folder);
        let found = variable(name).or_else(|| folder.is_dir().then(|| folder.display().to_string()))?;
        Some((*name, found))
    });
    let given = AS_IT_IS.iter().filter_map(|name| Some((*name, variable(name)?)));
    let all = below.chain(given).filter(|(_, value)| !holds_a_password(value));
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// As in `https://name:password@host`: that is a key.
fn holds_a_password(value: &str) -> bool {
    let mut hosts = value.split("://").skip(1).filter_map(|rest| rest.split(['/', ',', ' ']).next());
    hosts.any(|host| host.contains('@'))
}

/// The name that commits have, as the person's git knows it. What else their git does stays theirs.
pub(super) fn person() -> Vec<(String, String)> {
    let known = |key: &str| {
        let output = Command::new("git").args(["config", "--global", "--get", key]).output().ok()?;
        let value = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (!value.is_empty()).then(|| (key.to_owned(), value))
    };
    ["user.name", "user.email"].into_iter().filter_map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn tools_are_found_where_the_person_has_them_and_addresses_with_a_password_stay_theirs() {
        // REQ-GATE-07
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".rustup")).unwrap();
        let set = |name: &str| match name {
            "PYENV_ROOT" => Some("/opt/pyenv".to_owned()),
            "HTTPS_PROXY" => Some("http://ann:secret@proxy:3128".to_owned()),
            "PIP_INDEX_URL" => Some("https://pypi.example.org/simple".to_owned()),
            "GOPROXY" => Some("https://go.example.org,https://ann:secret@other.example.org".to_owned()),
            "A_KEY" => Some("secret".to_owned()),
            _ => None,
        };
        let rustup = home.path().join(".rustup").display().to_string();
        let expected = [
            ("RUSTUP_HOME", rustup.as_str()),
            ("PYENV_ROOT", "/opt/pyenv"),
            ("PIP_INDEX_URL", "https://pypi.example.org/simple"),
        ];
        let found = variables(home.path(), set);
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, expected);
    }
}
