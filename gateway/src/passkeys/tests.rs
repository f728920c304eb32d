//! Who gets a passkey, what its touch counts for, and what it does not.

use super::passkey_stage::{Device, Stage};
use super::*;
use gateway_domain::{Answer, Ask};
use gateway_proof::webauthn::PasskeyFault;
use jiff::SignedDuration;
use serde_json::json;

fn person(name: &str) -> Person {
    Person { id: format!("oidc:https://id.test#{name}"), name: name.to_owned() }
}

fn plain(answer: Answer) -> AnswerWanted {
    AnswerWanted { answer, because: None, break_glass: false }
}

fn ask(id: &str) -> Ask {
    serde_json::from_value(json!({
        "id": id, "opencode_id": id, "session": "ses_12345678", "directory": "/work", "kind": "permission",
        "permission": "bash", "patterns": ["git push"], "always": [], "metadata": {}, "digest": format!("digest of {id}"),
        "asked_at": "2026-11-21T10:00:00Z", "state": "open",
    }))
    .unwrap()
}

/// Anna, with a passkey.
async fn with_anna() -> (Stage, Device) {
    let (stage, device) = (Stage::new(), Device::new(1));
    enrolled(&stage, "anna", &device).await.unwrap();
    (stage, device)
}

async fn enrolled(stage: &Stage, name: &str, device: &Device) -> Result<Enrolled, PasskeyRefusal> {
    let (person, proven) = (person(name), Proven::by(Proof::Account));
    let new = stage.passkeys.begin(&person, &proven)?;
    stage.passkeys.enrol(&person, &proven, device.registration(&new, "Key")).await
}

fn confirm(enrolled: &Enrolled) -> TouchWanted {
    enrolled.wanted().unwrap()
}

#[tokio::test]
async fn a_touch_counts_for_its_answer_to_its_ask_once() {
    // REQ-WHO-03
    let (stage, mut device) = with_anna().await;
    let (anna, ask_1) = (person("anna"), ask("per_1"));
    let wanted = stage.passkeys.answer_challenge(&anna, &ask_1, plain(Answer::Once)).unwrap();
    device.counter = 1;
    let touch = device.touch(&wanted);
    let checked = stage.passkeys.check_answer(&anna, "per_1", &plain(Answer::Once), &touch).await.unwrap();
    assert_eq!(checked.digest, "digest of per_1");
    let statement: serde_json::Value = serde_json::from_str(&checked.signed.statement).unwrap();
    assert_eq!((&statement["answer"], &statement["ask"]), (&json!("once"), &json!("per_1")));
    assert_eq!((&statement["person"], &statement["kind"]), (&json!(anna.id), &json!("approval")));
    assert_eq!(
        (&statement["session"], &statement["log"]),
        (&json!("ses_12345678"), &json!("opencode-gateway/01020304"))
    );
    let again = stage.passkeys.check_answer(&anna, "per_1", &plain(Answer::Once), &touch).await;
    assert_eq!(again.err(), Some(PasskeyRefusal::Over), "once");
}

#[tokio::test]
async fn it_counts_for_no_other_ask_answer_or_person_and_not_late() {
    // REQ-WHO-03
    let (stage, mut device) = with_anna().await;
    let anna = person("anna");
    let want = || stage.passkeys.answer_challenge(&anna, &ask("per_1"), plain(Answer::Once)).unwrap();
    let other = Some(PasskeyRefusal::Fault(PasskeyFault::Challenge));
    device.counter += 1;
    let touch = device.touch(&want());
    assert_eq!(stage.passkeys.check_answer(&anna, "per_2", &plain(Answer::Once), &touch).await.err(), other);
    device.counter += 1;
    let touch = device.touch(&want());
    assert_eq!(
        stage.passkeys.check_answer(&anna, "per_1", &plain(Answer::Always), &touch).await.err(),
        other
    );
    device.counter += 1;
    let touch = device.touch(&want());
    let overriding = AnswerWanted { break_glass: true, ..plain(Answer::Once) };
    assert_eq!(stage.passkeys.check_answer(&anna, "per_1", &overriding, &touch).await.err(), other);
    device.counter += 1;
    let touch = device.touch(&want());
    let mallory = person("mallory");
    let taken = stage.passkeys.check_answer(&mallory, "per_1", &plain(Answer::Once), &touch).await;
    assert_eq!(taken.err(), Some(PasskeyRefusal::Over), "it is not hers");
    assert!(
        stage.passkeys.answer_challenge(&mallory, &ask("per_1"), plain(Answer::Once)).is_err(),
        "she has none"
    );
    stage.clock.wait(SignedDuration::from_mins(5));
    let late = stage.passkeys.check_answer(&anna, "per_1", &plain(Answer::Once), &touch).await;
    assert_eq!(late.err(), Some(PasskeyRefusal::Over));
    let stranger = Device::new(1);
    let forged =
        stage.passkeys.check_answer(&anna, "per_1", &plain(Answer::Once), &stranger.touch(&want())).await;
    assert!(matches!(forged.err(), Some(PasskeyRefusal::Fault(PasskeyFault::Signature))));
}

