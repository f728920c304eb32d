//! What is accepted, and that each change to it is refused.

use super::stage::{Authenticator, SITE, Touch};
use super::statement::challenge;
use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

const STATEMENT: &str = r#"{"answer":"once","ask":"per_1","person":"anna"}"#;

fn refused(change: impl FnOnce(&mut Authenticator)) -> PasskeyFault {
    let mut authenticator = Authenticator::new();
    change(&mut authenticator);
    authenticator.touch(STATEMENT).check(STATEMENT, &authenticator.key(), 0).unwrap_err()
}

#[test]
fn a_new_passkey_is_read_and_its_touch_counts() {
    // REQ-WHO-03
    let authenticator = Authenticator::new();
    let made = authenticator.register("{}").unwrap();
    assert_eq!((&made.key, made.id.len(), made.counter), (&authenticator.key(), 16, 1));
    assert_eq!(CoseKey::read(&made.cose), Ok(made.key.clone()));
    assert!(!made.may_be_copied);
    assert_eq!(authenticator.touch(STATEMENT).check(STATEMENT, &made.key, 0), Ok(1));
}

#[test]
fn it_counts_for_its_own_statement_only() {
    // REQ-WHO-03
    let authenticator = Authenticator::new();
    let touch = authenticator.touch(STATEMENT);
    for (from, to) in [("per_1", "per_2"), ("once", "always"), ("anna", "mallory")] {
        let other = STATEMENT.replace(from, to);
        assert_eq!(touch.check(&other, &authenticator.key(), 0), Err(PasskeyFault::Challenge), "{to}");
    }
    assert_eq!(touch.check(STATEMENT, &Authenticator::new().key(), 0), Err(PasskeyFault::Signature));
    let registration = authenticator.register(STATEMENT);
    assert!(registration.is_ok());
    let assertion = Assertion {
        authenticator_data: &authenticator.attestation(),
        client_data_json: &touch.client_data_json,
        signature: &touch.signature,
    };
    assert!(assertion.check(&challenge(STATEMENT), &SITE, &authenticator.key(), 0).is_err());
}

#[test]
fn it_counts_in_our_own_page_only() {
    // REQ-WHO-03: a page on a child name may ask for our passkeys, so the origin is compared exactly.
    for origin in [
        "https://pod-a.gateway.example.com",
        "https://gateway.example.com:8443",
        "http://gateway.example.com",
        "https://gateway.example.com.evil.test",
        "https://GATEWAY.example.com",
        "https://gateway.example.com/",
    ] {
        let fault = refused(|it| it.client["origin"] = json!(origin));
        assert_eq!(fault, PasskeyFault::Origin(origin.to_owned()));
    }
    assert_eq!(refused(|it| it.client["crossOrigin"] = json!(true)), PasskeyFault::Embedded);
    assert_eq!(refused(|it| it.client["topOrigin"] = json!(SITE.origin)), PasskeyFault::Embedded);
    assert_eq!(refused(|it| it.rp_id = "example.com"), PasskeyFault::Site);
    assert_eq!(
        refused(|it| it.client["type"] = json!("webauthn.create")),
        PasskeyFault::Type("webauthn.get")
    );
}

#[test]
fn it_counts_only_if_the_person_was_there_and_known_to_it() {
    // REQ-WHO-03
    assert_eq!(refused(|it| it.flags = 0b001), PasskeyFault::NotVerified);
    assert_eq!(refused(|it| it.flags = 0b100), PasskeyFault::NotTouched);
    assert!(
        matches!(refused(|it| it.flags = 0b1_0101), PasskeyFault::Malformed(_)),
        "a copy that may not be one"
    );
    assert!(
        matches!(refused(|it| it.flags = 0b0100_0101), PasskeyFault::Malformed(_)),
        "a key that is not there"
    );
    let mut quiet = Authenticator::new();
    quiet.flags = 0b001;
    assert_eq!(quiet.register("{}").unwrap_err(), PasskeyFault::NotVerified);
}

