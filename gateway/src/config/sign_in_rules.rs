//! How people sign in: a provider of OpenID Connect, a proxy in front, or the gateway's token.

use super::File;
use super::github_rule::GithubRule;
use crate::access::{self, ApiToken, OidcSettings, SignedHeader, TrustedProxy};
use axum::http::HeaderName;
use jiff::SignedDuration;
use reqwest::Url;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// How often a provider is asked whether a sign-in still holds.
pub(super) const RECHECK_SECONDS: u64 = 900;

/// `sign_in` in the file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Section {
    /// Whom the API's token lets in: `people`, under a name they choose, or `programs` only. With `programs` nobody
    /// is a person because of the token: no sign-in form, no links, no `X-Gateway-Person`.
    #[schemars(extend("default" = "people"))]
    token: TokenFor,
    /// A provider of OpenID Connect that proves who people are.
    oidc: Option<OidcRule>,
    /// GitHub, at github.com or at an organization's own; it can stand beside `oidc`.
    github: Option<GithubRule>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum TokenFor {
    #[default]
    People,
    Programs,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OidcRule {
    /// The provider's issuer, exactly as it writes it itself, such as `https://id.example.com`.
    issuer: String,
    /// The name under which the gateway is registered there. Its redirect address is `public_url` and
    /// `/sign-in/oidc/callback`.
    client_id: String,
    /// The file with the client's secret. Without it the gateway is a public client, which proves itself with PKCE alone.
    client_secret_file: Option<PathBuf>,
    /// What people know the provider as. Default: the issuer's host.
    name: Option<String>,
    /// The claim of the ID token with a person's groups, such as `groups`. Without it people have none.
    groups_claim: Option<String>,
    /// The scopes that are asked for. Default: `openid`, and of `profile`, `groups`, `offline_access` those that the provider
    /// offers.
    scopes: Option<Vec<String>>,
    /// Whether command lines can sign in (`gateway login`), if the provider has an endpoint for that.
    #[schemars(extend("default" = true))]
    device_flow: Option<bool>,
    /// How often the provider is asked whether a sign-in still holds, from 1 to 86400.
    #[schemars(extend("default" = RECHECK_SECONDS))]
    recheck_seconds: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProxyRule {
    /// The header in which the proxy names the person, such as `x-forwarded-user`. It must replace what clients send: a
    /// request with two of them is refused.
    header: String,
    /// The addresses that the proxy connects from. From anywhere else the header is ignored. A signed header needs none.
    #[serde(default)]
    from: Vec<IpAddr>,
    /// For a proxy that puts a signed token (JWT) into the header, such as Cloudflare Access or Google's IAP.
    signed: Option<SignedRule>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignedRule {
    /// Who signs, as the token's `iss` says it.
    issuer: String,
    /// Whom the token is for, as its `aud` says it.
    audience: String,
    /// Where the proxy publishes its keys (a JWK set).
    keys: String,
}

/// Whether somebody else than the gateway's token signs people in.
pub(super) fn is_set(file: &File) -> bool {
    file.trusted_proxy.is_some() || file.sign_in.oidc.is_some() || file.sign_in.github.is_some()
}

pub(super) fn access(
    file: &File,
    token: Option<String>,
    public_url: &str,
    faults: &mut Vec<String>,
) -> access::Config {
    let programs_only = file.sign_in.token == TokenFor::Programs;
    if programs_only && !is_set(file) {
        faults.push(
            "sign_in.token: with `programs` nobody could sign in; set `sign_in.oidc`, `sign_in.github` or `trusted_proxy`, or leave it out."
                .to_owned(),
        );
    }
    let oidc = file.sign_in.oidc.as_ref().and_then(|rule| oidc(rule, public_url, faults));
    let github = file.sign_in.github.as_ref().and_then(|rule| rule.read(file, public_url, faults));
    let config = access::Config::with(token.map(ApiToken::new), trusted_proxy(file, faults));
    access::Config { oidc, github, token_for_programs_only: programs_only, ..config }
}

fn oidc(rule: &OidcRule, public_url: &str, faults: &mut Vec<String>) -> Option<OidcSettings> {
    let before = faults.len();
    let mut add = |key: &str, why: &str| faults.push(format!("sign_in.oidc.{key}: {why}"));
    let issuer = address(&rule.issuer);
    if issuer.is_none() {
        add("issuer", "must be an https:// address without ? or #, exactly as the provider writes it.");
    }
    if rule.client_id.trim().is_empty() {
        add("client_id", "is empty; write the name under which the gateway is registered with the provider.");
    }
    if rule.scopes.as_ref().is_some_and(|scopes| !scopes.iter().any(|scope| scope == "openid")) {
        add("scopes", "must have `openid` among them.");
    }
    let seconds = rule.recheck_seconds.unwrap_or(RECHECK_SECONDS);
    if !(1..=86_400).contains(&seconds) {
        add("recheck_seconds", &format!("{seconds} is out of range; write 1 to 86400."));
    }
    let client_secret = rule.client_secret_file.as_deref().and_then(|path| match secret(path) {
        Ok(secret) => Some(secret),
        Err(why) => {
            add("client_secret_file", &why);
            None
        }
    });
    leads_back(public_url, faults);
    let name = rule.name.clone().or_else(|| issuer?.host_str().map(str::to_owned)).unwrap_or_default();
    (faults.len() == before).then(|| OidcSettings {
        issuer: rule.issuer.clone(),
        client_id: rule.client_id.clone(),
        client_secret,
        name,
        groups_claim: rule.groups_claim.clone(),
        scopes: rule.scopes.clone().unwrap_or_default(),
        device_flow: rule.device_flow.unwrap_or(true),
        recheck: SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)),
        public_url: public_url.to_owned(),
    })
}

/// What a provider sends people back to, with what signs them in.
pub(super) fn leads_back(public_url: &str, faults: &mut Vec<String>) {
    if address(public_url).is_none() {
        let fault = format!(
            "public_url: {public_url:?} is where the provider sends people back to; that must be an https:// address, or \
             one of this machine."
        );
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
}

/// One that nobody on the way can read: with TLS, or on this machine.
pub(super) fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (safe && bare && url.has_host()).then_some(url)
}

pub(super) fn secret(path: &Path) -> Result<SecretString, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    match text.trim() {
        "" => Err(format!("{} is empty.", path.display())),
        secret => Ok(SecretString::from(secret)),
    }
}

