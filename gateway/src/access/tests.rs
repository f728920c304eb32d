//! Who is let in, and who is not.

use super::*;
use crate::clock::system;
use axum::http::{HeaderName, HeaderValue};

fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

fn log() -> Arc<dyn SignInLog> {
    Arc::new(sign_in_log::testing::KeptLog::default())
}

fn with_token(token: &str) -> Access {
    let config = Config { token: Some(ApiToken::new(token)), ..Config::default() };
    Access::new(config, log(), AccessMetrics::default(), system())
}

fn person(name: &'static str) -> (HeaderName, &'static str) {
    (HeaderName::from_static(PERSON), name)
}

#[test]
fn a_program_with_the_token_may_name_a_person_and_nobody_else_may() {
    // REQ-CONSOLE-03, REQ-ASK-10
    let access = with_token("a-token-of-more-than-sixteen");
    let right = (header::AUTHORIZATION, "Bearer a-token-of-more-than-sixteen");
    let wrong = (header::AUTHORIZATION, "Bearer another-token-that-is-wrong");
    let anna = access.person(&headers(&[right.clone(), person("anna")]), None).unwrap();
    assert_eq!(anna.person.id, "api:anna");
    assert!(access.person(&headers(&[wrong, person("anna")]), None).is_err());
    assert!(access.person(&headers(&[person("anna")]), None).is_err());
    assert!(access.person(&headers(&[right, person("an<na")]), None).is_err());
}

#[test]
fn without_a_token_nobody_is_let_in() {
    // REQ-WHO-01, C3a: on loopback each local process was whoever it said it was, the agent's shell too.
    let access = Access::new(Config::default(), log(), AccessMetrics::default(), system());
    let loopback = Some(IpAddr::from([127, 0, 0, 1]));
    for headers in [headers(&[]), headers(&[person("anna")]), headers(&[(header::HOST, "localhost")])] {
        assert_eq!(access.admit(&headers, loopback).unwrap_err().status(), StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn where_nobody_set_a_token_there_is_one_of_the_gateways_own_for_this_machine() {
    // REQ-WHO-01, C3a, L1
    let state = tempfile::tempdir().unwrap();
    let config = Config::default().made_ready(state.path()).unwrap();
    let token = config.token.clone().unwrap();
    let access = Access::new(config, log(), AccessMetrics::default(), system());
    let bearer = axum::http::HeaderValue::try_from(format!("Bearer {}", token.expose())).unwrap();
    let at = |host: &'static str| {
        HeaderMap::from_iter([
            (header::AUTHORIZATION, bearer.clone()),
            (header::HOST, axum::http::HeaderValue::from_static(host)),
        ])
    };
    assert!(access.admit(&at("localhost:8000"), None).is_ok());
    let rebound = access.admit(&at("rebound.test:8000"), None).unwrap_err();
    assert_eq!(rebound.status(), StatusCode::FORBIDDEN);
}

#[test]
fn wrong_tokens_are_limited_and_a_right_one_never_is() {
    // M9
    let access = with_token("a-token-of-more-than-sixteen");
    let right = headers(&[(header::AUTHORIZATION, "Bearer a-token-of-more-than-sixteen")]);
    let wrong = headers(&[(header::AUTHORIZATION, "Bearer another-token-that-is-wrong")]);
    let from = Some(IpAddr::from([10, 0, 0, 7]));
    let tried: Vec<_> = (0..8).map(|_| access.admit(&wrong, from).unwrap_err()).collect();
    assert!(tried.iter().all(|problem| problem.status() == StatusCode::UNAUTHORIZED));
    let limited = tried.iter().map(|problem| format!("{problem:?}").contains("Too many wrong tokens"));
    let limited: Vec<_> = limited.collect();
    assert_eq!(limited, [false, false, false, false, false, true, true, true]);
    assert!(access.admit(&right, from).is_ok(), "whoever shares the address is not locked out");
}

#[test]
fn failed_sign_ins_are_limited_by_person_wherever_they_come_from() {
    // REQ-WHO-02
    let access = with_token("a-token-of-more-than-sixteen");
    let tried: Vec<_> = (0..7)
        .map(|n| access.refused_sign_in("sign_in", Some(IpAddr::from([10, 0, 0, n])), Some("Anna"), "wrong"))
        .collect();
    let limited: Vec<_> = tried.iter().map(Option::is_some).collect();
    assert_eq!(limited, [false, false, false, false, false, true, true]);
    assert!(tried[6].as_ref().unwrap().contains("under this name"));
    let other = access.refused_sign_in("sign_in", Some(IpAddr::from([10, 0, 0, 9])), Some("Ben"), "wrong");
    assert_eq!(other, None);
}

#[test]
fn a_token_for_programs_makes_nobody_a_person() {
    // M6: behind a proxy the token's sign-in and X-Gateway-Person stayed open.
    let token = Some(ApiToken::new("a-token-of-more-than-sixteen"));
    let config = Config { token, token_for_programs_only: true, ..Config::default() };
    let access = Access::new(config, log(), AccessMetrics::default(), system());
    let right = (header::AUTHORIZATION, "Bearer a-token-of-more-than-sixteen");
    let program = access.person(&headers(std::slice::from_ref(&right)), None).unwrap();
    assert_eq!(program.person.id, OPERATOR);
    let named = access.person(&headers(&[right, person("boss")]), None).unwrap_err();
    assert_eq!(named.status(), StatusCode::FORBIDDEN);
}

#[test]
fn names_lose_what_could_forge_a_line() {
    // REQ-WHO-02
    assert_eq!(readable_name("Anna Körner").unwrap(), "Anna Körner");
    assert_eq!(readable_name(" <b>Anna</b>\n(admin)\u{202e} ").unwrap(), "b Anna b admin");
    assert_eq!(readable_name("\u{200b}<>"), None);
    assert_eq!(readable_name(&"a".repeat(200)).unwrap().len(), 64);
}