#[test]
fn a_counter_that_steps_back_is_told_from_one_that_never_counts() {
    // REQ-WHO-03
    let mut authenticator = Authenticator::new();
    let at = |authenticator: &Authenticator, before| {
        authenticator.touch(STATEMENT).check(STATEMENT, &authenticator.key(), before)
    };
    assert_eq!(at(&authenticator, 1), Err(PasskeyFault::Counter { before: 1, now: 1 }));
    assert_eq!(at(&authenticator, 7), Err(PasskeyFault::Counter { before: 7, now: 1 }));
    authenticator.counter = 0;
    assert_eq!(at(&authenticator, 0), Ok(0));
    assert_eq!(at(&authenticator, 7), Err(PasskeyFault::Counter { before: 7, now: 0 }));
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    // REQ-WHO-03
    let authenticator = Authenticator::new();
    let Touch { authenticator_data, client_data_json, signature } = authenticator.touch(STATEMENT);
    let changed = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    let check = |touch: Touch| touch.check(STATEMENT, &authenticator.key(), 0);
    for at in 0..authenticator_data.len() {
        let authenticator_data = changed(&authenticator_data, at);
        let (client_data_json, signature) = (client_data_json.clone(), signature.clone());
        assert!(check(Touch { authenticator_data, client_data_json, signature }).is_err(), "data {at}");
    }
    for at in 0..client_data_json.len() {
        let client_data_json = changed(&client_data_json, at);
        let (authenticator_data, signature) = (authenticator_data.clone(), signature.clone());
        assert!(check(Touch { authenticator_data, client_data_json, signature }).is_err(), "client {at}");
    }
    for at in 0..signature.len() {
        let signature = changed(&signature, at);
        let (authenticator_data, client_data_json) = (authenticator_data.clone(), client_data_json.clone());
        assert!(check(Touch { authenticator_data, client_data_json, signature }).is_err(), "signature {at}");
    }
}

const RSA_N: &str = "1WIqjGU8duJlZF6TnSU1BI3aZTyMCETFXdK39XnWot6KP5I4jT6elgHEdRJ1ZHezEUmsKh6WkoF_tXML5kmjBgA1Vvd6GSd048iXnVOeJ9yd0Ld7nzCtt2HM2JPzcrhisqwQAvEgsie5Wc8hrqOecmfFtqDt4r-edb3XaORBoU-NJQn1r1CTvY0WskaWt3Igj2quIDuEMwe5JMpi9R3EeZD4GhcwRsEwcCwS4S4nIf0maCIXRePQkkvVoJYWsFNgDWAoeswVFG3UwKz_S4yFnKTGuZyGw3J8DSPH-gIH_YfhKXSV2_rfqWgUfH51FHmTq0BLgmFl6bOFbSj5UZ8aKQ";
const RSA_SIGNATURE: &str = "KNgY3q0GRlfB8WZ01ajCCmFpcyJY-GAs2x_n0Gp7nnhijxV5brhL82yI26-3m_JxU5lD-tQGP2pB2F8FpC7TuQFCk15ph2OA1mKZkmGcozg2chTWXCnGI3z2Az8I2v6yCA66WhrJmi05TJtkwto2M4emgymI-oAN_pXxLdAjF0zfCNl5_kspprIEX--D5L7XIWIMgXnFE09kslyB3TRHWDqpmfk7Nhrw4fCe1IvVnOsK-y1YI7wdVRPhl4pcJAlHvCSPgAqsutwcg84uyAFQ_MeID8WLluqLU0r1zZFGTdZfVTv5WeQg5JY-14VT2lQi8fCgSxl19xRjT6KcHlX8WA";
/// As OpenSSL writes it.
const RSA_PEM: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1WIqjGU8duJlZF6TnSU1
BI3aZTyMCETFXdK39XnWot6KP5I4jT6elgHEdRJ1ZHezEUmsKh6WkoF/tXML5kmj
BgA1Vvd6GSd048iXnVOeJ9yd0Ld7nzCtt2HM2JPzcrhisqwQAvEgsie5Wc8hrqOe
cmfFtqDt4r+edb3XaORBoU+NJQn1r1CTvY0WskaWt3Igj2quIDuEMwe5JMpi9R3E
eZD4GhcwRsEwcCwS4S4nIf0maCIXRePQkkvVoJYWsFNgDWAoeswVFG3UwKz/S4yF
nKTGuZyGw3J8DSPH+gIH/YfhKXSV2/rfqWgUfH51FHmTq0BLgmFl6bOFbSj5UZ8a
KQIDAQAB
-----END PUBLIC KEY-----
";
const P256: &str = "d0f2d8a26cc32bd7b91ff0cbd0ba8838b60ea494e92969ebee232372bce38f42efcc86790eb498ce65e8c541ac14beaa55cdce41188bef7028020b9851357ff9";
const P256_PEM: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0PLYomzDK9e5H/DL0LqIOLYOpJTp
KWnr7iMjcrzjj0LvzIZ5DrSYzmXoxUGsFL6qVc3OQRiL73AoAguYUTV/+Q==
-----END PUBLIC KEY-----
";
const ED25519: &str = "7fd42bc625b4c519737757ff43c087a86d0d5ba3cf9424bd19fe6bf6eef78281";
const ED25519_PEM: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAf9QrxiW0xRlzd1f/Q8CHqG0NW6PPlCS9Gf5r9u73goE=
-----END PUBLIC KEY-----
";

