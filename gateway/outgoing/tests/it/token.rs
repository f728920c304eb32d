//! The token: where it is while a push is under way, and that it is nowhere afterwards.

use crate::forge::{Fault, Forge};
use crate::yard::{BRANCH, Yard, git, write};
use base64::Engine;
use gateway_outgoing::{Expected, Pushed};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The token, and as it stands in the header.
fn forms(token: &str) -> [String; 2] {
    [token.to_owned(), base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"))]
}

fn has(bytes: &[u8], forms: &[String; 2]) -> bool {
    forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form.as_bytes()))
}

/// What shows it, as `cmdline 12 git`.
fn processes_that_show(forms: &[String; 2]) -> Vec<String> {
    let mut all = vec![];
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if !name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let program = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        for what in ["cmdline", "environ"] {
            if std::fs::read(entry.path().join(what)).is_ok_and(|bytes| has(&bytes, forms)) {
                all.push(format!("{what} {}", program.trim()));
            }
        }
    }
    all
}

fn files_that_have(folder: &Path, forms: &[String; 2], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match entry.file_type().unwrap().is_dir() {
            true => files_that_have(&path, forms, found),
            false if std::fs::read(&path).is_ok_and(|bytes| has(&bytes, forms)) => {
                found.push(path.display().to_string())
            }
            false => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_the_token_but_git_itself() {
    // REQ-DELIVER-04
    let yard = Yard::new().await;
    let forms = forms(&yard.token);
    let seen = Arc::new(Mutex::new(vec![]));
    let (into, looked_for) = (seen.clone(), forms.clone());
    yard.forge.spy(move || into.lock().unwrap().extend(processes_that_show(&looked_for)));
    write(&yard.agent(), "src/new.ts", "x\n");
    let (_, pushed) = yard.deliver().await.unwrap();
    assert_eq!(pushed, Pushed::Pushed);
    let seen = seen.lock().unwrap().clone();
    assert!(!seen.is_empty(), "nothing was looked at while it was pushed, or this test proves nothing");
    assert!(seen.iter().all(|one| one.starts_with("environ git")), "{seen:?}");
    assert_eq!(processes_that_show(&forms), Vec::<String>::new(), "and afterwards nobody has it");
    let mut files = vec![];
    files_that_have(yard.home.path(), &forms, &mut files);
    assert_eq!(files, Vec::<String>::new());
    assert!(!yard.forge.seen().iter().any(|one| has(one.as_bytes(), &forms)), "no address has it");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_tells_the_token() {
    // REQ-DELIVER-04
    let yard = Yard::new().await;
    let forms = forms(&yard.token);
    write(&yard.agent(), "src/new.ts", "x\n");
    let change = yard.measured().await;
    let commit = yard.sealed(&change, None).unwrap();
    let hook = yard.bare().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let echo = format!("#!/bin/sh\necho 'you sent {} and {}' >&2\nexit 1\n", forms[0], forms[1]);
    std::fs::write(&hook, echo).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let Pushed::Refused(told) = yard.push(&commit, Expected::Absent).await else { panic!() };
    assert!(told.contains("you sent"), "{told}");
    assert!(!has(told.as_bytes(), &forms), "{told}");
    for fault in [Fault::Down, Fault::ReadOnly, Fault::LostAnswer] {
        yard.forge.fails(fault);
        let told = format!("{:?} {:?}", yard.push(&commit, Expected::Absent).await, yard.fetch_base().await);
        assert!(!has(told.as_bytes(), &forms), "{fault:?}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_points_elsewhere_is_not_followed() {
    // REQ-DELIVER-04
    let yard = Yard::new().await;
    write(&yard.agent(), "src/new.ts", "x\n");
    let change = yard.measured().await;
    let commit = yard.sealed(&change, None).unwrap();
    let other = Forge::new(&yard.home.path().join("forge"), &yard.token).await;
    let port = other.address("").trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    yard.forge.fails(Fault::Redirect(port));
    let pushed = yard.push(&commit, Expected::Absent).await;
    assert!(matches!(&pushed, Pushed::Refused(told) if told.contains("another address")), "{pushed:?}");
    assert_eq!(other.seen(), Vec::<String>::new());
    assert!(!git(&yard.bare(), &["for-each-ref"]).contains(BRANCH));
}
