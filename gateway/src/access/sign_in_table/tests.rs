//! Sign-ins begin, end and outlive restarts, with the clock in hand.

use super::*;
use crate::access::sign_in_entry::mark_of;
use jiff::SignedDuration;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap()
}

fn person(id: &str) -> Person {
    Person { id: id.to_owned(), name: "Anna".to_owned() }
}

fn by_token(id: &str) -> NewSignIn {
    let way = Way::Token { mark: mark_of("a token") };
    NewSignIn {
        person: person(id),
        groups: vec![],
        way,
        carrier: Carrier::Cookie,
        browser: "Firefox".into(),
        until: None,
    }
}

fn by_provider(session: &str) -> NewSignIn {
    let way = Way::Oidc(Provided {
        issuer: "https://id.example.com".into(),
        client: "gateway".into(),
        subject: "u-1".into(),
        session: Some(session.to_owned()),
        auth_time: Some(1_794_999_990),
        refresh: Some(Refresh { token: "secret".into(), due: now() + SignedDuration::from_mins(15) }),
    });
    let person = person("oidc:https://id.example.com#u-1");
    NewSignIn {
        person,
        groups: vec!["release".into()],
        way,
        carrier: Carrier::Cookie,
        browser: "Edge".into(),
        until: None,
    }
}

fn passed_on(from: &str) -> NewSignIn {
    NewSignIn { way: Way::PassedOn { from: from.to_owned() }, ..by_token("web:Anna") }
}

fn valid() -> StillValid {
    let provider = Some(("https://id.example.com".to_owned(), "gateway".to_owned()));
    StillValid { mark: Some(mark_of("a token")), provider, github: None }
}

fn table_at(path: &Path, valid: &StillValid) -> SignIns {
    SignIns::read(Some(path.to_owned()), valid, now()).0
}

fn in_memory() -> SignIns {
    SignIns::read(None, &valid(), now()).0
}

impl SignIns {
    /// The word for the cookie.
    pub(in crate::access) fn begin(&self, new: NewSignIn, now: Timestamp) -> String {
        let (word, sign_in) = prepared(new, now);
        assert!(self.insert(sign_in, now).0);
        word
    }
}

#[test]
fn a_cookie_holds_for_twelve_hours_and_no_other_word_does() {
    // REQ-WHO-02, M13
    let table = in_memory();
    let word = table.begin(by_token("web:Anna"), now());
    assert_eq!(table.check(&word, Carrier::Cookie, now()).unwrap().person.id, "web:Anna");
    assert!(table.check(&word, Carrier::Cookie, now() + LASTS - SignedDuration::from_secs(1)).is_some());
    assert!(table.check(&word, Carrier::Cookie, now() + LASTS).is_none(), "late");
    let current = table.check(&word, Carrier::Cookie, now()).unwrap();
    for wrong in ["", &random_word(), &current.id, &hash(&word), &word[1..]] {
        assert!(table.check(wrong, Carrier::Cookie, now()).is_none(), "{wrong}");
    }
    assert_eq!(table.sweep(now() + LASTS), 1);
    assert!(current.over.is_cancelled(), "what is open with it is closed");
}

#[test]
fn a_sign_out_ends_the_cookie_and_what_came_from_it_over_a_restart_too() {
    // REQ-WHO-02, M13
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sign-ins.json");
    let table = table_at(&path, &valid());
    let (word, other) = (table.begin(by_token("web:Anna"), now()), table.begin(by_provider("s-1"), now()));
    let id = table.check(&word, Carrier::Cookie, now()).unwrap().id;
    let at_the_door = table.begin(passed_on(&id), now());
    let further =
        table.begin(passed_on(&table.check(&at_the_door, Carrier::Cookie, now()).unwrap().id), now());
    table.save().unwrap();
    assert!(
        table_at(&path, &valid()).check(&further, Carrier::Cookie, now()).is_some(),
        "a restart signs nobody out"
    );
    assert!(!table.end(&id, |_| true).is_empty());
    for ended in [&word, &at_the_door, &further] {
        assert!(table.check(ended, Carrier::Cookie, now()).is_none());
    }
    table.save().unwrap();
    let restarted = table_at(&path, &valid());
    for ended in [&word, &at_the_door, &further] {
        assert!(restarted.check(ended, Carrier::Cookie, now()).is_none());
    }
    assert!(restarted.check(&other, Carrier::Cookie, now()).is_some());
    assert!(table.end(&id, |_| true).is_empty(), "there is none any more");
}