#[test]
fn keys_are_written_as_openssl_writes_them() {
    // REQ-WHO-03
    let bytes = |text: &str| hex::decode(text).unwrap();
    assert_eq!(CoseKey::Es256(bytes(P256).try_into().unwrap()).pem(), P256_PEM);
    assert_eq!(CoseKey::EdDsa(bytes(ED25519).try_into().unwrap()).pem(), ED25519_PEM);
    let rsa = CoseKey::Rs256 { n: URL_SAFE_NO_PAD.decode(RSA_N).unwrap(), e: vec![1, 0, 1] };
    assert_eq!(rsa.pem(), RSA_PEM);
    let signature = URL_SAFE_NO_PAD.decode(RSA_SIGNATURE).unwrap();
    assert!(rsa.has_signed(b"the message", &signature) && !rsa.has_signed(b"another", &signature));
}

#[test]
fn a_key_cannot_choose_how_it_is_used() {
    // REQ-WHO-03
    let x = [&[0x21, 0x58, 32][..], &[1; 32]].concat();
    let y = [&[0x22, 0x58, 32][..], &[1; 32]].concat();
    let key = |head: &[u8]| CoseKey::read(&[head, &x[..], &y[..]].concat());
    assert!(key(&[0xa5, 1, 2, 3, 0x26, 0x20, 1]).is_ok());
    // Another algorithm, another curve, another kind, and one coordinate that is too short.
    for head in
        [[0xa5, 1, 2, 3, 0x27, 0x20, 1], [0xa5, 1, 2, 3, 0x26, 0x20, 2], [0xa5, 1, 1, 3, 0x26, 0x20, 1]]
    {
        assert_eq!(key(&head), Err(PasskeyFault::Key), "{head:x?}");
    }
    let short = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x41, 1][..], &y[..]].concat();
    assert_eq!(CoseKey::read(&short), Err(PasskeyFault::Key));
}

proptest! {
    #[test]
    fn nothing_that_a_stranger_sends_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        // REQ-WHO-03
        let _ = cbor::first(&bytes);
        let _ = CoseKey::read(&bytes);
        let _ = client_data::challenge_in(&bytes);
        let key = Authenticator::new().key();
        let (client_data_json, signature) = (bytes.clone(), bytes.clone());
        let touch = Touch { authenticator_data: bytes, client_data_json, signature };
        prop_assert!(touch.check(STATEMENT, &key, 0).is_err());
    }

    #[test]
    fn a_broken_attestation_is_refused_or_is_another_one(at in 0usize..230, to in any::<u8>(), cut in 0usize..240) {
        // REQ-WHO-03: no byte of it makes reading it fail in another way
        let authenticator = Authenticator::new();
        let mut object = authenticator.attestation();
        if let Some(byte) = object.get_mut(at) {
            *byte = to;
        }
        object.truncate(cut);
        let read = cbor::whole(&object);
        let data = read.as_ref().ok().and_then(|object| object.named("authData")?.bytes());
        let _ = data.map(|data| authenticator_data::AuthenticatorData::checked(data, &SITE));
    }
}
