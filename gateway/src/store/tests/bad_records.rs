//! Record files that cannot be used: each costs its session only, and says where, why and what to do.

use super::*;
use crate::store::StoreError;

type Edit = fn(String) -> String;

fn bomb(text: String) -> String {
    let (body, _) = text.rsplit_once("seal: ").unwrap();
    let mut bomb = format!("{body}a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    bomb + "seal: edited\n"
}

/// What is done to the file, and what is said about it.
const DAMAGES: [(&str, Edit, &str); 9] = [
    (
        "brackets in brackets",
        |text| text.replace("title:", &format!("note: {}\ntitle:", "[".repeat(200_000))),
        "brackets are nested deeper",
    ),
    (
        "the highest number",
        |text| text.replacen("revision: ", "revision: 18446744073709551615 # ", 1),
        "the revision is too large",
    ),
    ("cut in half", |text| text[..text.len() / 2].to_owned(), "it ends here without its last line"),
    ("a tab", |text| text.replace("title:", "note:\n\t- x\ntitle:"), "indented with a tab"),
    ("an alias bomb", bomb, "expands to more than 50000 values"),
    (
        "a later version",
        |text| text.replace("schema: 1", "schema: 7"),
        "line 3: the schema version 7 is newer",
    ),
    ("two documents", |text| format!("{text}---\n{text}"), "a second document starts"),
    (
        "another session",
        |text| text.replace("ses_00000001", "ses_00000009"),
        "line 4: this is the record of session ses_00000009",
    ),
    ("empty", |_| String::new(), "it was cut off"),
];

#[tokio::test]
async fn a_record_that_cannot_be_used_costs_its_session_only() {
    // REQ-STATE-04
    for (what, edit, says) in DAMAGES {
        let folder = Folder::new();
        let (store, _) = folder.open();
        store.keep(at_position(1, 1)).await.unwrap();
        store.keep(at_position(2, 2)).await.unwrap();
        store.close().await;
        drop(store);
        folder.edit(1, edit);
        let damaged = std::fs::read(folder.record(1)).unwrap();
        assert!(folder.findings().join("").contains(says), "{what}: verify finds it");
        let (store, recovered) = folder.open();
        assert_eq!((position(&recovered, 1), position(&recovered, 2)), (None, Some(2)), "{what}");
        let told = recovered.unrecoverable[0].to_string();
        let file = folder.record(1).display().to_string();
        assert!(told.contains(says) && told.contains(&file) && told.contains("line "), "{what}: {told}");
        assert!(told.contains("gateway state restore ses_00000001 "), "{what}: {told}");
        let refused = store.keep(at_position(1, 5)).await.unwrap_err();
        assert!(matches!(refused, StoreError::SetAside(_)), "{what}: {refused}");
        store.keep(at_position(2, 3)).await.unwrap();
        store.flush().await.unwrap();
        assert_eq!(std::fs::read(folder.record(1)).unwrap(), damaged, "{what}: nothing is overwritten");
    }
}

#[tokio::test]
async fn the_last_good_commit_is_offered_and_restored() {
    // REQ-STATE-04
    let folder = Folder::new();
    let (store, _) = folder.open();
    for at in 1..4 {
        store.keep(at_position(1, at)).await.unwrap();
        store.flush().await.unwrap();
    }
    store.close().await;
    drop(store);
    folder.edit(1, |text| text[..60].to_owned());
    let (store, recovered) = folder.open();
    let commit = recovered.unrecoverable[0].last_good.clone().unwrap().commit;
    store.restore(&id(1), &commit).await.unwrap();
    store.keep(at_position(1, 4)).await.unwrap();
    store.flush().await.unwrap();
    drop(store);
    let (store, recovered) = folder.open();
    assert_eq!(position(&recovered, 1), Some(4));
    drop(store);
    assert_eq!(folder.findings(), [""; 0]);
    // The damaged file itself is in the history too.
    let log = folder.inspect().log(&id(1), 10).unwrap();
    assert!(log.iter().any(|entry| entry.subject.contains("as found on disk")), "{log:#?}");
}

#[tokio::test]
async fn foreign_fields_are_said_and_carried_along() {
    // REQ-STATE-01, REQ-STATE-05
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.close().await;
    drop(store);
    folder.edit(1, |text| text.replace("title:", "note: ask Ann first\ntitle:"));
    let (store, recovered) = folder.open();
    let said = told(&recovered.notices);
    assert!(said.contains("doesn't know the fields note; they are left unchanged"), "{said}");
    assert!(said.contains("it was edited by hand"), "{said}");
    store.keep(at_position(1, 2)).await.unwrap();
    store.flush().await.unwrap();
    let text = std::fs::read_to_string(folder.record(1)).unwrap();
    assert!(text.contains("note: ask Ann first") && text.contains("position: 2"), "{text}");
    drop(store);
    assert_eq!(position(&folder.open().1, 1), Some(2));
}

#[tokio::test]
async fn an_older_version_is_brought_over_and_the_old_form_stays_in_the_history() {
    // REQ-STATE-01
    let folder = Folder::without_keys();
    drop(folder.open());
    let old = "schema: 0\nrevision: 3\nsession: ses_00000001\nname: Login\nseal: edited\n";
    std::fs::create_dir_all(folder.record(1).parent().unwrap()).unwrap();
    std::fs::write(folder.record(1), old).unwrap();
    let (store, recovered) = folder.open();
    assert_eq!(recovered.records[0].title, "Login");
    assert!(told(&recovered.notices).contains("migrated from schema version 0"));
    store.flush().await.unwrap();
    let log = folder.inspect().log(&id(1), 10).unwrap();
    assert_eq!(folder.inspect().show_at(&id(1), &log[1].commit).unwrap(), old);
    assert!(std::fs::read_to_string(folder.record(1)).unwrap().contains("title: Login"));
}

#[tokio::test]
async fn a_record_that_is_too_large_is_refused_before_anything_is_promised() {
    let folder = Folder::new();
    let (store, _) = folder.open();
    let huge = Sample { title: "x\n".repeat(2 << 20), ..sample(1) };
    let refused = store.keep(Arc::new(huge)).await.unwrap_err().to_string();
    assert!(refused.contains("ses_00000001") && refused.contains("the limit is"), "{refused}");
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
}
