//! The tampers of finding H5, each found from one checkpoint that was kept outside: by the gateway's own command, and by a
//! program that shares nothing with it.

use super::*;
use crate::store::audit_head::{KeptCheckpoint, NewLogKey};
use crate::store::audit_log::AuditLine;
use gateway_domain::{ChainedEntry, chain_salted};
use gateway_proof::checkpoint::Checkpoint;
use gateway_proof::handover::Handover;
use gateway_proof::tree::{Edge, leaf_hash};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A state with six entries, the checkpoint over them as somebody kept it, a copy of the volume from before the last two, and two
/// more entries since.
struct Used {
    folder: Folder,
    kept: String,
    volume: TempDir,
}

async fn used() -> Used {
    let folder = Folder::new();
    add(&folder, 1..=4).await;
    let volume = tempfile::tempdir().unwrap();
    copy(folder.directory.path(), volume.path());
    add(&folder, 5..=6).await;
    let kept = folder.inspect().audit_checkpoint().unwrap();
    add(&folder, 7..=8).await;
    Used { folder, kept, volume }
}

/// Each entry has a commit.
async fn add(folder: &Folder, entries: std::ops::RangeInclusive<u64>) {
    let (store, _) = folder.open();
    for n in entries {
        store.audit(audit_entry(&format!("per_{n}"))).await.unwrap();
        store.flush().await.unwrap();
    }
    store.close().await;
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap();
    assert!(copied.success());
}

