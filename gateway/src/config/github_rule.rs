//! `sign_in.github`: GitHub as the place where people sign in, and whom of all that have an account there.

use super::File;
use super::people_table::{GITHUB_COM, github_accounts};
use super::sign_in_rules::{RECHECK_SECONDS, address, leads_back, secret};
use crate::access::{GithubSettings, LetsIn};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GithubRule {
    /// The ID of the OAuth app that the gateway is registered as. Its callback address is `public_url` and
    /// `/sign-in/github/callback`.
    client_id: String,
    /// The file with a secret of that app.
    client_secret_file: PathBuf,
    /// Where people sign in. Something else for an organization's own GitHub, such as `https://github.example.com`.
    #[schemars(extend("default" = "https://github.com"))]
    url: Option<String>,
    /// Where programs ask that GitHub. Default: `https://api.github.com`, or `url` and `/api/v3`; for `https://NAME.ghe.com`
    /// it is `https://api.NAME.ghe.com`.
    api_url: Option<String>,
    /// What people know it as.
    #[schemars(extend("default" = "GitHub"))]
    name: Option<String>,
    /// Who is let in: `people` whose number is in the table `people`, or `everyone` who has an account there. Everyone is
    /// refused at github.com, where anyone can have one.
    #[schemars(extend("default" = "people"))]
    let_in: Option<LetInRule>,
    /// How often GitHub is asked whether a person is still there, from 60 to 86400.
    #[schemars(extend("default" = RECHECK_SECONDS))]
    recheck_seconds: Option<u64>,
    /// Whether command lines can sign in (`gateway login`). "Enable Device Flow" has to be on in the app's settings at GitHub.
    #[schemars(extend("default" = true))]
    device_flow: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum LetInRule {
    People,
    Everyone,
}

impl GithubRule {
    pub(super) fn read(
        &self,
        file: &File,
        public_url: &str,
        faults: &mut Vec<String>,
    ) -> Option<GithubSettings> {
        let before = faults.len();
        leads_back(public_url, faults);
        let mut add = |key: &str, why: &str| faults.push(format!("sign_in.github.{key}: {why}"));
        let url = self.url.as_deref().unwrap_or("https://github.com").trim_end_matches('/');
        let host = address(url).and_then(|url| Some((url.host_str()?.to_owned(), url.port())));
        let host = host.map(|(host, port)| port.map_or(host.clone(), |port| format!("{host}:{port}")));
        let host = host.unwrap_or_else(|| {
            add("url", "must be an https:// address without ? or #.");
            String::new()
        });
        let api_url = self.api_url.clone().unwrap_or_else(|| api_of(url, &host));
        if address(&api_url).is_none() {
            add("api_url", "must be an https:// address without ? or #.");
        }
        if self.client_id.trim().is_empty() {
            add("client_id", "is empty; write the ID of the OAuth app that the gateway is registered as.");
        }
        let client_secret = secret(&self.client_secret_file);
        if let Err(why) = &client_secret {
            add("client_secret_file", why);
        }
        let seconds = self.recheck_seconds.unwrap_or(RECHECK_SECONDS);
        if !(60..=86_400).contains(&seconds) {
            add("recheck_seconds", &format!("{seconds} is out of range; write 60 to 86400."));
        }
        let is_public = is_github_com(&host)
            || address(&api_url).is_some_and(|url| url.host_str().is_some_and(is_github_com));
        let lets_in = self.lets_in(file, &host, is_public, &mut add);
        let client_secret = client_secret.ok()?;
        (faults.len() == before).then(|| GithubSettings {
            url: url.to_owned(),
            api_url: api_url.trim_end_matches('/').to_owned(),
            host,
            client_id: self.client_id.clone(),
            client_secret,
            name: self.name.clone().unwrap_or_else(|| "GitHub".to_owned()),
            lets_in,
            recheck: SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)),
            public_url: public_url.to_owned(),
            device_flow: self.device_flow.unwrap_or(true),
        })
    }

    fn lets_in(&self, file: &File, host: &str, is_public: bool, add: &mut impl FnMut(&str, &str)) -> LetsIn {
        let listed = github_accounts(file, host);
        match self.let_in.unwrap_or(LetInRule::People) {
            LetInRule::Everyone if is_public => add(
                "let_in",
                "at github.com anyone can have an account; name the people with their accounts in `people`.",
            ),
            LetInRule::Everyone => return LetsIn::Everyone,
            LetInRule::People if listed.is_empty() && !host.is_empty() => {
                let host = if host == GITHUB_COM { String::new() } else { format!(", host: {host}") };
                let example = format!("{{ github: 583231{host} }}");
                add(
                    "let_in",
                    &format!(
                        "nobody could sign in: add an account such as `{example}` to someone in `people`."
                    ),
                );
            }
            LetInRule::People => {}
        }
        LetsIn::Listed(listed)
    }
}

