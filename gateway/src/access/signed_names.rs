//! A proxy that signs whom it names, such as Cloudflare Access or Google's IAP: the token is checked with the keys that the
//! proxy publishes. They are looked up beside the requests, which wait for nothing.

use super::provider_http::ProviderHttp;
use super::proxy::SignedHeader;
use super::readable_name;
use crate::clock::Clock;
use gateway_domain::Person;
use gateway_proof::jwt::id_token::{self, IdToken, Nonce};
use gateway_proof::jwt::{Expected, KeySet, TokenFault};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};

/// How long keys are used, and how soon they are looked up again where a token names one that is not known.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(60);

pub(super) struct SignedNames {
    settings: SignedHeader,
    http: Result<ProviderHttp, String>,
    clock: Arc<dyn Clock>,
    known: Mutex<KnownKeys>,
}

#[derive(Default)]
struct KnownKeys {
    keys: Option<(Timestamp, Arc<KeySet>)>,
    asked: Option<Timestamp>,
    /// A token named a key that is not among them.
    wanted: bool,
}

impl SignedNames {
    pub(super) fn new(settings: SignedHeader, clock: Arc<dyn Clock>) -> Self {
        let http = ProviderHttp::new(settings.keys.starts_with("http://")).map_err(|error| error.to_string());
        Self { settings, http, clock, known: Mutex::default() }
    }

    /// Whom the token names: the subject is the account, the mail address beside it is for reading.
    pub(super) fn person(&self, token: &str) -> Result<Person, String> {
        let IdToken { subject, claims, .. } = self.read(token)?;
        let name = claims.text("email").or_else(|| claims.text("name")).unwrap_or(&subject);
        let name =
            readable_name(name).or_else(|| readable_name(&subject)).unwrap_or_else(|| "somebody".to_owned());
        Ok(Person { id: format!("proxy:{subject}"), name })
    }

    fn read(&self, token: &str) -> Result<IdToken, String> {
        let now = self.clock.now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = known.keys.as_ref().filter(|(at, _)| now.duration_since(*at) < KNOWN_FOR + ASK_AGAIN);
        let Some((_, keys)) = keys else {
            return Err("can't be checked: its keys are not known yet".to_owned());
        };
        let SignedHeader { issuer, audience, .. } = &self.settings;
        let expected = Expected { issuer, audience, now: now.as_second() };
        let read = id_token::read(token, keys, &expected, Nonce::NotAsked);
        known.wanted |= matches!(read, Err(TokenFault::UnknownKey(_)));
        read.map_err(|fault| format!("is not valid: {fault}"))
    }

    /// Looks the keys up when it is time.
    pub(super) async fn keep_up(&self) {
        let now = self.clock.now();
        if !self.is_time(now) {
            return;
        }
        match self.look_up().await {
            Ok(keys) => self.known().keys = Some((now, Arc::new(keys))),
            Err(why) => tracing::warn!(%why, "keys of the sign-in proxy can't be read"),
        }
    }

    fn is_time(&self, now: Timestamp) -> bool {
        let mut known = self.known();
        let rested = known.asked.is_none_or(|asked| now.duration_since(asked) >= ASK_AGAIN);
        let stale = known.keys.as_ref().is_none_or(|(at, _)| now.duration_since(*at) >= KNOWN_FOR);
        let is_time = rested && (stale || known.wanted);
        if is_time {
            (known.asked, known.wanted) = (Some(now), false);
        }
        is_time
    }

    async fn look_up(&self) -> Result<KeySet, String> {
        let text = self.http.as_ref().map_err(Clone::clone)?.document(&self.settings.keys).await?;
        KeySet::parse(&text).map_err(|error| error.to_string())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, KnownKeys> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Tokens that another library signed.
    const VECTORS: &str = include_str!("../../proof/src/jwt/vectors.json");

    struct Still(Timestamp);

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    #[test]
    fn only_what_the_proxy_signed_names_anybody() {
        // REQ-WHO-02, M6
        let vectors: Value = serde_json::from_str(VECTORS).unwrap();
        let now = Timestamp::from_second(vectors["now"].as_i64().unwrap()).unwrap();
        let settings = SignedHeader {
            issuer: "https://id.example.com".into(),
            audience: "gateway".into(),
            keys: "https://id.example.com/keys".into(),
        };
        let names = SignedNames::new(settings, Arc::new(Still(now)));
        let token = |group: &str, name: &str| vectors["id_tokens"][group][name].clone();
        let good = token("accepted", "RS256").as_str().unwrap().to_owned();
        assert!(names.person(&good).unwrap_err().contains("not known yet"));
        let keys = KeySet::parse(vectors["keys"].to_string().as_bytes()).unwrap();
        names.known().keys = Some((now, Arc::new(keys)));
        let person = names.person(&good).unwrap();
        assert_eq!((person.id.as_str(), person.name.as_str()), ("proxy:u-1001", "Anna"));
        for (name, refused) in vectors["id_tokens"]["refused"].as_object().unwrap() {
            // A proxy was asked for no nonce.
            if !name.contains("nonce") {
                assert!(names.person(refused[0].as_str().unwrap()).is_err(), "{name}");
            }
        }
        assert!(names.person("anna").is_err());
        assert!(names.is_time(now), "a key that nobody knows is looked for");
        names.person(token("refused", "a kid that nobody knows")[0].as_str().unwrap()).unwrap_err();
        assert!(!names.is_time(now), "once a minute");
    }
}