#[tokio::test]
async fn only_who_is_proven_gets_a_passkey_and_the_second_needs_the_first() {
    // REQ-WHO-03
    let stage = Stage::new();
    let refused = stage.passkeys.begin(&person("anna"), &Proven::default());
    assert_eq!(refused.err(), Some(PasskeyRefusal::NotProven));
    let (stage, mut first) = with_anna().await;
    let (anna, proven) = (person("anna"), Proven::by(Proof::Account));
    let second = Device::new(2);
    let open = enrolled(&stage, "anna", &second).await.unwrap();
    assert_eq!(stage.passkeys.table.of(&anna.id).len(), 1, "not yet");
    let wanted = confirm(&open);
    assert!(stage.passkeys.confirm(&anna, &proven, &second.touch(&wanted)).await.is_err(), "not by itself");
    let wanted = confirm(&enrolled(&stage, "anna", &second).await.unwrap());
    first.counter = 1;
    stage.passkeys.confirm(&anna, &proven, &first.touch(&wanted)).await.unwrap();
    assert_eq!(stage.reopened().table.of(&anna.id).len(), 2, "they outlive a restart");
    assert_eq!(stage.log.kinds(), ["added passkey", "added passkey"]);
    let entry = stage.log.entries().remove(1);
    assert!(entry.told.signed.is_some() && entry.told.passkey.unwrap().public_key.contains("PUBLIC KEY"));
    assert!(matches!(enrolled(&stage, "ben", &first).await, Err(PasskeyRefusal::Known)), "it is anna's");
}

#[tokio::test]
async fn a_passkey_goes_with_a_touch_or_a_fresh_sign_in() {
    // REQ-WHO-03
    let (stage, mut device) = with_anna().await;
    let anna = person("anna");
    let id = stage.passkeys.table.of(&anna.id)[0].id();
    let account = Proven::by(Proof::Account);
    let refused = stage.passkeys.remove(&anna, &account, &id, None).await;
    assert_eq!(refused, Err(PasskeyRefusal::NotConfirmed));
    let mallory = stage.passkeys.remove(&person("mallory"), &Proven::by(Proof::Fresh), &id, None).await;
    assert_eq!(mallory, Err(PasskeyRefusal::Unknown));
    device.counter = 1;
    let for_an_answer = stage.passkeys.answer_challenge(&anna, &ask("per_1"), plain(Answer::Once)).unwrap();
    let refused = stage.passkeys.remove(&anna, &account, &id, Some(&device.touch(&for_an_answer))).await;
    assert!(refused.is_err(), "a touch for something else");
    device.counter = 2;
    let wanted = stage.passkeys.removal(&anna, &id).unwrap();
    stage.passkeys.remove(&anna, &account, &id, Some(&device.touch(&wanted))).await.unwrap();
    assert!(stage.reopened().table.of(&anna.id).is_empty());
    enrolled(&stage, "anna", &Device::new(3)).await.unwrap();
    let id = stage.passkeys.table.of(&anna.id)[0].id();
    stage.passkeys.remove(&anna, &Proven::by(Proof::Fresh), &id, None).await.unwrap();
    assert_eq!(stage.log.kinds(), ["added passkey", "removed passkey", "added passkey", "removed passkey"]);
}

#[tokio::test]
async fn a_step_back_of_the_counter_is_refused_and_an_alarm() {
    // REQ-WHO-03
    let (stage, mut device) = with_anna().await;
    let anna = person("anna");
    for counter in [5, 5, 4] {
        device.counter = counter;
        let wanted = stage.passkeys.answer_challenge(&anna, &ask("per_1"), plain(Answer::Once)).unwrap();
        let checked =
            stage.passkeys.check_answer(&anna, "per_1", &plain(Answer::Once), &device.touch(&wanted)).await;
        let first = stage.log.kinds().len() == 1;
        assert_eq!(checked.is_ok(), first, "{counter}");
    }
    assert_eq!(stage.log.kinds(), ["added passkey", "passkey_alarm", "passkey_alarm"]);
}

#[tokio::test]
async fn a_hand_can_take_a_passkey_away_and_never_give_one() {
    // REQ-WHO-03, REQ-PROOF-03
    let (stage, _) = with_anna().await;
    let path = stage.folder.path().join("passkeys.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut sheet: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (field, value) in
        [("person", json!(person("mallory").id)), ("cose_key", json!("AAAA")), ("counter", json!(0))]
    {
        let mut edited = sheet.clone();
        if edited["passkeys"][0][field] == value {
            continue;
        }
        edited["passkeys"][0][field] = value;
        std::fs::write(&path, edited.to_string()).unwrap();
        let read = stage.reopened();
        let known = ["anna", "mallory"].map(|name| read.table.of(&person(name).id).len());
        assert_eq!(known, [0, 0], "{field}");
    }
    sheet["passkeys"] = json!([]);
    std::fs::write(&path, sheet.to_string()).unwrap();
    assert!(stage.reopened().table.of(&person("anna").id).is_empty());
    std::fs::write(&path, "{").unwrap();
    assert!(stage.reopened().table.of(&person("anna").id).is_empty(), "what can't be read grants nothing");
}

#[test]
fn where_browsers_have_no_passkeys_nobody_gets_one() {
    // REQ-WHO-03
    let mut stage = Stage::new();
    stage.passkeys.site = PasskeySite::of("http://gateway.example.com");
    let own = stage.passkeys.of(&person("anna"), &Proven::by(Proof::Fresh));
    assert!(own.why_not.unwrap().contains("https://") && own.origin.is_none());
    let (web, api) =
        (["web:anna", "api:anna"]).map(|id| Person { id: id.into(), name: "anna".into() }).into();
    let mut stage = Stage::new();
    stage.passkeys.own_machine = true;
    let refused = |person: &Person| stage.passkeys.begin(person, &Proven::default()).err();
    assert_eq!((refused(&web), refused(&api)), (None, Some(PasskeyRefusal::NotProven)));
}