/// Where anyone can have an account.
fn is_github_com(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == GITHUB_COM || host.ends_with(".github.com")
}

/// Where GitHub's programs are, as its documentation has it.
fn api_of(url: &str, host: &str) -> String {
    match host {
        GITHUB_COM => "https://api.github.com".to_owned(),
        host if host.ends_with(".ghe.com") => format!("https://api.{host}"),
        _ => format!("{url}/api/v3"),
    }
}

#[cfg(test)]
mod tests {
    use crate::access::LetsIn;
    use crate::config::Config;
    use std::collections::BTreeSet;

    fn load(github: &str, people: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let (path, secret) = (folder.path().join("gateway.yaml"), folder.path().join("secret"));
        std::fs::write(&secret, "geheim-und-lang\n").unwrap();
        let text = format!(
            "public_url: https://gateway.example.com\npeople: {people}\nsign_in:\n  github: {{ client_id: Ov23abc, \
             client_secret_file: '{}'{github} }}\n",
            secret.display()
        );
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        let read = Config::from(&|name| (name == "GATEWAY_CONFIG").then(|| path.clone()));
        read.map_err(|faults| faults.to_string())
    }

    #[test]
    fn github_lets_in_those_whose_numbers_are_listed_and_nobody_else() {
        // REQ-WHO-02
        let config =
            load("", "{ dora: { accounts: [{ github: 583231 }, { github: 7, host: ghe.example.com }] } }")
                .unwrap();
        let github = config.access.github.as_ref().unwrap();
        assert_eq!(
            (github.url.as_str(), github.api_url.as_str()),
            ("https://github.com", "https://api.github.com")
        );
        assert_eq!(github.lets_in, LetsIn::Listed(BTreeSet::from([583_231])), "7 is another GitHub's");
        assert_eq!(config.policies.standard.people.human_of("github:github.com#583231"), Some("dora"));
        assert_eq!(config.policies.standard.people.human_of("github:ghe.example.com#7"), Some("dora"));
        assert!(!format!("{config:?}").contains("geheim"));
        let own = ", url: 'https://ghe.example.com/', let_in: everyone";
        let github = load(own, "{}").unwrap().access.github.unwrap();
        assert_eq!(
            (github.api_url.as_str(), github.lets_in),
            ("https://ghe.example.com/api/v3", LetsIn::Everyone)
        );
        let github =
            load(", url: 'https://acme.ghe.com', let_in: everyone", "{}").unwrap().access.github.unwrap();
        assert_eq!(github.api_url, "https://api.acme.ghe.com");
    }

    #[test]
    fn what_would_let_in_anybody_or_nobody_is_refused() {
        // REQ-WHO-02
        let dora = "{ dora: { accounts: [{ github: 583231 }] } }";
        for (github, people, told) in [
            ("", "{}", "sign_in.github.let_in: nobody could sign in"),
            (", url: 'https://ghe.example.com'", dora, "host: ghe.example.com"),
            (", let_in: everyone", dora, "at github.com anyone can have an account"),
            (", let_in: everyone, url: 'https://www.github.com'", dora, "anyone can have an account"),
            (", let_in: everyone, url: 'https://github.com.'", dora, "anyone can have an account"),
            (
                ", let_in: everyone, url: 'https://x.test', api_url: 'https://api.github.com'",
                dora,
                "anyone can have",
            ),
            (", url: 'http://ghe.example.com'", dora, "sign_in.github.url"),
            (", api_url: 'http://api.github.com'", dora, "sign_in.github.api_url"),
            (", recheck_seconds: 1", dora, "sign_in.github.recheck_seconds"),
            ("", "{ a: { accounts: [{ github: 1, host: x, web: a }] } }", "write one account"),
            ("", "{ a: { accounts: [{ host: github.com }] } }", "write one account"),
            (
                "",
                "{ a: { accounts: [{ github: 5 }] }, b: { accounts: [{ github: 5 }] } }",
                "belongs to a already",
            ),
        ] {
            let faults = load(github, people).unwrap_err();
            assert!(faults.contains(told), "{told} in {faults}");
        }
    }
}
