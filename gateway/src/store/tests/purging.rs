//! A text that is purged is nowhere any more, and the audit log still fits what was saved of it before.

use super::audit_heads::{against, python};
use super::*;
use crate::sessions::ports::PostState;
use crate::store::audit_log::AuditLine;
use crate::store::purge::{Purge, PurgeSurvey, PurgeTarget, Step, Unwanted};
use crate::store::purged_lines::Purges;
use crate::store::records::sample::SampleAsk;
use base64::Engine;
use base64::engine::general_purpose;
use gateway_domain::chain;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

const SECRET: &str = "Tr0ub4dor-and-3-more";

/// A state with the secret wherever a text can be, and a checkpoint from before.
struct Leaked {
    folder: Folder,
    kept: String,
}

fn entry(n: u64, subject: &str) -> AuditEntry {
    let told =
        AuditSubject { subject: subject.to_owned(), title: format!("Title {n}"), ..AuditSubject::default() };
    AuditEntry { told, ..audit_entry(&format!("per_{n}")) }
}

async fn leaked(secret: &str) -> Leaked {
    let folder = Folder::new();
    let (store, _) = folder.open();
    for n in 1..=4 {
        store.audit(entry(n, &format!("make {n}"))).await.unwrap();
        store.keep(at_position(n as usize, 1)).await.unwrap();
        store.flush().await.unwrap();
    }
    store.audit(entry(5, &format!("curl -u me:{secret} x"))).await.unwrap();
    let ask = SampleAsk { id: "per_5".into(), command: format!("curl '{secret}' && echo \"{secret}\"") };
    let ended = Some("2026-03-09T11:00:00Z".parse().unwrap());
    let record = Sample { title: format!("Use {secret} to log in"), asks: vec![ask], ended, ..sample(2) };
    store.keep(Arc::new(record.clone())).await.unwrap();
    store.flush().await.unwrap();
    store.keep(Arc::new(Sample { position: 9, ..record })).await.unwrap();
    store.act(&id(2), &serde_json::json!({ "text": format!("it is {secret}") })).await.unwrap();
    store.post(&id(2), &format!("card {secret}"), PostState::Intended).await.unwrap();
    store.flush().await.unwrap();
    store.close().await;
    drop(store);
    let kept = folder.inspect().audit_checkpoint().unwrap();
    let (store, _) = folder.open();
    store.audit(entry(6, &format!("again {secret}{secret}"))).await.unwrap();
    store.flush().await.unwrap();
    store.close().await;
    drop(store);
    let unposted = serde_json::json!({ "text": format!("it is {secret}"), "tries": 6 }).to_string();
    for (path, text) in [
        ("files/msg_1/abc", secret),
        ("damaged/old.yaml", secret),
        ("files/msg_1/other", "harmless"),
        ("dead-letters/again/one.json", &unposted),
    ] {
        fs::create_dir_all(folder.at(path).parent().unwrap()).unwrap();
        fs::write(folder.at(path), text).unwrap();
    }
    git(
        &folder,
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "--allow-empty",
            "-qm",
            &format!("say {secret}"),
        ],
    );
    git(&folder, &["branch", "other"]);
    Leaked { folder, kept }
}

fn git(folder: &Folder, args: &[&str]) -> Vec<u8> {
    let output = Command::new("git").arg("-C").arg(folder.directory.path()).args(args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn purge(folder: &Folder, secret: &str) -> Purge {
    let target = PurgeTarget::Text(Unwanted::new(secret.as_bytes()).unwrap());
    Purge::of(folder.directory.path(), folder.keys.clone(), target)
}

/// As the command does it.
async fn whole(folder: &Folder, purge: &Purge) -> (PurgeSurvey, Vec<String>) {
    let survey = announced(folder, purge).await;
    let left = purge.carry_out::<Sample>(folder.clock.as_ref()).unwrap();
    (survey, left)
}

async fn announced(folder: &Folder, purge: &Purge) -> PurgeSurvey {
    folder.open().0.close().await;
    let survey = purge.survey::<Sample>().unwrap();
    let (store, _) = folder.open();
    folder.clock.jump(SignedDuration::from_secs(1));
    let entry = purge.entry(&survey, folder.clock.now(), "cli:anna", "A password was pasted.").unwrap();
    store.audit(entry).await.unwrap();
    store.flush().await.unwrap();
    store.close().await;
    survey
}

/// Every file, and every object of the history as git itself prints it: nothing of the purge is used to look.
fn places(folder: &Folder, secret: &str) -> Vec<String> {
    let mut found = vec![];
    let has = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(secret);
    let mut folders = vec![folder.directory.path().to_owned()];
    while let Some(at) = folders.pop() {
        for path in fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false if has(&fs::read(&path).unwrap()) => found.push(path.display().to_string()),
                false => {}
            }
        }
    }
    let objects = git(folder, &["cat-file", "--batch", "--batch-all-objects"]);
    found.extend(has(&objects).then(|| "an object of the history".to_owned()));
    found
}

