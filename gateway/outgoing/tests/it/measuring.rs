//! What is said of a change, and that it is so.

use crate::yard::{Yard, commit, fake_token, git, run_git, write};
use gateway_delivery::{ChangedFile, FileStatus, MeasuredChange, SpecialFile};
use gateway_outgoing::{Leaving, OutgoingFault};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

fn file<'a>(change: &'a MeasuredChange, path: &str) -> &'a ChangedFile {
    change
        .files
        .iter()
        .find(|file| file.path == path)
        .unwrap_or_else(|| panic!("{path} in {:?}", change.files))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_counted_as_git_counts_them() {
    // REQ-DELIVER-06
    let yard = Yard::new().await;
    let agent = yard.agent();
    let long: String = (0..100).map(|n| format!("line {n}\n")).collect();
    write(&agent, "src/long.ts", &long);
    commit(&agent, "Long");
    git(&agent, &["push", "-q", "origin", "HEAD:main"]);
    write(&agent, "src/moved.ts", long.replace("line 7\n", "line seven\n"));
    std::fs::remove_file(agent.join("src/long.ts")).unwrap();
    write(&agent, "src/cart.ts", "export const total = 5;\nexport const all = 3;\n");
    write(&agent, "src/cart.test.ts", "it('counts', () => {});\n");
    write(&agent, "logo.png", b"\x89PNG\0\0\x01");
    write(&agent, "run.sh", "#!/bin/sh\n");
    std::fs::set_permissions(agent.join("run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(agent.join("README.md"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::remove_file(agent.join(".gitignore")).unwrap();
    write(&agent, "model.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 5\n");
    write(&agent, "web/Cargo.lock", "version = 4\n");
    let change = yard.measured().await;

    assert_eq!(change.unmeasured, Vec::<String>::new());
    let moved = file(&change, "src/moved.ts");
    assert_eq!((moved.status, moved.old_path.as_deref()), (FileStatus::Moved, Some("src/long.ts")));
    assert_eq!((moved.added, moved.deleted), (1, 1));
    assert!(!change.files.iter().any(|file| file.path == "src/long.ts"));
    let cart = file(&change, "src/cart.ts");
    assert_eq!((cart.status, cart.added, cart.deleted, cart.test), (FileStatus::Modified, 1, 2, false));
    assert!(file(&change, "src/cart.test.ts").test);
    let logo = file(&change, "logo.png");
    assert!(logo.binary && logo.added == 0 && logo.status == FileStatus::Added);
    assert!(
        file(&change, "run.sh").mode_changed && file(&change, "README.md").mode_changed && !cart.mode_changed
    );
    assert_eq!(file(&change, ".gitignore").status, FileStatus::Deleted);
    assert_eq!(file(&change, "model.bin").special, Some(SpecialFile::LfsPointer));
    assert!(file(&change, "web/Cargo.lock").generated && !cart.generated);

    git(&agent, &["add", "-A"]);
    let numstat = git(&agent, &["diff", "--cached", "-M", "--numstat", "origin/main"]);
    let of_git =
        numstat.lines().map(|line| line.split('\t').next().unwrap().parse::<u64>().unwrap_or(0)).sum::<u64>();
    assert_eq!(change.added(), of_git, "{numstat}");
    assert_eq!(git(&agent, &["write-tree"]), change.tree, "the very tree that git would make");
}

#[tokio::test(flavor = "multi_thread")]
async fn submodules_are_told() {
    // REQ-DELIVER-06
    let yard = Yard::new().await;
    let agent = yard.agent();
    git(&agent, &["update-index", "--add", "--cacheinfo", &format!("160000,{},lib", "1".repeat(40))]);
    write(&agent, ".gitmodules", "[submodule \"lib\"]\n\tpath = lib\n\turl = https://evil.test/lib\n");
    git(&agent, &["add", ".gitmodules"]);
    git(&agent, &["commit", "-q", "-m", "Lib"]);
    for leaving in [Leaving::Committed, Leaving::WithFiles] {
        let change = yard.try_measured(leaving).await.unwrap();
        assert_eq!(file(&change, "lib").special, Some(SpecialFile::Submodule), "{leaving:?}");
        assert!(change.files.iter().any(|file| file.path == ".gitmodules"));
    }
    assert!(!yard.forge.seen().iter().any(|seen| seen.contains("lib")));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_no_text_are_said_to_be_unmeasured() {
    // REQ-DELIVER-06
    let yard = Yard::new().await;
    let agent = yard.agent();
    std::fs::write(agent.join(OsStr::from_bytes(b"caf\xe9.txt")), "x\n").unwrap();
    write(&agent, "a b\"c\n.txt", "x\n");
    let change = yard.measured().await;
    assert_eq!(change.files.len(), 2);
    assert!(change.files.iter().any(|file| file.path == "caf\u{fffd}.txt"));
    assert_eq!(change.unmeasured.len(), 1);
    assert!(change.unmeasured[0].contains("not text"), "{:?}", change.unmeasured);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_change_says_of_itself_hides_no_lines() {
    // REQ-DELIVER-06: attributes of the change are not read, those of the base branch are
    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, ".gitattributes", "*.ts -diff -text linguist-generated\n");
    write(&agent, "src/new.ts", "one\ntwo\n");
    let change = yard.measured().await;
    let new = file(&change, "src/new.ts");
    assert_eq!((new.added, new.binary, new.generated), (2, false, false));

    write(&yard.origin(), ".gitattributes", "api/** linguist-generated=true\n");
    write(&yard.origin(), "web/.gitattributes", "*.gen linguist-generated\nhand.gen -linguist-generated\n");
    commit(&yard.origin(), "Attributes");
    git(&yard.origin(), &["push", "-q", "origin", "HEAD:main"]);
    std::fs::remove_file(agent.join(".gitattributes")).unwrap();
    git(&agent, &["pull", "-q", "--rebase", "origin", "main"]);
    for path in ["api/a.ts", "web/a.gen", "web/hand.gen"] {
        write(&agent, path, "x\n");
    }
    let change = yard.measured().await;
    assert!(file(&change, "api/a.ts").generated && file(&change, "web/a.gen").generated);
    assert!(!file(&change, "web/hand.gen").generated && !file(&change, "src/new.ts").generated);
}

#[tokio::test(flavor = "multi_thread")]
async fn dependencies_are_told_by_name() {
    // REQ-DELIVER-06
    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, "package.json", "{\"dependencies\":{\"left\":\"^2.0.0\",\"right\":\"1\"}}\n");
    write(&agent, "api/go.mod", "module x.test\nrequire a.test/a v1.0.0\n");
    write(&agent, "tool/requirements.txt", "flask==3\n");
    write(&agent, "yarn.lock", "# anything\n");
    write(&agent, "broken/Cargo.toml", "[dependencies\nhunter2\n");
    let change = yard.measured().await;
    let told: Vec<_> = change
        .dependencies
        .iter()
        .map(|one| {
            (&one.ecosystem[..], &one.name[..], one.from.as_deref(), one.to.as_deref(), &one.manifest[..])
        })
        .collect();
    assert_eq!(
        told,
        [
            ("go", "a.test/a", None, Some("v1.0.0"), "api/go.mod"),
            ("npm", "left", Some("^1.0.0"), Some("^2.0.0"), "package.json"),
            ("npm", "right", None, Some("1"), "package.json"),
            ("pypi", "flask", None, Some("==3"), "tool/requirements.txt"),
            ("npm", "*", None, None, "yarn.lock"),
        ]
    );
    assert_eq!(change.unmeasured.len(), 1);
    assert!(
        change.unmeasured[0].starts_with("broken/Cargo.toml could not be read"),
        "{:?}",
        change.unmeasured
    );
    assert!(!change.unmeasured[0].contains("hunter2"));
    // Only scripts changed: no dependency did.
    write(&agent, "package.json", "{\"dependencies\":{\"left\":\"^1.0.0\"},\"scripts\":{\"x\":\"y\"}}\n");
    let change = yard.measured().await;
    assert!(!change.dependencies.iter().any(|one| one.manifest == "package.json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_found_in_the_tree_and_on_the_way_to_it() {
    // REQ-DELIVER-06
    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, "src/a.ts", "one\n");
    commit(&agent, "First");
    write(&agent, "src/a.ts", format!("one\ntwo\nconst t = '{}';\n", fake_token(1)));
    write(&agent, "deploy/id_rsa", "not even a key\n");
    commit(&agent, "Second, with a secret");
    std::fs::remove_dir_all(agent.join("deploy")).unwrap();
    write(&agent, "src/a.ts", "one\ntwo\n");
    commit(&agent, "Third, without it");
    write(&agent, "src/b.ts", format!("const u = '{}';\n", fake_token(2)));
    let change = yard.measured().await;
    let told: Vec<_> =
        change.secrets.iter().map(|one| (&one.rule[..], &one.path[..], one.line, one.commit)).collect();
    assert_eq!(
        told,
        [
            ("github-token", "src/a.ts", 3, Some(2)),
            ("github-token", "src/b.ts", 1, None),
            ("secret-file", "deploy/id_rsa", 0, Some(2)),
        ]
    );
    let everything = format!("{change:?}{}", std::fs::read_to_string(agent.join("src/a.ts")).unwrap());
    assert!(!everything.contains(&fake_token(1)) && !everything.contains(&fake_token(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_a_merge_brings_in_is_found_and_one_of_the_base_is_not() {
    // REQ-DELIVER-06
    let yard = Yard::new().await;
    let (agent, origin) = (yard.agent(), yard.origin());
    write(&origin, "old.ts", format!("const t = '{}';\n", fake_token(3)));
    commit(&origin, "People's own");
    git(&origin, &["push", "-q", "origin", "HEAD:main"]);
    write(&agent, "src/x.ts", "x\n");
    commit(&agent, "Mine");
    git(&agent, &["fetch", "-q", "origin"]);
    git(&agent, &["merge", "-q", "--no-ff", "--no-commit", "origin/main"]);
    write(&agent, "evil.ts", format!("const t = '{}';\n", fake_token(4)));
    commit(&agent, "Merge main");
    std::fs::remove_file(agent.join("evil.ts")).unwrap();
    let change = yard.measured().await;
    let told: Vec<_> = change.secrets.iter().map(|one| (&one.path[..], one.commit)).collect();
    assert_eq!(told, [("evil.ts", Some(2))]);
    assert_eq!(change.files.len(), 1, "what main brought is not the agent's: {:?}", change.files);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_steer_ci_are_told() {
    // REQ-DELIVER-06
    let yard = Yard::new().await;
    let agent = yard.agent();
    for (n, message) in
        ["Honest", "Sly [Skip CI]", "Slyer\n\nbody\n\n\nskip-checks: true", "***NO_CI*** [no ci]"]
            .iter()
            .enumerate()
    {
        write(&agent, "src/a.ts", format!("{n}\n"));
        commit(&agent, message);
    }
    let change = yard.measured().await;
    assert_eq!(change.commits, 4);
    let told: Vec<_> = change.steering.iter().map(|one| (one.commit, &one.says[..])).collect();
    assert_eq!(told, [(2, "[Skip CI]"), (3, "skip-checks: true"), (4, "***NO_CI***"), (4, "[no ci]")]);
    // What is sealed has a message of its own.
    let sealed = yard.sealed(&change, None).unwrap();
    let message = git(&yard.own().join("runs").join(only(&yard)), &["log", "-1", "--format=%B", &sealed]);
    assert!(!message.to_lowercase().contains("ci]"), "{message}");
}

fn only(yard: &Yard) -> String {
    let mut all = std::fs::read_dir(yard.own().join("runs")).unwrap().flatten();
    all.next().unwrap().file_name().into_string().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_went_on_counts_from_where_the_work_left_it() {
    // REQ-DELIVER-15
    let yard = Yard::new().await;
    write(&yard.agent(), "src/new.ts", "x\n");
    commit(&yard.agent(), "Mine");
    write(&yard.origin(), "theirs.md", "x\n");
    let newest = commit(&yard.origin(), "Theirs");
    git(&yard.origin(), &["push", "-q", "origin", "HEAD:main"]);
    let change = yard.measured().await;
    assert_eq!(change.files.iter().map(|file| &file.path[..]).collect::<Vec<_>>(), ["src/new.ts"]);
    assert_eq!(change.base_head, newest);
    assert_eq!(change.merge_base, git(&yard.agent(), &["rev-parse", "origin/main"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_was_rewritten_is_measured_or_said_to_be_another() {
    // REQ-DELIVER-15: a base that was force-pushed
    let yard = Yard::new().await;
    write(&yard.origin(), "gone.md", "x\n");
    commit(&yard.origin(), "Will be taken back");
    git(&yard.origin(), &["push", "-q", "origin", "HEAD:main"]);
    let first = yard.fetch_base().await.unwrap();
    git(&yard.agent(), &["pull", "-q", "--rebase", "origin", "main"]);
    write(&yard.agent(), "src/new.ts", "x\n");
    commit(&yard.agent(), "Mine");
    git(&yard.origin(), &["reset", "-q", "--hard", "HEAD~1"]);
    write(&yard.origin(), "other.md", "x\n");
    commit(&yard.origin(), "Instead");
    git(&yard.origin(), &["push", "-q", "-f", "origin", "HEAD:main"]);
    let change = yard.measured().await;
    assert_ne!(change.base_head, first);
    let paths: Vec<_> = change.files.iter().map(|file| &file.path[..]).collect();
    assert_eq!(
        paths,
        ["gone.md", "src/new.ts"],
        "what the base took back would come again, and that is shown"
    );
    assert_eq!(change.commits, 2);

    git(&yard.origin(), &["checkout", "-q", "--orphan", "anew"]);
    commit(&yard.origin(), "Anew");
    git(&yard.origin(), &["push", "-q", "-f", "origin", "HEAD:main"]);
    let fault = yard.try_measured(Leaving::WithFiles).await.unwrap_err();
    assert!(matches!(&fault, OutgoingFault::Unrelated(told) if told.contains("rewritten")), "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changed_is_nothing() {
    // DELIVERY 5.12
    let yard = Yard::new().await;
    let change = yard.measured().await;
    assert!(change.is_empty() && change.commits == 0);
    assert_eq!(yard.sealed(&change, None), Err(OutgoingFault::NothingChanged));
    // There and back again is nothing either.
    write(&yard.agent(), "src/a.ts", "x\n");
    commit(&yard.agent(), "There");
    std::fs::remove_file(yard.agent().join("src/a.ts")).unwrap();
    commit(&yard.agent(), "And back");
    let change = yard.measured().await;
    assert!(change.is_empty() && change.commits == 2);
    assert_eq!(yard.sealed(&change, None), Err(OutgoingFault::NothingChanged));
    assert_eq!(
        OutgoingFault::NothingChanged.to_string(),
        "The agent changed nothing, so there is nothing to deliver."
    );
    assert!(!run_git(&yard.bare(), &["rev-parse", "-q", "--verify", crate::yard::BRANCH]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_patch_is_what_would_leave() {
    // REQ-DELIVER-14
    let yard = Yard::new().await;
    write(&yard.agent(), "README.md", "# Store\n");
    let change = yard.measured().await;
    let patch = yard.store().patch(&change.merge_base, &change.tree, 10_000).unwrap();
    assert!(patch.contains("-# Shop\n+# Store\n"), "{patch}");
    assert_eq!(yard.store().patch(&change.merge_base, &change.tree, 40).unwrap().len(), 40);
}
