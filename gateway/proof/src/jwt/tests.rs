//! Tokens that another library made and signed (`vectors.json`): each is taken, or refused for the reason beside it.

use super::id_token::{self, Nonce};
use super::{Expected, KeySet, TokenFault, logout_token};
use serde_json::Value;

const VECTORS: &str = include_str!("vectors.json");

struct Vectors(Value);

impl Vectors {
    fn read() -> Self {
        Self(serde_json::from_str(VECTORS).unwrap())
    }

    fn keys(&self) -> KeySet {
        KeySet::parse(self.0["keys"].to_string().as_bytes()).unwrap()
    }

    fn expected(&self) -> Expected<'_> {
        let text = |name: &str| self.0[name].as_str().unwrap();
        Expected { issuer: text("issuer"), audience: text("audience"), now: self.0["now"].as_i64().unwrap() }
    }

    fn accepted(&self, kind: &str) -> Vec<(&str, &str)> {
        let all = self.0[kind]["accepted"].as_object().unwrap().iter();
        all.map(|(name, token)| (name.as_str(), token.as_str().unwrap())).collect()
    }

    /// Name, token, and how the fault begins.
    fn refused(&self, kind: &str) -> Vec<(&str, &str, &str)> {
        let all = self.0[kind]["refused"].as_object().unwrap().iter();
        all.map(|(name, told)| (name.as_str(), told[0].as_str().unwrap(), told[1].as_str().unwrap()))
            .collect()
    }

    fn id_token(&self, token: &str) -> Result<id_token::IdToken, TokenFault> {
        id_token::read(token, &self.keys(), &self.expected(), Nonce::Exactly("n-1"))
    }
}

#[test]
fn tokens_of_another_library_are_taken() {
    // REQ-WHO-02
    let vectors = Vectors::read();
    assert_eq!(vectors.keys().len(), 3, "what is not understood is left out");
    let all = vectors.accepted("id_tokens");
    assert!(all.len() >= 9);
    for (name, token) in all {
        let read = vectors.id_token(token).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!((read.subject.as_str(), read.session.as_deref()), ("u-1001", Some("s-1")), "{name}");
        assert_eq!(read.claims.texts("groups"), ["developers", "release"], "{name}");
        assert_eq!(read.auth_time, Some(vectors.expected().now - 5), "{name}");
    }
}

#[test]
fn each_tampered_token_is_refused_for_its_own_reason() {
    // REQ-WHO-02
    let vectors = Vectors::read();
    let all = vectors.refused("id_tokens");
    assert!(all.len() >= 38, "{}", all.len());
    for (name, token, why) in all {
        let fault = vectors.id_token(token).expect_err(name);
        assert!(format!("{fault:?}").starts_with(why), "{name}: {fault:?}");
    }
}

#[test]
fn a_token_that_was_cut_or_changed_anywhere_is_refused() {
    // REQ-WHO-02
    let vectors = Vectors::read();
    let (_, token) = vectors.accepted("id_tokens")[0];
    for at in (0..token.len()).step_by(7) {
        let mut changed = token.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(vectors.id_token(&changed).is_err(), "byte {at}");
        assert!(vectors.id_token(&token[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_refreshed_token_may_come_without_a_nonce() {
    // REQ-WHO-02
    let vectors = Vectors::read();
    let (_, token, _) = *vectors.refused("id_tokens").iter().find(|(name, ..)| *name == "no nonce").unwrap();
    assert!(id_token::read(token, &vectors.keys(), &vectors.expected(), Nonce::NotAsked).is_ok());
}

#[test]
fn without_a_kid_there_must_be_no_choice_of_keys() {
    // REQ-WHO-02
    let vectors = Vectors::read();
    let mut keys = vectors.0["keys"].clone();
    let mut twin = keys["keys"][2].clone();
    twin["kid"] = "ed-2".into();
    keys["keys"].as_array_mut().unwrap().push(twin);
    let keys = KeySet::parse(keys.to_string().as_bytes()).unwrap();
    let all = vectors.accepted("id_tokens");
    let (_, token) = *all.iter().find(|(name, _)| name.starts_with("no kid")).unwrap();
    let read = id_token::read(token, &keys, &vectors.expected(), Nonce::NotAsked);
    assert_eq!(read.unwrap_err(), TokenFault::UnknownKey(None));
}

#[test]
fn only_true_logout_tokens_end_anything() {
    // REQ-WHO-02
    let vectors = Vectors::read();
    let read = |token| logout_token::read(token, &vectors.keys(), &vectors.expected());
    for (name, token) in vectors.accepted("logout_tokens") {
        assert_eq!(read(token).unwrap_or_else(|fault| panic!("{name}: {fault}")).id, "j-1");
    }
    let refused = vectors.refused("logout_tokens");
    assert!(refused.len() >= 9);
    for (name, token, why) in refused {
        let fault = read(token).expect_err(name);
        assert!(format!("{fault:?}").starts_with(why), "{name}: {fault:?}");
    }
}

#[test]
fn what_is_no_key_set_is_told_and_odd_keys_are_left_out() {
    assert!(KeySet::parse(b"").is_err() && KeySet::parse(b"{}").is_err() && KeySet::parse(b"[]").is_err());
    let odd = br#"{"keys":[1,{"kty":"RSA","n":"","e":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"AA"},
        {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"enc"}]}"#;
    assert!(KeySet::parse(odd).unwrap().is_empty());
}