fn positions(folder: &Folder) -> Vec<Option<u64>> {
    let (store, recovered) = folder.open();
    drop(store);
    assert_eq!(recovered.unrecoverable.len(), 0);
    (1..=4).map(|n| position(&recovered, n)).collect()
}

#[tokio::test]
async fn a_purged_text_is_nowhere_and_the_log_still_fits_an_old_checkpoint() {
    // REQ-PROOF-04, REQ-PROOF-02: also a text with quotes, over two lines, and in letters beyond ASCII.
    for secret in
        [SECRET, "two \"odd\"\nlines\\of it", "p\u{e4}ss\u{fc}w\u{f6}rt-\u{1f511}", "'single' & $(x)"]
    {
        let Leaked { folder, kept } = leaked(secret).await;
        let before = positions(&folder);
        let (survey, left) = whole(&folder, &purge(&folder, secret)).await;
        assert_eq!(left, [""; 0]);
        assert_eq!((survey.entries, survey.records, survey.attachments), (2, 1, 1), "{survey:?}");
        assert!(survey.versions >= 4 && survey.files >= 2, "{survey:?}");
        assert_eq!(places(&folder, secret), [""; 0]);
        assert!(folder.at("files/msg_1/other").exists() && !folder.at("files/msg_1/abc").exists());
        assert_eq!(folder.findings(), [""; 0]);
        assert_eq!(against(&folder, &kept), [""; 0]);
        let said = python(&folder, &kept).unwrap();
        assert!(said.contains("A text was removed from entries 5-6"), "{said}");
        let entries = folder.inspect().audit_entries().unwrap();
        assert_eq!(entries[4].entry.told.subject, "curl -u me:••• x");
        assert_eq!(entries[3].entry.told.subject, "make 4", "other entries are as they were");
        let purged = &entries[6].entry;
        assert_eq!((purged.who.as_str(), purged.what.as_str()), ("cli:anna", "purged text"));
        assert_eq!(purged.told.reason, "A password was pasted.");
        let refused = folder.inspect().prove(5).unwrap_err().to_string();
        assert!(refused.contains("A text was removed from entry 5"), "{refused}");
        assert!(folder.inspect().prove(4).is_ok() && folder.inspect().prove(7).is_ok());
        assert_eq!(positions(&folder), before);
        let versions = folder.inspect().log(&id(2), 10).unwrap();
        assert!(versions.iter().all(|version| !version.subject.contains(secret)), "{versions:?}");
        let older = &versions[versions.len() - 2].commit;
        let (store, _) = folder.open();
        store.restore(&id(2), older).await.unwrap();
        store.close().await;
        drop(store);
        assert_eq!(folder.findings(), [""; 0], "an old version is still the gateway's own");
        assert!(
            purge(&folder, secret).survey::<Sample>().unwrap().is_nowhere(),
            "a second time there is nothing"
        );
    }
}

#[tokio::test]
async fn a_purge_that_is_killed_behind_any_step_leaves_a_state_that_starts_and_is_run_again() {
    // REQ-PROOF-04, REQ-STATE-03
    for started_between in [false, true] {
        for last in 0.. {
            let Leaked { folder, kept } = leaked(SECRET).await;
            let before = positions(&folder);
            announced(&folder, &purge(&folder, SECRET)).await;
            let mut steps = 0;
            let killed =
                purge(&folder, SECRET).carry_out_with::<Sample>(folder.clock.as_ref(), &mut |_: Step| {
                    steps += 1;
                    if steps > last { Err(io::Error::other("killed")) } else { Ok(()) }
                });
            if killed.is_ok() {
                assert!(last > 6, "there are that many steps: {last}");
                break;
            }
            if started_between {
                assert_eq!(positions(&folder), before, "killed after {last}");
                assert_eq!(
                    against(&folder, &kept).iter().filter(|fault| !fault.contains("Run the same")).count(),
                    0
                );
            }
            let (_, left) = whole(&folder, &purge(&folder, SECRET)).await;
            assert_eq!((left, places(&folder, SECRET)), (vec![], vec![]), "killed after {last}");
            assert_eq!((folder.findings(), against(&folder, &kept)), (vec![], vec![]), "killed after {last}");
            assert_eq!(positions(&folder), before, "killed after {last}");
            assert!(python(&folder, &kept).is_ok());
        }
    }
}

