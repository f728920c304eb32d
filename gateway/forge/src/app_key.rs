//! The app's private key, and the short-lived proof that is signed with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::fmt;

/// So far back it is dated, for a clock that is ahead of the forge's.
const BACK: i64 = 60;
/// It lasts so long from now: with what it is dated back, less than the ten minutes that are allowed.
const LASTS: i64 = 530;

/// An app and its key.
pub struct AppKey {
    app: u64,
    /// Large, and moved about.
    pair: Box<RsaKeyPair>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error(
        "The app's key isn't a private key in PEM. Use the file that GitHub handed out when the key was created."
    )]
    NotPem,
    #[error("The app's key isn't an RSA key of 2048 bits or more. Make a new one in the app's settings.")]
    NotRsa,
}

impl AppKey {
    /// PKCS#1, as GitHub hands it out, or PKCS#8.
    pub fn from_pem(app: u64, pem: &SecretString) -> Result<Self, KeyFault> {
        let der =
            PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()).map_err(|_| KeyFault::NotPem)?;
        let pair = match &der {
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            _ => return Err(KeyFault::NotRsa),
        };
        Ok(Self { app, pair: Box::new(pair.map_err(|_| KeyFault::NotRsa)?) })
    }

    pub fn app(&self) -> u64 {
        self.app
    }

    pub(crate) fn jwt(&self, now: Timestamp) -> Result<SecretString, KeyFault> {
        let now = now.as_second();
        let claims = json!({ "iat": now - BACK, "exp": now + LASTS, "iss": self.app.to_string() });
        let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let text = format!("{}.{}", encode(&json!({ "alg": "RS256", "typ": "JWT" })), encode(&claims));
        let mut signature = vec![0; self.pair.public().modulus_len()];
        // What is signed doesn't depend on it: it only blinds the computation.
        let blinding = SystemRandom::new();
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &blinding, text.as_bytes(), &mut signature);
        signed.map_err(|_| KeyFault::NotRsa)?;
        Ok(SecretString::from(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

/// It says whose key it is, and no more.
impl fmt::Debug for AppKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AppKey").field("app", &self.app).finish_non_exhaustive()
    }
}