fn trusted_proxy(file: &File, faults: &mut Vec<String>) -> Option<TrustedProxy> {
    let ProxyRule { header, from, signed } = file.trusted_proxy.as_ref()?;
    let Ok(header) = HeaderName::try_from(header.as_str()) else {
        faults.push(format!(
            "trusted_proxy.header: {header:?} is not a valid header name. Example: x-forwarded-user."
        ));
        return None;
    };
    if from.is_empty() && signed.is_none() {
        faults
            .push("trusted_proxy.from: names no address; write those that the proxy comes from.".to_owned());
    }
    let signed = signed.as_ref().map(|rule| signed_header(rule, faults));
    Some(TrustedProxy { header, from: from.clone(), signed })
}

fn signed_header(rule: &SignedRule, faults: &mut Vec<String>) -> SignedHeader {
    let SignedRule { issuer, audience, keys } = rule;
    if address(keys).is_none() {
        faults.push(format!("trusted_proxy.signed.keys: {keys:?} must be an https:// address of a JWK set."));
    }
    for (key, value) in [("issuer", issuer), ("audience", audience)] {
        if value.is_empty() {
            faults.push(format!("trusted_proxy.signed.{key}: is empty; the proxy's documentation names it."));
        }
    }
    SignedHeader { issuer: issuer.clone(), audience: audience.clone(), keys: keys.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn load(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let (path, secret) = (folder.path().join("gateway.yaml"), folder.path().join("secret"));
        std::fs::write(&path, text.replace("SECRET", secret.to_str().unwrap())).unwrap();
        std::fs::write(&secret, "geheim-und-lang\n").unwrap();
        let path = path.to_str().unwrap().to_owned();
        let read = Config::from(&|name| (name == "GATEWAY_CONFIG").then(|| path.clone()));
        read.map_err(|faults| faults.to_string())
    }

    #[test]
    fn a_provider_is_read_and_its_secret_is_never_shown() {
        // REQ-WHO-02
        let config = load(
            "public_url: https://gateway.example.com\nsign_in:\n  token: programs\n  oidc: { issuer: 'https://id.example.com', \
             client_id: gateway, client_secret_file: SECRET, groups_claim: groups }\n",
        )
        .unwrap();
        let oidc = config.access.oidc.as_ref().unwrap();
        assert_eq!((oidc.name.as_str(), oidc.recheck), ("id.example.com", SignedDuration::from_mins(15)));
        assert!(oidc.client_secret.is_some() && config.access.token_for_programs_only);
        assert!(!format!("{config:?}").contains("geheim"));
    }

    #[test]
    fn what_does_not_fit_is_named_all_at_once() {
        // REQ-WHO-02
        let told = load(
            "public_url: http://gateway.example.com\nsign_in:\n  oidc: { issuer: 'http://id.example.com', client_id: '', \
             client_secret_file: /does/not/exist, scopes: [profile], recheck_seconds: 0 }\n",
        )
        .unwrap_err();
        for part in [
            "sign_in.oidc.issuer (line 3): must be an https:// address",
            "sign_in.oidc.client_id",
            "sign_in.oidc.client_secret_file",
            "sign_in.oidc.scopes",
            "sign_in.oidc.recheck_seconds",
            "public_url (line 1)",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        let told = load("trusted_proxy: { header: x-user }").unwrap_err();
        assert!(told.contains("trusted_proxy.from"), "{told}");
        let signed = "trusted_proxy: { header: x-user, signed: { issuer: '', audience: a, keys: 'http://far.test/' } }";
        let told = load(signed).unwrap_err();
        assert!(told.contains("signed.issuer") && told.contains("signed.keys"), "{told}");
        let told = load("sign_in: { token: programs }").unwrap_err();
        assert!(told.contains("nobody could sign in"), "{told}");
        let told = load("sign_in: { oidc: { issuer: 'https://id.example.com' } }").unwrap_err();
        assert!(told.contains("client_id"), "{told}");
    }

    #[test]
    fn a_provider_of_this_machine_needs_no_tls() {
        let text =
            "sign_in:\n  oidc: { issuer: 'http://localhost:4000', client_id: gateway, name: Example }\n";
        let oidc = load(text).unwrap().access.oidc.unwrap();
        assert_eq!((oidc.name.as_str(), oidc.public_url.as_str()), ("Example", "http://localhost:8000"));
    }
}
