//! Where a change goes, and how one signs in there. The token is asked for when it is needed, and stands in the environment
//! of one program for as long as that runs: never in an argument, an address, a file or a log.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateway_domain::MASK;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::Arc;

/// Signs that no address of a repository has.
const ODD: &str = "@\\\"'`<>{}|^#?*";

type TokenSource = Arc<dyn Fn() -> SecretString + Send + Sync>;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The repository's address can't be used: {0}.")]
pub struct RemoteFault(&'static str);

#[derive(Clone)]
pub struct Remote {
    address: String,
    /// The part of it that the header is for: `https://host:port/`.
    scope: String,
    token: Option<TokenSource>,
}

impl Remote {
    pub fn new(address: &str) -> Result<Self, RemoteFault> {
        if address.chars().any(|sign| sign.is_whitespace() || sign.is_control() || ODD.contains(sign)) {
            return Err(RemoteFault("it has signs that don't belong there"));
        }
        let (scheme, rest) =
            address.split_once("://").ok_or(RemoteFault("it doesn't begin with https://"))?;
        let (authority, path) = rest.split_once('/').ok_or(RemoteFault("it names no repository"))?;
        let starts = authority.starts_with(|sign: char| sign.is_ascii_alphanumeric() || sign == '[');
        match scheme {
            _ if !starts || path.is_empty() => return Err(RemoteFault("it names no repository")),
            "https" => {}
            "http" if is_this_machine(authority) => {}
            "http" => {
                return Err(RemoteFault("http would show the token to everyone on the way; use https"));
            }
            _ => return Err(RemoteFault("it doesn't begin with https://")),
        }
        Ok(Self { address: address.to_owned(), scope: format!("{scheme}://{authority}/"), token: None })
    }

    /// As GitHub takes tokens of apps and of people.
    pub fn with_token(self, token: impl Fn() -> SecretString + Send + Sync + 'static) -> Self {
        Self { token: Some(Arc::new(token)), ..self }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn protocol(&self) -> &str {
        self.scope.split("://").next().unwrap_or_default()
    }

    pub(crate) fn sign_in(&self) -> Option<SignIn> {
        let token = self.token.as_ref()?();
        let basic = STANDARD.encode(format!("x-access-token:{}", token.expose_secret()));
        let key = format!("http.{}.extraHeader", self.scope);
        let header = SecretString::from(format!("Authorization: Basic {basic}"));
        Some(SignIn { key, header, basic: SecretString::from(basic), token })
    }
}

/// It says where it goes, and no more.
impl fmt::Debug for Remote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Remote")
            .field("address", &self.address)
            .field("signs_in", &self.token.is_some())
            .finish()
    }
}

/// A setting of git, for one host only.
pub(crate) struct SignIn {
    pub(crate) key: String,
    pub(crate) header: SecretString,
    basic: SecretString,
    token: SecretString,
}

impl SignIn {
    /// The text without the token, in whichever of its forms.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        let forms = [&self.basic, &self.token];
        let long = forms.into_iter().map(|form| form.expose_secret()).filter(|form| !form.is_empty());
        long.fold(text.to_owned(), |text, form| text.replace(form, MASK))
    }
}

fn is_this_machine(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    matches!(host, "127.0.0.1" | "::1" | "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_no_secrets_and_no_surprises() {
        // REQ-DELIVER-04
        for address in [
            "https://github.test/o/r.git",
            "https://ghe.test:8443/o/r",
            "http://127.0.0.1:3000/o/r.git",
            "http://[::1]:9/a",
        ] {
            assert!(Remote::new(address).is_ok(), "{address}");
        }
        for address in [
            "https://x-access-token:abc@github.test/o/r.git",
            "http://github.test/o/r.git",
            "http://127.0.0.1.evil.test/o/r.git",
            "http://localhost@evil.test/o",
            "ssh://git@github.test/o/r.git",
            "git@github.test:o/r.git",
            "ext::sh -c id",
            "file:///etc",
            "/srv/git/r.git",
            "--upload-pack=id",
            "https://",
            "https:///o/r",
            "https://github.test/",
            "https://-oProxyCommand=id/x",
            "https://github.test/o/r.git\nx",
            "https://github.test\\@evil.test/o",
        ] {
            assert!(Remote::new(address).is_err(), "{address}");
        }
    }

    #[test]
    fn nobody_reads_the_token_from_what_is_printed() {
        // REQ-DELIVER-04
        let token = ["gh", "s_", "notarealone"].concat();
        let given = token.clone();
        let remote = Remote::new("https://github.test/o/r").unwrap().with_token(move || given.clone().into());
        assert!(!format!("{remote:?}").contains(&token));
        let sign_in = remote.sign_in().unwrap();
        assert_eq!(sign_in.key, "http.https://github.test/.extraHeader");
        let basic = STANDARD.encode(format!("x-access-token:{token}"));
        let shown = sign_in.hidden_in(&format!("failed with {token} and {basic}"));
        assert_eq!(shown, format!("failed with {MASK} and {MASK}"));
    }
}
