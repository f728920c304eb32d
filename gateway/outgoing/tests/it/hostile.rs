//! What a hostile agent plants in its repository. Each attack is first shown to work on whoever runs git there, so that a
//! test that proves nothing fails; then the whole way out is gone, and nothing of the agent's ran.

use crate::yard::{Yard, commit, git, run_git, write};
use base64::Engine;
use gateway_outgoing::{Expected, Leaving, OutgoingFault, Pushed};
use std::io::{Read, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A yard whose agent has a program that leaves a trace if anybody runs it: with all that its environment has.
struct Scene {
    yard: Yard,
    agent: PathBuf,
    proof: PathBuf,
    script: PathBuf,
}

impl Scene {
    async fn new() -> Self {
        let yard = Yard::new().await;
        let (proof, script) = (yard.home.path().join("proof"), yard.home.path().join("attack.sh"));
        std::fs::write(&script, format!("#!/bin/sh\nenv >> '{}'\ncat\nexit 0\n", proof.display())).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let agent = yard.agent();
        write(&agent, "src/cart.ts", "export const total = 5;\n");
        commit(&agent, "Count right");
        write(&agent, "src/new.ts", "export const more = 1;\n");
        Self { yard, agent, proof, script }
    }

    fn script(&self) -> &str {
        self.script.to_str().unwrap()
    }

    fn set(&self, name: &str, value: &str) {
        let config = self.agent.join(".git/config");
        let value = value.replace("SCRIPT", self.script());
        git(self.yard.home.path(), &["config", "--file", config.to_str().unwrap(), name, &value]);
    }

    /// As one would do it who trusts the folder: git itself, there, with the token where only git sees it.
    fn naive(&self) {
        let basic =
            base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{}", self.yard.token));
        let address = self.yard.address();
        for args in [
            &["status", "--short"][..],
            &["add", "-A"],
            &["diff", "--cached", "HEAD~1"],
            &["log", "-p", "-1"],
            &["-c", "user.name=x", "-c", "user.email=x@x.test", "commit", "-q", "-m", "x"],
            &["push", &address, "HEAD:refs/heads/naive"],
        ] {
            let key = format!("http.{}.extraHeader", address.replace("acme/shop.git", ""));
            let output = Command::new("timeout")
                .args(["10", "git"])
                .args(args)
                .current_dir(&self.agent)
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", key)
                .env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}"))
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_TERMINAL_PROMPT", "0")
                .output();
            drop(output.unwrap());
        }
    }

    /// The naive way falls for it; ours delivers all the same, and nothing ran.
    async fn only_the_naive_fall(self, what: &str) {
        self.naive();
        assert!(self.proof.exists(), "{what}: the attack doesn't work, so this test proves nothing");
        std::fs::remove_file(&self.proof).unwrap();
        let (change, pushed) = self.yard.deliver().await.unwrap();
        assert_eq!(pushed, Pushed::Pushed, "{what}");
        assert!(change.files.iter().any(|file| file.path == "src/new.ts"), "{what}: {:?}", change.files);
        assert!(!self.proof.exists(), "{what}: something of the agent's ran");
    }
}

