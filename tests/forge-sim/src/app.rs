//! GitHub Apps: their keys, JWTs, installations and tokens.

use crate::chance::Chance;
use crate::rights::{Grant, Permissions};
use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// How far the app's clock may run ahead of ours.
const SKEW: i64 = 30;
const LONGEST_JWT: i64 = 600;
pub(crate) const TOKEN_LASTS: SignedDuration = SignedDuration::from_hours(1);

pub(crate) struct App {
    pub(crate) id: u64,
    pub(crate) slug: String,
    pub(crate) owner: String,
    pub(crate) key: &'static Key,
    pub(crate) hook: Hook,
    pub(crate) created: Timestamp,
}

/// Where an app's webhooks go.
#[derive(Default)]
pub(crate) struct Hook {
    pub(crate) url: Option<String>,
    pub(crate) secret: String,
}

pub(crate) struct Installation {
    pub(crate) id: u64,
    pub(crate) app: u64,
    pub(crate) account: String,
    /// None: all repositories of the account, later ones too.
    pub(crate) repositories: Option<BTreeSet<u64>>,
    pub(crate) permissions: Permissions,
    pub(crate) suspended: Option<Timestamp>,
    pub(crate) created: Timestamp,
}

pub(crate) enum Holder {
    Installation(Grant),
    Person(String),
}

pub(crate) struct Token {
    pub(crate) holder: Holder,
    pub(crate) expires: Option<Timestamp>,
}

pub(crate) struct Key {
    pub(crate) pem: String,
    public: Vec<u8>,
}

impl Key {
    /// Made once for each process: making one takes long.
    pub(crate) fn of_this_process() -> anyhow::Result<&'static Self> {
        static KEY: OnceLock<Result<Key, String>> = OnceLock::new();
        let made = KEY.get_or_init(|| Self::make().map_err(|error| format!("{error:#}")));
        made.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    fn make() -> anyhow::Result<Self> {
        let made = std::process::Command::new("openssl").args(["genrsa", "-traditional", "2048"]).output();
        let pem = String::from_utf8(made.context("the program openssl makes the app's key")?.stdout)?;
        let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = base64::engine::general_purpose::STANDARD.decode(lines.concat())?;
        let Ok(pair) = RsaKeyPair::from_der(&der) else { bail!("openssl made a key that can't be read") };
        Ok(Self { public: pair.public_key().as_ref().to_vec(), pem })
    }
}

impl App {
    /// `Err` says what GitHub says.
    pub(crate) fn verify(&self, jwt: &str, now: Timestamp) -> Result<(), &'static str> {
        const UNREADABLE: &str = "A JSON web token could not be decoded";
        let (signed, signature) = jwt.rsplit_once('.').ok_or(UNREADABLE)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| UNREADABLE)?;
        let (header, claims) = signed.split_once('.').ok_or(UNREADABLE)?;
        let (header, claims) = (part(header).ok_or(UNREADABLE)?, part(claims).ok_or(UNREADABLE)?);
        if header["alg"] != "RS256" {
            return Err(UNREADABLE);
        }
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.key.public);
        key.verify(signed.as_bytes(), &signature).map_err(|_| UNREADABLE)?;
        in_time(&claims, now.as_second())
    }
}

fn in_time(claims: &Value, now: i64) -> Result<(), &'static str> {
    let (issued, expires) = (claims["iat"].as_i64(), claims["exp"].as_i64());
    let issued = issued.ok_or("Missing 'issued at' claim ('iat') in assertion")?;
    let expires = expires.ok_or("Missing 'expiration' claim ('exp') in assertion")?;
    if issued > now + SKEW {
        return Err(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        );
    }
    if expires <= now {
        return Err(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        );
    }
    if expires > now + LONGEST_JWT + SKEW || expires - issued > LONGEST_JWT + 2 * SKEW + 60 {
        return Err("'Expiration time' claim ('exp') is too far in the future");
    }
    Ok(())
}

fn part(text: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The app that a JWT says it is of.
pub(crate) fn issuer(jwt: &str) -> Option<u64> {
    let claims = part(jwt.split('.').nth(1)?)?;
    claims["iss"].as_u64().or_else(|| claims["iss"].as_str()?.parse().ok())
}

/// The form since April 2026: `ghs_APP_JWT`, about 520 characters.
pub(crate) fn installation_token(app: u64, chance: &mut Chance) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","typ":"JWT"}"#);
    format!("ghs_{app}_{header}.{}.{}", chance.letters(380), chance.letters(86))
}

pub(crate) fn personal_token(chance: &mut Chance) -> String {
    let letters = chance.letters(36).replace(['-', '_'], "x");
    format!("ghp_{letters}")
}