#[tokio::test]
async fn a_purge_that_was_broken_off_is_told_until_it_is_run_again() {
    // REQ-PROOF-04
    let Leaked { folder, .. } = leaked(SECRET).await;
    announced(&folder, &purge(&folder, SECRET)).await;
    let faults = folder.findings().join("\n");
    assert!(faults.contains("entry 7 says that a text was removed from entry 5, and it wasn't"), "{faults}");
}

#[tokio::test]
async fn what_is_left_of_an_entry_can_neither_be_changed_nor_claimed() {
    // REQ-PROOF-04, REQ-PROOF-02: a body that was swapped or edited.
    let Leaked { folder, kept } = leaked(SECRET).await;
    whole(&folder, &purge(&folder, SECRET)).await;
    let path = folder.at("audit/000001.jsonl");
    let honest = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = honest.lines().collect();
    let claimed = {
        let mut line: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
        let leaf = hex::encode(gateway_proof::tree::leaf_hash(lines[1].as_bytes()));
        line["purged"] = leaf.into();
        line["who"] = "web:dora".into();
        honest.replace(lines[1], &line.to_string())
    };
    for (forged, says) in [
        (honest.replacen("curl -u me", "make it", 1), "someone changed them"),
        (
            honest.replace(&format!("{}\n{}", lines[4], lines[5]), &format!("{}\n{}", lines[5], lines[4])),
            "does not follow",
        ),
        (claimed.clone(), "no entry `purged text` says so"),
        (with_a_purge_by_nobody(&claimed), "no signed checkpoint covers it"),
    ] {
        fs::write(&path, forged).unwrap();
        let faults = against(&folder, &kept).join("\n");
        assert!(faults.contains(says), "{faults}");
        assert!(python(&folder, &kept).unwrap_err().starts_with("FAULT: "));
    }
}

/// Whoever can write the file can chain an entry that names what they did; they can't sign it.
fn with_a_purge_by_nobody(log: &str) -> String {
    let mut purges = Purges::default();
    log.lines().for_each(|line| purges.look(line.as_bytes()));
    let last: AuditLine = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    let entry = AuditEntry::new("2026-03-09T12:00:00Z".parse().unwrap(), "cli:anna", "purged text", "");
    let answer = serde_json::to_string(&purges.found()).unwrap();
    let link = chain(Some(&last.link), AuditEntry { answer, ..entry });
    let line = AuditLine { change: last.change + 1, link, ..last };
    format!("{log}{}\n", serde_json::to_string(&AuditLine { salt: String::new(), ..line }).unwrap())
}

#[tokio::test]
async fn the_words_of_one_entry_go_alone() {
    // REQ-PROOF-04
    let Leaked { folder, kept } = leaked(SECRET).await;
    let target = || Purge::of(folder.directory.path(), folder.keys.clone(), PurgeTarget::Entry(3));
    let (survey, left) = whole(&folder, &target()).await;
    assert_eq!((survey.entries, survey.records, left), (1, 0, vec![]));
    assert_eq!(places(&folder, "make 3"), [""; 0]);
    let entries = folder.inspect().audit_entries().unwrap();
    assert_eq!(entries[2].entry.told.subject, "•••");
    assert_eq!((folder.findings(), against(&folder, &kept)), (vec![], vec![]));
    assert!(target().survey::<Sample>().unwrap().is_nowhere());
    let of_the_purge = Purge::of(folder.directory.path(), folder.keys.clone(), PurgeTarget::Entry(7));
    assert!(of_the_purge.survey::<Sample>().unwrap().is_nowhere(), "what the log needs of itself stays");
}

#[tokio::test]
async fn a_purge_signs_nothing_that_the_gateway_did_not_write() {
    // REQ-PROOF-04, REQ-PROOF-03, H6
    let Leaked { folder, .. } = leaked(SECRET).await;
    let purge = purge(&folder, SECRET);
    announced(&folder, &purge).await;
    folder.edit(2, |text| text.replace("position: 9", "position: 77"));
    assert_eq!(purge.carry_out::<Sample>(folder.clock.as_ref()).unwrap(), [""; 0]);
    assert_eq!(places(&folder, SECRET), [""; 0]);
    assert_eq!(positions(&folder)[1], Some(9), "the edit still grants nothing");
}

