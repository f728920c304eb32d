//! REQ-DELIVER-04: tokens for one repository and the least rights, minted per need, revoked after, and never shown.

use crate::stage::{app, open_order, opened, section, settings, stage};
use gateway_delivery::{Attempt, Order, Outcome, ReportState};
use gateway_forge::{AppKey, Forge, KeyFault, SignIn};
use secrecy::ExposeSecret;
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

#[tokio::test]
async fn a_token_is_for_one_repository_and_for_what_the_operation_needs() {
    let stage = opened().await;
    stage.look().await;
    let minted: Vec<_> =
        stage.sim.seen().into_iter().filter(|seen| seen.fits("POST /app/*/access_tokens")).collect();
    assert_eq!(minted.len(), 2, "one for opening, one for looking");
    assert_eq!(minted[0].body["repositories"], json!(["shop"]));
    assert_eq!(minted[0].body["permissions"], json!({ "contents": "read", "pull_requests": "write" }));
    let reads = minted[1].body["permissions"].as_object().unwrap();
    assert!(reads.values().all(|level| level == "read"), "{reads:?}");
    assert_eq!(minted[1].body["repository_ids"], json!([stage.shop.id()]));
}

#[tokio::test]
async fn tokens_are_used_until_shortly_before_they_expire_and_revoked_at_the_end() {
    let stage = opened().await;
    let edit = |text: &str| Order::EditBody { number: 1, section: section(text) };
    let mints = || stage.sim.count("POST /app/*/access_tokens");
    stage.first(&edit("One.")).await;
    assert_eq!(mints(), 1);
    stage.sim.skip(Duration::from_secs(56 * 60));
    assert_eq!(stage.first(&edit("Two.")).await, Outcome::Done);
    assert_eq!(mints(), 2);
    stage.sim.skip(Duration::from_secs(10 * 60));
    assert_eq!((stage.sim.living_tokens(), stage.forge.revoke_all(stage.now()).await), (1, 1));
    assert_eq!(stage.sim.living_tokens(), 0);
}

#[tokio::test]
async fn a_push_has_its_own_token_that_is_void_afterwards() {
    let stage = stage().await;
    let token = stage.forge.push_token(&stage.repo, stage.now()).await.unwrap();
    let source = token.source();
    assert_eq!(source().expose_secret(), token.secret().expose_secret());
    assert!(token.expires().unwrap() > stage.now());
    let minted = stage.sim.seen().into_iter().find(|seen| seen.fits("POST /app/*/access_tokens")).unwrap();
    assert_eq!(minted.body["permissions"], json!({ "contents": "write" }));
    let shown = format!("{token:?}");
    assert!(!shown.contains(token.secret().expose_secret()) && shown.contains("expires"), "{shown}");
    assert_eq!(stage.sim.living_tokens(), 1);
    stage.forge.give_back(token, stage.now()).await.unwrap();
    assert_eq!(stage.sim.living_tokens(), 0);
}

#[tokio::test]
async fn two_who_need_the_same_token_get_one() {
    let stage = opened().await;
    stage.forge.revoke_all(stage.now()).await;
    stage.sim.forget_seen();
    let (one, two) = tokio::join!(stage.try_look(), stage.try_look());
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(stage.sim.count("POST /app/*/access_tokens"), 1);
}

#[tokio::test]
async fn a_personal_token_does_where_there_is_no_app() {
    let stage = stage().await;
    let token = stage.sim.person_token("ann");
    let forge = Forge::new(settings(&stage.sim), SignIn::Personal(token.clone().into())).unwrap();
    let now = stage.now();
    assert_eq!(
        forge.carry_out(&stage.repo, &open_order(), Attempt::First, now).await,
        stage.opened_outcome()
    );
    assert_eq!(stage.pull().author, "ann");
    let report = |state: ReportState| Order::Report {
        head: stage.head.clone(),
        external_id: "x".to_owned(),
        state,
        title: "All gates hold".to_owned(),
        summary: String::new(),
    };
    for state in [ReportState::ActionRequired, ReportState::Success] {
        assert_eq!(forge.carry_out(&stage.repo, &report(state), Attempt::First, now).await, Outcome::Done);
        assert_eq!(forge.carry_out(&stage.repo, &report(state), Attempt::OnlyLook, now).await, Outcome::Done);
    }
    assert_eq!(stage.sim.count("POST /repos/*/statuses/*"), 2, "a check run is for apps only");
    let push = forge.push_token(&stage.repo, now).await.unwrap();
    assert_eq!(push.secret().expose_secret(), token);
    forge.give_back(push, now).await.unwrap();
    assert!(forge.look(&stage.repo, 1, &[], now).await.is_ok(), "a person's token isn't revoked");
    assert!(!format!("{forge:?}").contains(&token));
    assert_eq!(stage.sim.count("POST /app/*"), 0);
}

#[tokio::test]
async fn nothing_that_is_printed_shows_the_key_or_a_token() {
    let stage = opened().await;
    let shown = format!("{:?} {:?}", stage.forge, app(&stage.sim));
    assert!(!shown.contains("ghs_") && !shown.contains("PRIVATE"), "{shown}");
    let line = stage.sim.app_pem().lines().nth(3).unwrap().to_owned();
    assert!(!shown.contains(&line));
}

#[tokio::test]
async fn keys_of_both_forms_are_taken() {
    let stage = stage().await;
    let pkcs8 = openssl(&["pkcs8", "-topk8", "-nocrypt"], &stage.sim.app_pem());
    assert!(pkcs8.starts_with("-----BEGIN PRIVATE KEY-----"));
    for pem in [stage.sim.app_pem(), pkcs8] {
        let key = AppKey::from_pem(stage.sim.app_id(), &pem.into()).unwrap();
        let forge = Forge::new(settings(&stage.sim), SignIn::App(key)).unwrap();
        let opened = forge.carry_out(&stage.repo, &open_order(), Attempt::Again, stage.now()).await;
        assert_eq!(opened, stage.opened_outcome());
    }
}

#[test]
fn what_is_no_key_is_refused_without_a_word_of_it() {
    let elliptic = openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout"], "");
    let elliptic = openssl(&["pkcs8", "-topk8", "-nocrypt"], &elliptic);
    for (pem, fault) in [
        ("hunter2".to_owned(), KeyFault::NotPem),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----".to_owned(),
            KeyFault::NotRsa,
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\naHVudGVyMg==\n-----END RSA PRIVATE KEY-----\n".to_owned(),
            KeyFault::NotRsa,
        ),
        (elliptic, KeyFault::NotRsa),
    ] {
        let found = AppKey::from_pem(1, &pem.into()).unwrap_err();
        assert_eq!(found, fault);
        assert!(!found.to_string().contains("hunter2") && !found.to_string().contains("aHVu"), "{found}");
    }
}

fn openssl(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}