#[test]
fn the_file_is_private_and_has_no_word_that_signs_in() {
    // REQ-WHO-02, M7
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sign-ins.json");
    let table = table_at(&path, &valid());
    let word = table.begin(by_token("web:Anna"), now());
    table.save().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("web:Anna") && !text.contains(&word) && !text.contains("a token"), "{text}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn another_token_or_provider_ends_what_came_from_the_one_before() {
    // REQ-WHO-02
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sign-ins.json");
    let table = table_at(&path, &valid());
    let (token, oidc) = (table.begin(by_token("web:Anna"), now()), table.begin(by_provider("s-1"), now()));
    let passed = table.begin(passed_on(&table.check(&token, Carrier::Cookie, now()).unwrap().id), now());
    table.save().unwrap();
    let restarted = table_at(&path, &StillValid { mark: Some(mark_of("another token")), ..valid() });
    let holds = |word: &str| restarted.check(word, Carrier::Cookie, now()).is_some();
    assert_eq!((holds(&token), holds(&passed), holds(&oidc)), (false, false, true));
    let other = Some(("https://id.example.com".to_owned(), "other".to_owned()));
    let restarted = table_at(&path, &StillValid { provider: other, ..valid() });
    assert!(
        restarted.check(&token, Carrier::Cookie, now()).is_some()
            && restarted.check(&oidc, Carrier::Cookie, now()).is_none()
    );
}

#[test]
fn a_file_that_cannot_be_read_signs_everybody_out() {
    // REQ-WHO-02
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sign-ins.json");
    for rubbish in ["", "{", r#"{"version":2,"sign_ins":[]}"#] {
        fs::write(&path, rubbish).unwrap();
        let table = table_at(&path, &valid());
        let word = table.begin(by_token("web:Anna"), now());
        table.save().unwrap();
        assert!(
            table_at(&path, &valid()).check(&word, Carrier::Cookie, now()).is_some(),
            "and the next one is kept"
        );
    }
}

#[test]
fn a_person_sees_and_ends_their_own_sign_ins_only() {
    // REQ-WHO-02
    let table = in_memory();
    let word = table.begin(by_token("web:Anna"), now());
    table.begin(by_token("web:Anna"), now() + SignedDuration::from_secs(1));
    table.begin(by_token("web:Ben"), now());
    table.check(&word, Carrier::Cookie, now() + SignedDuration::from_mins(5));
    let listed = table.of("web:Anna", now());
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1].last_used, now() + SignedDuration::from_mins(5));
    let id = &listed[1].sign_in.id;
    assert!(table.end(id, |sign_in| sign_in.person.id == "web:Ben").is_empty());
    assert_eq!(table.end(id, |sign_in| sign_in.person.id == "web:Anna").len(), 1);
    assert!(table.check(&word, Carrier::Cookie, now()).is_none());
}

#[test]
fn nobody_fills_the_table_and_with_that_ends_others() {
    // REQ-WHO-02
    let table = in_memory();
    let ben = table.begin(by_token("web:Ben"), now());
    let first = table.begin(by_token("web:Anna"), now());
    for n in 0..60 {
        table.begin(by_token("web:Anna"), now() + SignedDuration::from_secs(n));
    }
    assert_eq!(table.of("web:Anna", now()).len(), OF_ONE);
    assert!(
        table.check(&first, Carrier::Cookie, now()).is_none()
            && table.check(&ben, Carrier::Cookie, now()).is_some()
    );
}

#[test]
fn the_provider_is_asked_when_it_is_due_and_what_ended_meanwhile_stays_so() {
    // REQ-WHO-02
    let table = in_memory();
    let word = table.begin(by_provider("s-1"), now());
    assert_eq!(table.due(now() + SignedDuration::from_mins(14)).len(), 0);
    let due = table.due(now() + SignedDuration::from_mins(15));
    let (id, provided, refresh) = &due[0];
    assert_eq!((provided.subject.as_str(), refresh.token.as_str()), ("u-1", "secret"));
    table.end_all(|sign_in| sign_in.provided().is_some_and(|one| one.session.as_deref() == Some("s-1")));
    table.change(id, |sign_in| sign_in.groups.clear());
    assert!(table.check(&word, Carrier::Cookie, now()).is_none());
}

#[test]
fn a_word_of_a_command_line_is_no_cookie_and_a_cookie_is_no_such_word() {
    // REQ-WHO-02
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sign-ins.json");
    let table = Arc::new(table_at(&path, &valid()));
    let cookie = table.begin(by_provider("s-1"), now());
    let word = table.begin(NewSignIn { carrier: Carrier::Bearer, ..by_provider("s-2") }, now());
    table.save().unwrap();
    let again = table_at(&path, &valid());
    for table in [table.as_ref(), &again] {
        assert!(table.check(&word, Carrier::Bearer, now()).is_some());
        assert!(table.check(&word, Carrier::Cookie, now()).is_none());
        assert!(table.check(&cookie, Carrier::Bearer, now()).is_none());
        assert!(table.check(&cookie, Carrier::Cookie, now()).is_some());
    }
}