#[tokio::test]
async fn who_has_not_the_key_or_finds_the_gateway_running_changes_nothing() {
    // REQ-PROOF-04
    let Leaked { folder, .. } = leaked(SECRET).await;
    let before = fs::read(folder.record(2)).unwrap();
    let keys = StateKeys::of(&RootSecret::new(&[9; 32]));
    let other = Folder { keys: keys.clone(), directory: tempfile::tempdir().unwrap(), ..Folder::new() };
    let copied =
        Command::new("cp").arg("-a").arg(folder.at(".")).arg(other.directory.path()).status().unwrap();
    assert!(copied.success());
    assert!(other.try_open().err().unwrap().to_string().contains("signed with this gateway's key"));
    let (store, _) = folder.open();
    let refused = purge(&folder, SECRET).carry_out::<Sample>(folder.clock.as_ref()).unwrap_err().to_string();
    assert!(refused.contains("is held by"), "{refused}");
    assert_eq!(fs::read(folder.record(2)).unwrap(), before);
    drop(store);
    let in_reason =
        purge(&folder, SECRET).entry(&PurgeSurvey::default(), folder.clock.now(), "cli:anna", SECRET);
    assert!(in_reason.unwrap_err().to_string().contains("would stay in the audit log"));
}

#[tokio::test]
async fn what_would_be_destroyed_is_refused_before_anything_is_changed() {
    // REQ-PROOF-04: a text that is part of a field's name, or of what the state needs to be read.
    let Leaked { folder, .. } = leaked(SECRET).await;
    let before = fs::read(folder.record(2)).unwrap();
    for text in ["ses_00000002", "2026-03-09T11:00:00Z"] {
        let refused = purge(&folder, text).survey::<Sample>().unwrap_err().to_string();
        assert!(refused.contains("Nothing was changed"), "{refused}");
    }
    assert_eq!(fs::read(folder.record(2)).unwrap(), before);
}

#[tokio::test]
async fn a_text_goes_in_its_other_writings_too() {
    // REQ-PROOF-04
    let folder = Folder::new();
    let (store, _) = folder.open();
    let text = "p\u{e4}ss&w\u{f6}rd-\"17\"";
    let writings = [
        general_purpose::STANDARD.encode(format!("me:{text}!")),
        general_purpose::URL_SAFE.encode(format!("u:{text}")),
        hex::encode_upper(text),
        "p%C3%A4ss%26w%c3%b6rd-%2217%22".to_owned(),
        r#"p\u00e4ss\u0026w\u00F6rd-\"17\""#.to_owned(),
        "p\u{e4}ss&amp;w\u{f6}rd-&quot;17&quot;".to_owned(),
        serde_json::json!([serde_json::json!({ "a": text }).to_string()]).to_string(),
    ];
    for (n, writing) in (1..).zip(&writings) {
        store.audit(entry(n, &format!("curl '{writing}'"))).await.unwrap();
        let record = Sample { title: format!("Log in with {writing}"), ..sample(n as usize) };
        store.keep(Arc::new(record)).await.unwrap();
    }
    store.flush().await.unwrap();
    store.close().await;
    drop(store);
    let (survey, left) = whole(&folder, &purge(&folder, text)).await;
    assert_eq!((survey.entries, survey.records, left), (writings.len(), writings.len(), vec![]));
    for writing in &writings {
        let core = &writing[4..writing.len() - 4];
        assert_eq!(places(&folder, core), [""; 0], "{writing}");
    }
    assert_eq!(folder.findings(), [""; 0]);
}

#[tokio::test]
async fn other_encodings_and_pieces_stay_and_that_is_said() {
    // REQ-PROOF-04: what docs/secrets.md does not promise.
    let folder = Folder::new();
    let (store, _) = folder.open();
    let wide: String = SECRET.chars().flat_map(|letter| [letter, '\u{200b}']).collect();
    let broken = SECRET.replacen("-and", "-\nand", 1);
    let twice = general_purpose::STANDARD.encode(general_purpose::STANDARD.encode(SECRET));
    store.audit(entry(1, &format!("{twice} {wide} {broken} {}", SECRET.to_uppercase()))).await.unwrap();
    store.close().await;
    assert!(purge(&folder, SECRET).survey::<Sample>().unwrap().is_nowhere());
    assert_eq!(purge(&folder, &twice).survey::<Sample>().unwrap().entries, 1, "each can be named by itself");
}