/// Keeps whatever comes.
struct Listener {
    port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Listener {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(vec![]));
        let into = heard.clone();
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut stream = stream;
                let _ = stream.set_read_timeout(Some(Duration::from_millis(300)));
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    into.lock().unwrap().extend_from_slice(&buffer[..read]);
                    if buffer[..read].ends_with(b"\r\n\r\n") {
                        break;
                    }
                }
                let _ =
                    stream.write_all(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        });
        Self { port, heard }
    }

    fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }

    fn forget(&self) {
        self.heard.lock().unwrap().clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_never_run() {
    // REQ-DELIVER-03, -04: a planted pre-push hook read the header from its environment
    let scene = Scene::new().await;
    for hook in [
        "pre-push",
        "pre-commit",
        "reference-transaction",
        "post-index-change",
        "post-commit",
        "push-to-checkout",
    ] {
        std::fs::copy(&scene.script, scene.agent.join(".git/hooks").join(hook)).unwrap();
    }
    scene.naive();
    let seen = std::fs::read_to_string(&scene.proof).unwrap();
    assert!(seen.contains("Authorization: Basic"), "the hook sees the header, or this test proves nothing");
    scene.only_the_naive_fall("hooks").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_name_programs_run_nothing() {
    // REQ-DELIVER-03
    for (what, settings) in [
        ("fsmonitor", &[("core.fsmonitor", "SCRIPT")][..]),
        ("filters", &[("filter.evil.clean", "SCRIPT"), ("filter.evil.smudge", "SCRIPT")]),
        ("filter process", &[("filter.evil.process", "SCRIPT"), ("filter.evil.required", "true")]),
        ("textconv", &[("diff.evil.textconv", "SCRIPT")]),
        ("diff driver", &[("diff.evil.command", "SCRIPT")]),
        ("external diff", &[("diff.external", "SCRIPT")]),
        ("signing", &[("commit.gpgSign", "true"), ("gpg.program", "SCRIPT")]),
        ("credential helper", &[("credential.helper", "!SCRIPT"), ("http.extraHeader", "")]),
    ] {
        let scene = Scene::new().await;
        write(&scene.agent, ".gitattributes", "* filter=evil diff=evil\n");
        for (name, value) in settings {
            scene.set(name, value);
        }
        if what == "credential helper" {
            // It is asked when the server wants another credential.
            let wrong = scene.yard.address().replace("acme/shop.git", "");
            scene.set(&format!("http.{wrong}.extraHeader"), "Authorization: Basic eDp5");
        }
        scene.only_the_naive_fall(what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_elsewhere_count_no_more() {
    // REQ-DELIVER-03: include.path, config.worktree, hooks of another folder
    let scene = Scene::new().await;
    let hooks = scene.yard.home.path().join("hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    std::fs::copy(&scene.script, hooks.join("pre-push")).unwrap();
    let other = scene.yard.home.path().join("more.config");
    std::fs::write(
        &other,
        format!("[core]\n\thooksPath = {}\n\tfsmonitor = {}\n", hooks.display(), scene.script()),
    )
    .unwrap();
    scene.set("include.path", other.to_str().unwrap());
    scene.only_the_naive_fall("include.path").await;

    let scene = Scene::new().await;
    scene.set("extensions.worktreeConfig", "true");
    write(&scene.agent, ".git/config.worktree", format!("[core]\n\tfsmonitor = {}\n", scene.script()));
    scene.only_the_naive_fall("config.worktree").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_the_server_is_not_the_agents_to_choose() {
    // REQ-DELIVER-04: a planted proxy was sent the header
    let scene = Scene::new().await;
    let proxy = Listener::new();
    scene.set("http.proxy", &format!("http://127.0.0.1:{}", proxy.port));
    scene.set("http.sslVerify", "false");
    scene.naive();
    assert!(
        proxy.heard().contains("Authorization: Basic"),
        "the naive way shows the proxy the header: {}",
        proxy.heard()
    );
    proxy.forget();
    let (_, pushed) = scene.yard.deliver().await.unwrap();
    assert_eq!((pushed, proxy.heard()), (Pushed::Pushed, String::new()));

    let scene = Scene::new().await;
    let other = Listener::new();
    scene.set(&format!("url.http://127.0.0.1:{}/.insteadOf", other.port), "http://");
    scene.set(&format!("url.http://127.0.0.1:{}/.pushInsteadOf", other.port), "http://");
    scene.naive();
    assert!(!other.heard().is_empty(), "insteadOf leads the naive way elsewhere");
    other.forget();
    let (_, pushed) = scene.yard.deliver().await.unwrap();
    assert_eq!((pushed, other.heard()), (Pushed::Pushed, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn others_files_are_not_delivered_through_alternates() {
    // REQ-DELIVER-03: an agent who knows a commit of another project
    let scene = Scene::new().await;
    let secret = scene.yard.home.path().join("secret");
    std::fs::create_dir_all(&secret).unwrap();
    git(&secret, &["init", "-q", "-b", "main"]);
    write(&secret, "plans.txt", "what nobody should read");
    commit(&secret, "Plans");
    let blob = git(&secret, &["rev-parse", "HEAD:plans.txt"]);
    let objects = secret.join(".git/objects");
    write(&scene.agent, ".git/objects/info/alternates", format!("{}\n", objects.display()));
    git(&scene.agent, &["update-index", "--add", "--cacheinfo", &format!("100644,{blob},stolen.txt")]);
    git(&scene.agent, &["commit", "-q", "-m", "Steal"]);
    scene.naive();
    let shown = run_git(&scene.yard.bare(), &["cat-file", "-p", &blob]);
    assert!(shown.status.success(), "the naive way delivers it, or this test proves nothing");
    let fault = scene.yard.bring(Leaving::Committed).unwrap_err();
    assert!(matches!(&fault, OutgoingFault::Unsafe(told) if told.contains(&blob)), "{fault:?}");
    assert!(!holds(&scene.yard.own(), &blob), "the gateway's own repositories have it");
}

#[tokio::test(flavor = "multi_thread")]
async fn git_data_that_leads_elsewhere_is_not_read() {
    // REQ-DELIVER-03
    type Plant = fn(&Path, &Path);
    let plants: [(&str, Plant); 10] = [
        (".git is a link", |tree, victim| {
            std::fs::remove_dir_all(tree.join(".git")).unwrap();
            symlink(victim, tree.join(".git")).unwrap();
        }),
        (".git is a file that names another", |tree, victim| {
            std::fs::remove_dir_all(tree.join(".git")).unwrap();
            std::fs::write(tree.join(".git"), format!("gitdir: {}\n", victim.display())).unwrap();
        }),
        ("commondir", |tree, victim| {
            std::fs::write(tree.join(".git/commondir"), victim.to_str().unwrap()).unwrap();
        }),
        ("objects are a link", |tree, victim| {
            std::fs::remove_dir_all(tree.join(".git/objects")).unwrap();
            symlink(victim.join("objects"), tree.join(".git/objects")).unwrap();
        }),
        ("a folder of objects is a link", |tree, victim| {
            let head = git(tree, &["rev-parse", "HEAD"]);
            let at = tree.join(".git/objects").join(&head[..2]);
            std::fs::remove_dir_all(&at).unwrap();
            symlink(victim.join("objects").join(&head[..2]), at).unwrap();
        }),
        ("HEAD is a link", |tree, victim| {
            std::fs::remove_file(tree.join(".git/HEAD")).unwrap();
            symlink(victim.join("HEAD"), tree.join(".git/HEAD")).unwrap();
        }),
        ("HEAD leads up", |tree, _| {
            std::fs::write(tree.join(".git/HEAD"), "ref: refs/heads/../../../../../secret\n").unwrap();
        }),
        ("refs are a loop of links", |tree, _| {
            std::fs::remove_dir_all(tree.join(".git/refs")).unwrap();
            symlink("refs", tree.join(".git/refs")).unwrap();
        }),
        ("HEAD is a pipe", |tree, _| {
            std::fs::remove_file(tree.join(".git/HEAD")).unwrap();
            let (kind, mode) = (rustix::fs::FileType::Fifo, 0o644.into());
            rustix::fs::mknodat(rustix::fs::CWD, tree.join(".git/HEAD"), kind, mode, 0).unwrap();
        }),
        ("the workspace is a link", |tree, victim| {
            std::fs::rename(tree, tree.with_extension("aside")).unwrap();
            symlink(victim.parent().unwrap(), tree).unwrap();
        }),
    ];
    for (what, plant) in plants {
        let scene = Scene::new().await;
        plant(&scene.agent, &scene.yard.origin().join(".git"));
        for leaving in [Leaving::Committed, Leaving::WithFiles] {
            let brought = scene.yard.bring(leaving);
            assert!(matches!(brought, Err(OutgoingFault::Unsafe(_))), "{what}: {brought:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_in_the_tree_lead_nobody_out() {
    // REQ-DELIVER-06: they are told, and what they lead to is not read
    let scene = Scene::new().await;
    let outside = scene.yard.home.path().join("outside");
    write(&outside, "key.txt", "precious");
    symlink(outside.join("key.txt"), scene.agent.join("key.txt")).unwrap();
    symlink(&outside, scene.agent.join("folder")).unwrap();
    symlink("loop", scene.agent.join("loop")).unwrap();
    std::fs::remove_file(scene.agent.join("README.md")).unwrap();
    symlink("/etc/passwd", scene.agent.join("README.md")).unwrap();
    let (change, pushed) = scene.yard.deliver().await.unwrap();
    assert_eq!(pushed, Pushed::Pushed);
    for path in ["key.txt", "folder", "loop", "README.md"] {
        let file = change.files.iter().find(|file| file.path == path).unwrap();
        assert_eq!(file.special, Some(gateway_delivery::SpecialFile::Link), "{path}");
        let kept = git(&scene.yard.bare(), &["ls-tree", crate::yard::BRANCH, path]);
        assert!(kept.starts_with("120000 blob"), "{kept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_while_it_is_read_changes_nothing_but_the_answer() {
    // REQ-DELIVER-03: what is pushed is what was measured, whatever the agent does meanwhile
    let scene = Scene::new().await;
    let change = scene.yard.measured().await;
    write(&scene.agent, "src/new.ts", "something else\n");
    commit(&scene.agent, "Swap");
    let sealed = scene.yard.sealed(&change, None).unwrap();
    assert_eq!(scene.yard.push(&sealed, Expected::Absent).await, Pushed::Pushed);
    let pushed = git(&scene.yard.bare(), &["rev-parse", &format!("{}^{{tree}}", crate::yard::BRANCH)]);
    assert_eq!(pushed, change.tree);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_folder_is_nobody_elses() {
    // REQ-DELIVER-03
    let scene = Scene::new().await;
    scene.yard.deliver().await.unwrap();
    let mode = std::fs::metadata(scene.yard.own()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let workspaces = scene.yard.home.path().join("workspaces");
    for (own, agents) in
        [(workspaces.join("own"), workspaces.clone()), (scene.yard.own(), scene.yard.own().join("runs"))]
    {
        let opened = gateway_outgoing::Outgoing::open(&own, &agents);
        assert!(matches!(opened, Err(OutgoingFault::Unsafe(_))), "{own:?}");
    }
}

fn holds(own: &Path, id: &str) -> bool {
    ["mirrors", "runs"].iter().any(|folder| {
        std::fs::read_dir(own.join(folder)).unwrap().flatten().any(|entry| {
            let found = Command::new("git")
                .args(["cat-file", "-e", id])
                .env("GIT_DIR", entry.path())
                .output()
                .unwrap();
            found.status.success()
        })
    })
}