fn git(folder: &Folder, args: &[&str]) {
    let names = ["-c", "user.name=mallory", "-c", "user.email=m@example.com"];
    let mut command = Command::new("git");
    command.arg("-C").arg(folder.directory.path()).args(names).args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn entries_of(folder: &Folder) -> Vec<AuditLine> {
    let text = fs::read_to_string(folder.at("audit/000001.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the gateway itself would have written, signed with its own key: whoever has the machine can do that.
fn forge(folder: &Folder, entries: Vec<AuditLine>) {
    let (mut last, mut text, mut edge): (Option<ChainedEntry>, _, _) = (None, String::new(), Edge::default());
    for line in entries {
        let link = chain_salted(last.as_ref(), line.link.entry.clone(), &line.salt);
        let line = serde_json::to_string(&AuditLine { link: link.clone(), ..line }).unwrap();
        edge.push(leaf_hash(line.as_bytes()));
        text += &format!("{line}\n");
        last = Some(link);
    }
    fs::write(folder.at("audit/000001.jsonl"), text).unwrap();
    let signer = signer(7);
    let head = Checkpoint { origin: signer.key().name().into(), size: edge.size(), root: edge.root() };
    fs::write(folder.at("audit/checkpoint"), head.signed(&signer)).unwrap();
}

pub(super) fn against(folder: &Folder, kept: &str) -> Vec<String> {
    let kept = KeptCheckpoint { name: "kept".into(), text: kept.to_owned() };
    let report = folder.inspect().audit_against(&[kept], None).unwrap();
    report.faults.iter().map(ToString::to_string).collect()
}

/// The program of docs/audit, as somebody else would run it.
pub(super) fn python(folder: &Folder, kept: &str) -> Result<String, String> {
    python_with(folder, kept, &[])
}

fn python_with(folder: &Folder, kept: &str, key: &[String]) -> Result<String, String> {
    let file = folder.directory.path().with_extension("kept");
    fs::write(&file, kept).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/audit/verify.py");
    let mut command = Command::new("python3");
    let output = command.arg(program).arg(folder.at("audit")).arg(&file).args(key).output().unwrap();
    fs::remove_file(file).unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    if output.status.success() { Ok(said) } else { Err(said) }
}

#[tokio::test]
async fn an_honest_log_fits_every_checkpoint_that_was_kept_of_it() {
    // REQ-PROOF-02
    let Used { folder, kept, .. } = used().await;
    assert_eq!(against(&folder, &kept), [""; 0]);
    let said = python(&folder, &kept).unwrap();
    assert!(said.starts_with("The first 6 of 8 entries are those of the checkpoint"), "{said}");
    let today = folder.inspect().audit_checkpoint().unwrap();
    assert!(python(&folder, &today).unwrap().starts_with("The first 8 of 8"), "the newest one too");
    let report = folder.inspect().audit().unwrap();
    assert_eq!(report.own.unwrap().entries, 8);
    assert_eq!(folder.findings(), [""; 0]);
}

type Tamper = fn(&Used);

#[tokio::test]
async fn every_tamper_is_found_from_one_checkpoint_that_was_kept_outside() {
    // REQ-PROOF-02, H5
    let tampers: [(&str, Tamper); 8] = [
        ("one entry changed", |used| {
            let path = used.folder.at("audit/000001.jsonl");
            fs::write(&path, fs::read_to_string(&path).unwrap().replace("per_2", "per_9")).unwrap();
        }),
        ("the last lines cut", |used| cut(&used.folder)),
        ("the last lines cut, and a tidy commit", |used| {
            cut(&used.folder);
            git(&used.folder, &["commit", "-qam", "tidy up"]);
        }),
        ("git reset", |used| git(&used.folder, &["reset", "-q", "--hard", "HEAD~3"])),
        ("all rewritten and signed with the true key", |used| {
            let mut entries = entries_of(&used.folder);
            entries.iter_mut().for_each(|line| line.link.entry.who = "web:dora".into());
            forge(&used.folder, entries);
            git(&used.folder, &["commit", "-qam", "Session state checkpoint"]);
        }),
        ("two entries swapped and signed", |used| {
            let mut entries = entries_of(&used.folder);
            entries.swap(2, 3);
            forge(&used.folder, entries);
        }),
        ("one entry less, signed", |used| {
            let mut entries = entries_of(&used.folder);
            entries.remove(3);
            forge(&used.folder, entries);
        }),
        ("the volume rolled back", |used| {
            fs::remove_dir_all(used.folder.directory.path()).unwrap();
            fs::create_dir(used.folder.directory.path()).unwrap();
            copy(used.volume.path(), used.folder.directory.path());
        }),
    ];
    for (what, tamper) in tampers {
        let used = used().await;
        tamper(&used);
        assert_ne!(against(&used.folder, &used.kept), [""; 0], "{what}");
        let said = python(&used.folder, &used.kept).unwrap_err();
        assert!(said.starts_with("FAULT: "), "{what}: {said}");
    }
}

/// To less than the checkpoint was made over.
fn cut(folder: &Folder) {
    let path = folder.at("audit/000001.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.lines().take(5).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

#[tokio::test]
async fn a_volume_that_was_rolled_back_is_found_after_the_gateway_went_on_too() {
    // REQ-PROOF-02, H5: the log has as many entries as before, all chained and signed by the gateway itself.
    let used = used().await;
    fs::remove_dir_all(used.folder.directory.path()).unwrap();
    fs::create_dir(used.folder.directory.path()).unwrap();
    copy(used.volume.path(), used.folder.directory.path());
    add(&used.folder, 15..=20).await;
    let report = used.folder.inspect().audit().unwrap();
    assert_eq!((report.faults.len(), report.entries), (0, 10), "it is whole by itself");
    let found = against(&used.folder, &used.kept).join("\n");
    assert!(found.contains("first 6 entries are not the ones that kept covers"), "{found}");
    assert!(python(&used.folder, &used.kept).unwrap_err().contains("the log was changed"));
}

#[tokio::test]
async fn a_tidy_commit_on_top_hides_nothing_that_older_commits_say() {
    // H5: the third and the fifth tamper were "none changed, removed or inserted".
    let used = used().await;
    cut(&used.folder);
    git(&used.folder, &["commit", "-qam", "tidy up"]);
    let faults = used.folder.findings().join("\n");
    assert!(faults.contains("The log ends with entry 5"), "{faults}");
    let used = self::used().await;
    let mut entries = entries_of(&used.folder);
    entries.iter_mut().for_each(|line| line.link.entry.who = "web:dora".into());
    forge(&used.folder, entries);
    git(&used.folder, &["commit", "-qam", "Session state checkpoint"]);
    let faults = used.folder.findings().join("\n");
    assert!(faults.contains("the log was rewritten"), "{faults}");
}

#[tokio::test]
async fn a_change_after_the_newest_kept_checkpoint_is_the_window_that_is_not_proven() {
    // REQ-PROOF-02: what is promised ends there, and the test says so.
    let used = used().await;
    let mut entries = entries_of(&used.folder);
    entries[7].link.entry.who = "web:dora".into();
    forge(&used.folder, entries);
    git(&used.folder, &["commit", "-q", "--amend", "-am", "Session state checkpoint"]);
    assert_eq!(against(&used.folder, &used.kept), [""; 0]);
    assert!(python(&used.folder, &used.kept).is_ok());
}

#[tokio::test]
async fn a_kill_between_the_lines_and_their_checkpoint_is_put_right() {
    // REQ-PROOF-02, REQ-STATE-03
    for with_head in [true, false] {
        let used = used().await;
        // Entries 5 and 6 are on the disk, and neither commit nor journal has them; the head may be there.
        let later = tempfile::tempdir().unwrap();
        copy(used.folder.directory.path(), later.path());
        let at = used.folder.directory.path();
        fs::remove_dir_all(at).unwrap();
        fs::create_dir(at).unwrap();
        copy(used.volume.path(), at);
        fs::copy(later.path().join("audit/000001.jsonl"), used.folder.at("audit/000001.jsonl")).unwrap();
        if with_head {
            fs::copy(later.path().join("audit/checkpoint"), used.folder.at("audit/checkpoint")).unwrap();
        }
        let (store, recovered) = used.folder.open();
        assert!(
            !told(&recovered.notices).contains("signed checkpoint covers"),
            "{}",
            told(&recovered.notices)
        );
        store.flush().await.unwrap();
        let head: Checkpoint = store.committed_head().unwrap().parse().unwrap();
        assert_eq!(head.size, 8, "lines that are there are signed");
        drop(store);
        assert_eq!(used.folder.findings(), [""; 0], "head: {with_head}");
        assert_eq!(against(&used.folder, &used.kept), [""; 0]);
        git(&used.folder, &["reset", "-q", "--hard"]);
        assert!(python(&used.folder, &used.kept).unwrap().contains("6 of 8"), "the commit has the lines too");
    }
}

#[tokio::test]
async fn an_older_log_goes_on_under_its_first_signed_head() {
    // REQ-PROOF-02: yesterday's lines are the first leaves, as they are.
    let folder = Folder { signer: None, ..Folder::new() };
    add(&folder, 1..=3).await;
    let before = fs::read(folder.at("audit/000001.jsonl")).unwrap();
    assert!(!folder.at("audit/checkpoint").exists());
    let folder = Folder { signer: Some(signer(7)), ..folder };
    let (store, recovered) = folder.open();
    let new = recovered.new_log_key.unwrap();
    assert_eq!((new.entries, new.instead_of.clone()), (3, None));
    store.flush().await.unwrap();
    let head: Checkpoint = store.committed_head().unwrap().parse().unwrap();
    assert_eq!(head.size, 3, "without a new entry");
    store.audit(new.entry(folder.clock.now())).await.unwrap();
    store.close().await;
    drop(store);
    let after = fs::read(folder.at("audit/000001.jsonl")).unwrap();
    assert!(after.starts_with(&before) && after.len() > before.len());
    let entries = folder.inspect().audit_entries().unwrap();
    assert!(entries[3].entry.told.subject.contains("first 3 entries were only chained"));
    assert_eq!(folder.findings(), [""; 0]);
    assert_eq!(folder.open().1.new_log_key, None, "it is told once");
}

#[tokio::test]
async fn another_key_is_told_aloud_and_does_not_count_as_the_one_that_was_kept() {
    // REQ-PROOF-02
    let Used { folder, kept, .. } = used().await;
    let key = signer(7).key().clone();
    let folder = Folder { signer: Some(signer(8)), ..folder };
    let (store, recovered) = folder.open();
    assert!(told(&recovered.notices).contains("IS SIGNED BY ANOTHER KEY"), "{}", told(&recovered.notices));
    assert_eq!(recovered.new_log_key.unwrap().instead_of, Some(key.to_string()));
    store.flush().await.unwrap();
    store.close().await;
    drop(store);
    // What the old key signed still says what it said; that it did not sign the change is an alarm.
    let faults = against(&folder, &kept);
    assert!(faults.len() == 1 && faults[0].contains("did not sign that"), "{faults:?}");
    let report = folder.inspect().audit_against(&[], Some(&key)).unwrap();
    let found = report.faults.iter().map(ToString::to_string).collect::<String>();
    assert!(found.contains("isn't signed by"), "{found}");
    let today = folder.inspect().audit_checkpoint().unwrap();
    for (kept, key, says) in [
        (&kept, vec![], "did not sign that"),
        (&today, vec![], "did not sign that"),
        (&today, vec![key.to_string()], "isn't signed by the log's key"),
    ] {
        let said = python_with(&folder, kept, &key).unwrap_err();
        assert!(said.starts_with("FAULT: ") && said.contains(says), "{said}");
    }
    assert!(!told(&folder.open().1.notices).contains("ANOTHER KEY"), "it is told once");
}

#[tokio::test]
async fn a_head_that_the_log_does_not_fit_is_told_at_the_start_and_kept() {
    // REQ-PROOF-02
    let Used { folder, .. } = used().await;
    cut(&folder);
    git(&folder, &["commit", "-qam", "tidy up"]);
    let (store, recovered) = folder.open();
    let said = told(&recovered.notices);
    assert!(said.contains("but the log's own signed checkpoint covers 8"), "{said}");
    store.flush().await.unwrap();
    drop(store);
    let evidence = fs::read_dir(folder.at("damaged")).unwrap().map(|entry| entry.unwrap().file_name());
    let evidence: Vec<_> = evidence.filter_map(|name| name.into_string().ok()).collect();
    assert!(evidence.iter().any(|name| name.starts_with("checkpoint.")), "{evidence:?}");
}

#[tokio::test]
async fn a_proof_of_one_entry_needs_no_log() {
    // REQ-PROOF-02
    let Used { folder, .. } = used().await;
    for number in 1..=8 {
        let proof = folder.inspect().prove(number).unwrap();
        let proof = proof.to_string().parse::<gateway_proof::checkpoint::LogProof>().unwrap();
        assert_eq!(proof.check(signer(7).key()).unwrap().size, 8);
        assert!(String::from_utf8(proof.line).unwrap().contains(&format!("per_{number}")));
    }
    for number in [0, 9] {
        let refused = folder.inspect().prove(number).unwrap_err().to_string();
        assert!(refused.contains("covers entries 1 to 8"), "{refused}");
    }
    let empty = Folder::new();
    drop(empty.open());
    let refused = empty.inspect().prove(1).unwrap_err().to_string();
    assert!(refused.contains("no signed checkpoint yet"), "{refused}");
}

#[tokio::test]
async fn a_key_that_the_old_one_handed_over_to_is_followed() {
    // REQ-PROOF-02
    let Used { folder, kept, .. } = used().await;
    let (old, new) = (signer(7), signer(8));
    let folder = Folder { signer: Some(signer(8)), ..folder };
    let (store, recovered) = folder.open();
    let change = recovered.new_log_key.unwrap();
    assert_eq!(change.entry_by_both(folder.clock.now(), &signer(9), &new), None, "of another log");
    store.audit(change.entry_by_both(folder.clock.now(), &old, &new).unwrap()).await.unwrap();
    store.flush().await.unwrap();
    store.close().await;
    drop(store);
    assert_eq!(against(&folder, &kept), [""; 0]);
    let report = folder.inspect().audit_against(&[], Some(old.key())).unwrap();
    assert_eq!(report.faults, [], "who kept the old key follows");
    assert_eq!(report.own.unwrap().key, new.key().to_string());
    let report = folder.inspect().audit_against(&[], Some(signer(9).key())).unwrap();
    assert_eq!(report.faults.len(), 1, "a key of nobody leads nowhere");
    // The program that others use says the same of the same files.
    let today = folder.inspect().audit_checkpoint().unwrap();
    for kept in [&kept, &today] {
        assert!(python_with(&folder, kept, &[]).is_ok());
        assert!(python_with(&folder, kept, &[old.key().to_string()]).is_ok());
        assert!(python_with(&folder, kept, &[signer(9).key().to_string()]).is_err());
    }
    assert!(python_with(&folder, &kept, &[new.key().to_string()]).is_err(), "the new key never goes back");
}

#[tokio::test]
async fn a_handover_that_one_of_both_did_not_sign_leads_nowhere() {
    // REQ-PROOF-02
    let (old, new) = (signer(7), signer(8));
    let forged = |change: &NewLogKey, at| {
        let honest = change.entry_by_both(at, &signer(7), &signer(8)).unwrap();
        let mallory = Handover::signed(&signer(9), &signer(8), change.entries);
        let claimed = mallory.replace(&signer(9).key().to_string(), &signer(7).key().to_string());
        let alone = honest.told.subject.rsplit_once('\u{2014}').unwrap().0.to_owned();
        [claimed, alone].map(|subject| {
            let told = AuditSubject { subject, ..AuditSubject::default() };
            AuditEntry { told, ..honest.clone() }
        })
    };
    for which in [0, 1] {
        let Used { folder, .. } = used().await;
        let folder = Folder { signer: Some(signer(8)), ..folder };
        let (store, recovered) = folder.open();
        let change = recovered.new_log_key.unwrap();
        store.audit(forged(&change, folder.clock.now())[which].clone()).await.unwrap();
        store.flush().await.unwrap();
        store.close().await;
        drop(store);
        let today = folder.inspect().audit_checkpoint().unwrap();
        let report = folder.inspect().audit_against(&[], Some(old.key())).unwrap();
        assert!(!report.faults.is_empty() && report.own.is_none(), "{which}: our own command");
        for key in [vec![], vec![old.key().to_string()]] {
            let said = python_with(&folder, &today, &key).unwrap_err();
            assert!(said.starts_with("FAULT: "), "{which}: {said}");
        }
        assert!(
            python_with(&folder, &today, &[new.key().to_string()]).is_err(),
            "it came without the old one's word"
        );
    }
}