#[tokio::test]
async fn of_two_purges_at_once_one_waits_and_the_log_stays_whole() {
    // REQ-PROOF-04: the entry of the second took the place of the first one's, and the lines were nobody's for ever.
    let Leaked { folder, kept } = leaked(SECRET).await;
    let one = purge(&folder, SECRET);
    let other = Purge::of(folder.directory.path(), folder.keys.clone(), PurgeTarget::Entry(3));
    let surveyed = [one.survey::<Sample>().unwrap(), other.survey::<Sample>().unwrap()];
    let (store, _) = folder.open();
    for (purge, survey) in [&one, &other].into_iter().zip(&surveyed) {
        store
            .audit(purge.entry(survey, folder.clock.now(), "cli:anna", "Both at once.").unwrap())
            .await
            .unwrap();
    }
    store.flush().await.unwrap();
    store.close().await;
    drop(store);
    let refused = one.carry_out::<Sample>(folder.clock.as_ref()).unwrap_err().to_string();
    assert!(refused.contains("Nothing was removed; run it again"), "{refused}");
    assert_eq!(other.carry_out::<Sample>(folder.clock.as_ref()).unwrap(), [""; 0]);
    assert_eq!(whole(&folder, &one).await.1, [""; 0]);
    assert_eq!((folder.findings(), against(&folder, &kept)), (vec![], vec![]));
    assert!(python(&folder, &kept).is_ok());
}

#[tokio::test]
async fn a_purge_hides_neither_another_one_that_was_broken_off_nor_what_somebody_changed() {
    // REQ-PROOF-04, REQ-PROOF-02
    let Leaked { folder, .. } = leaked(SECRET).await;
    announced(&folder, &purge(&folder, SECRET)).await;
    let other = purge(&folder, "Title 1, and more of it");
    let refused = other.survey::<Sample>().unwrap_err().to_string();
    assert!(refused.contains("Another purge was broken off"), "{refused}");
    whole(&folder, &purge(&folder, SECRET)).await;
    assert!(other.survey::<Sample>().unwrap().is_nowhere());
    let path = folder.at("audit/000001.jsonl");
    let log = fs::read_to_string(&path).unwrap();
    let line = log.lines().nth(1).unwrap();
    let mut forged: serde_json::Value = serde_json::from_str(line).unwrap();
    forged["purged"] = hex::encode(gateway_proof::tree::leaf_hash(line.as_bytes())).into();
    forged["who"] = "web:dora".into();
    fs::write(&path, log.replace(line, &forged.to_string())).unwrap();
    let refused = purge(&folder, "make it 3 times").survey::<Sample>().unwrap_err().to_string();
    assert!(refused.contains("Someone changed the audit log"), "{refused}");
}

#[tokio::test]
async fn what_a_purge_cannot_reach_is_told() {
    // REQ-PROOF-04
    let Leaked { folder, .. } = leaked(SECRET).await;
    let outside = tempfile::tempdir().unwrap();
    fs::write(folder.at(&format!("damaged/{SECRET}.yaml")), "harmless").unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.at("archive")).unwrap();
    fs::create_dir(folder.at("audit.bak")).unwrap();
    let purge = purge(&folder, SECRET);
    let (_, mut left) = whole(&folder, &purge).await;
    left.sort();
    let expected = ["archive".to_owned(), format!("damaged/{SECRET}.yaml")];
    assert_eq!(left, expected.map(|path| folder.at(&path).display().to_string()));
    assert_eq!(purge.folders_of_others().unwrap(), ["audit.bak"]);
}

#[tokio::test]
async fn a_history_that_was_set_aside_goes_whole_and_the_gateways_own_secrets_stay() {
    // REQ-PROOF-04
    let Leaked { folder, .. } = leaked(SECRET).await;
    let aside = folder.at("damaged/git-1-0");
    assert!(Command::new("cp").arg("-a").arg(folder.at(".git")).arg(&aside).status().unwrap().success());
    fs::create_dir_all(folder.at("private")).unwrap();
    fs::write(folder.at("private/api-token"), SECRET).unwrap();
    let (_, left) = whole(&folder, &purge(&folder, SECRET)).await;
    assert!(!aside.exists());
    assert_eq!(left, [folder.at("private/api-token").display().to_string()]);
}

/// Links of the folder lead nowhere that a purge would write to.
#[tokio::test]
async fn what_a_link_leads_to_is_not_touched() {
    // REQ-PROOF-04
    let Leaked { folder, .. } = leaked(SECRET).await;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("theirs"), SECRET).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.at("damaged/link")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("theirs"), folder.at("damaged/file")).unwrap();
    whole(&folder, &purge(&folder, SECRET)).await;
    assert_eq!(fs::read_to_string(outside.path().join("theirs")).unwrap(), SECRET);
    assert!(Path::new(&folder.at("damaged/link")).is_symlink());
}
