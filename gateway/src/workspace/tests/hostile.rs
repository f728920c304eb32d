//! What a hostile agent plants in its workspace: nothing of it runs in the gateway, and nothing outside is touched or read
//! (SECURITY C2 and M5, REQ-HARD-03).

use super::{Yard, commit, file, git, mirror_of};
use crate::sessions::ports::{RepositorySource, WorkspaceFault, Workspaces};
use gateway_domain::SafeName;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A yard with a workspace, and a program that leaves a trace if anybody runs it.
struct HostileYard {
    yard: Yard,
    tree: PathBuf,
    proof: PathBuf,
    script: PathBuf,
}

impl HostileYard {
    async fn new() -> Self {
        let yard = Yard::new();
        yard.repository("web");
        let made = yard.make("shop", "key1", &["web"]).await.unwrap();
        let (proof, script) = (yard.home.path().join("proof"), yard.home.path().join("attack.sh"));
        std::fs::write(&script, format!("#!/bin/sh\ntouch '{}'\ncat\n", proof.display())).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { tree: PathBuf::from(made.directory), yard, proof, script }
    }

    fn set(&self, name: &str, value: &str) {
        let value = value.replace("SCRIPT", self.script.to_str().unwrap());
        let config = self.tree.join(".git/config");
        git(&self.tree, &["config", "--file", config.to_str().unwrap(), name, &value]);
    }

    /// All that the gateway does with a workspace. What it refuses is a fault, and nothing is done.
    async fn everything(&self) -> Vec<String> {
        let (yard, name) = (&self.yard, SafeName::parse("shop").unwrap());
        let mut faults = vec![];
        std::fs::write(self.tree.join("draft.txt"), "draft").unwrap();
        faults.extend(yard.shop.list().await.unwrap().into_iter().flat_map(|view| view.losses));
        faults.extend(yard.shop.changes(&name).await.err().map(|fault| fault.to_string()));
        faults.extend(yard.make("other", "key9", &["web"]).await.err().map(|fault| fault.to_string()));
        faults.extend(yard.make("shop", "key2", &["web"]).await.err().map(|fault| fault.to_string()));
        faults.extend(yard.shop.remove(&name, true).await.err().map(|fault| fault.to_string()));
        assert!(!self.proof.exists(), "something of the agent's ran");
        assert!(!yard.folder().join("shop").exists(), "{faults:?}");
        faults
    }
}

#[tokio::test]
async fn settings_and_hooks_of_the_agent_are_never_run() {
    // SECURITY C2 and six more ways in which git runs programs.
    let settings: [(&str, &[(&str, &str)]); 9] = [
        ("fsmonitor", &[("core.fsmonitor", "SCRIPT"), ("core.fsmonitorHookVersion", "2")]),
        (
            "filters",
            &[
                ("filter.evil.clean", "SCRIPT"),
                ("filter.evil.smudge", "SCRIPT"),
                ("filter.evil.process", "SCRIPT"),
            ],
        ),
        ("textconv", &[("diff.evil.textconv", "SCRIPT"), ("diff.external", "SCRIPT")]),
        ("credential helper", &[("credential.helper", "!SCRIPT")]),
        ("insteadOf", &[("url.ext::SCRIPT.insteadOf", "/"), ("protocol.ext.allow", "always")]),
        (
            "ssh command",
            &[
                ("core.sshCommand", "SCRIPT"),
                ("core.gitProxy", "SCRIPT"),
                ("remote.origin.uploadpack", "SCRIPT"),
            ],
        ),
        ("hooks elsewhere", &[("core.hooksPath", "HOOKS")]),
        (
            "pager and editor",
            &[("core.pager", "SCRIPT"), ("core.editor", "SCRIPT"), ("gpg.program", "SCRIPT")],
        ),
        ("alternate references", &[("core.alternateRefsCommand", "SCRIPT")]),
    ];
    for (what, settings) in settings {
        let scene = HostileYard::new().await;
        let hooks = scene.tree.join(".git/hooks");
        std::fs::create_dir_all(&hooks).unwrap();
        for hook in [
            "post-checkout",
            "pre-commit",
            "reference-transaction",
            "post-index-change",
            "fsmonitor-watchman",
        ] {
            std::fs::copy(&scene.script, hooks.join(hook)).unwrap();
        }
        for (name, value) in settings {
            scene.set(name, &value.replace("HOOKS", hooks.to_str().unwrap()));
        }
        std::fs::write(scene.tree.join(".gitattributes"), "* filter=evil diff=evil\n").unwrap();
        let faults = scene.everything().await;
        assert!(faults.iter().all(|told| told.contains("uncommitted files")), "{what}: {faults:?}");
    }
}

#[tokio::test]
async fn settings_beside_the_settings_are_not_read_either() {
    // SECURITY C2 as it was found: `extensions.worktreeConfig` and `config.worktree`, in the git data that the agent finds.
    let yard = Yard::new();
    let origin = yard.repository("web");
    let source = RepositorySource { depth: Some(1), ..yard.source("web") };
    let made = yard.order("w1", "key1", vec![source.clone()]).await.unwrap();
    let (tree, proof) = (Path::new(&made.directory), yard.home.path().join("proof"));
    let common = PathBuf::from(git(tree, &["rev-parse", "--path-format=absolute", "--git-common-dir"]));
    git(tree, &["config", "extensions.worktreeConfig", "true"]);
    let planted = format!("[core]\n\talternateRefsCommand = \"touch {}; true\"\n", proof.display());
    std::fs::write(common.join("config.worktree"), &planted).unwrap();
    std::fs::write(common.join("objects/info").join("x"), "").ok();
    std::fs::create_dir_all(common.join("objects/info")).unwrap();
    std::fs::write(
        common.join("objects/info/alternates"),
        format!("{}\n", origin.join(".git/objects").display()),
    )
    .unwrap();
    std::fs::write(origin.join("more.txt"), "more").unwrap();
    commit(&origin, "More");
    let two = yard.order("w2", "key2", vec![source.clone()]).await.unwrap();
    assert!(!proof.exists(), "the agent's command ran in the gateway");
    assert_eq!(file(&two.directory, "more.txt").as_deref(), Some("more"));
    yard.order("w1", "key3", vec![source]).await.unwrap();
    assert!(!proof.exists());
}

#[tokio::test]
async fn a_link_in_place_of_a_mirror_is_not_followed() {
    // SECURITY M5: the gateway wrote settings and branches into whatever the link led to.
    let yard = Yard::new();
    let (origin, precious) = (yard.repository("web"), yard.repository("precious"));
    let before = std::fs::read_to_string(precious.join(".git/config")).unwrap();
    let mirrors = yard.shop.config.folder.join(".mirrors");
    std::fs::create_dir_all(&mirrors).unwrap();
    symlink(precious.join(".git"), mirrors.join(mirror_of("web", &origin))).unwrap();
    yard.make("shop", "key1", &["web"]).await.unwrap();
    assert_eq!(std::fs::read_to_string(precious.join(".git/config")).unwrap(), before);
    assert_eq!(git(&precious, &["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
}

#[tokio::test]
async fn git_data_that_is_a_link_or_a_pointer_elsewhere_is_not_used() {
    // SECURITY M5
    type Plant = fn(&Path, &Path);
    let plants: [(&str, Plant); 7] = [
        (".git is a link", |tree, victim| {
            std::fs::remove_dir_all(tree.join(".git")).unwrap();
            symlink(victim, tree.join(".git")).unwrap();
        }),
        (".git names another", |tree, victim| {
            std::fs::remove_dir_all(tree.join(".git")).unwrap();
            std::fs::write(tree.join(".git"), format!("gitdir: {}\n", victim.display())).unwrap();
        }),
        (".git names a link", |tree, victim| {
            std::fs::rename(tree.join(".git"), tree.join("aside")).unwrap();
            symlink(victim, tree.join("link")).unwrap();
            std::fs::write(tree.join(".git"), format!("gitdir: {}\n", tree.join("link").display())).unwrap();
        }),
        ("commondir", |tree, victim| {
            std::fs::write(tree.join(".git/commondir"), victim.to_str().unwrap()).unwrap();
        }),
        ("objects are a link", |tree, victim| {
            std::fs::remove_dir_all(tree.join(".git/objects")).unwrap();
            symlink(victim.join("objects"), tree.join(".git/objects")).unwrap();
        }),
        ("HEAD is a link", |tree, victim| {
            std::fs::remove_file(tree.join(".git/HEAD")).unwrap();
            symlink(victim.join("HEAD"), tree.join(".git/HEAD")).unwrap();
        }),
        ("HEAD is a pipe", |tree, _| {
            std::fs::remove_file(tree.join(".git/HEAD")).unwrap();
            rustix::fs::mknodat(
                rustix::fs::CWD,
                tree.join(".git/HEAD"),
                rustix::fs::FileType::Fifo,
                0o644.into(),
                0,
            )
            .unwrap();
        }),
    ];
    for (what, plant) in plants {
        let scene = HostileYard::new().await;
        let victim = scene.yard.repository("victim");
        std::fs::write(victim.join("README.md"), "not committed").unwrap();
        let refs = git(&victim, &["for-each-ref"]);
        plant(&scene.tree, &victim.join(".git"));
        let faults = scene.everything().await;
        assert!(!faults.is_empty(), "{what}");
        assert_eq!(std::fs::read_to_string(victim.join("README.md")).unwrap(), "not committed", "{what}");
        assert_eq!(git(&victim, &["for-each-ref"]), refs, "{what}");
    }
}

#[tokio::test]
async fn other_repositories_cannot_be_read_through_borrowed_objects() {
    // REQ-HARD-03: an agent who knows a commit of another project must not get its files by having them "kept".
    let scene = HostileYard::new().await;
    let secret = scene.yard.repository("secret");
    let id = git(&secret, &["rev-parse", "HEAD"]);
    std::fs::create_dir_all(scene.tree.join(".git/objects/info")).unwrap();
    std::fs::write(
        scene.tree.join(".git/objects/info/alternates"),
        format!("{}\n", secret.join(".git/objects").display()),
    )
    .unwrap();
    std::fs::write(scene.tree.join(".git/refs/heads/steal"), format!("{id}\n")).unwrap();
    let fault = scene.yard.make("shop", "key2", &["web"]).await.unwrap_err();
    assert!(matches!(&fault, WorkspaceFault::Unsafe(told) if told.contains(&id)), "{fault:?}");
    scene.everything().await;
    for kept in std::fs::read_dir(scene.yard.private("kept")).unwrap().flatten() {
        let found =
            Command::new("git").args(["cat-file", "-e", &id]).env("GIT_DIR", kept.path()).output().unwrap();
        assert!(!found.status.success(), "{} has it", kept.path().display());
    }
}

#[tokio::test]
async fn links_in_the_files_are_kept_as_links() {
    // REQ-WORK-04: neither what they lead to is read, nor removed.
    let scene = HostileYard::new().await;
    let outside = scene.yard.home.path().join("outside");
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::write(outside.join("guide.md"), "precious").unwrap();
    std::fs::remove_dir_all(scene.tree.join("docs")).unwrap();
    symlink(&outside, scene.tree.join("docs")).unwrap();
    scene.yard.make("shop", "key2", &["web"]).await.unwrap();
    assert_eq!(std::fs::read_to_string(outside.join("guide.md")).unwrap(), "precious");
    assert!(scene.tree.join("docs").symlink_metadata().unwrap().is_dir());
    let rescue = git(&scene.tree, &["for-each-ref", "--format=%(refname:short)", "refs/heads/rescue"]);
    let kept = git(&scene.tree, &["ls-tree", &rescue, "docs"]);
    assert!(kept.starts_with("120000 blob"), "{kept}");
    scene.everything().await;
}

#[tokio::test]
async fn notes_of_the_gateway_are_not_written_where_an_agent_leads_them() {
    // SECURITY M5: the note's draft lay in the workspace, and a link of that name was written through.
    let scene = HostileYard::new().await;
    let victim = scene.yard.home.path().join("journal");
    std::fs::write(&victim, "promises").unwrap();
    for name in [".workspace.yaml", ".workspace.yaml.new"] {
        let _ = std::fs::remove_file(scene.yard.folder().join("shop").join(name));
        symlink(&victim, scene.yard.folder().join("shop").join(name)).unwrap();
    }
    scene.yard.make("shop", "key2", &["web"]).await.unwrap();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "promises");
    scene.everything().await;
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "promises");
}

#[tokio::test]
async fn what_an_agent_writes_reaches_neither_the_mirror_nor_the_next_session() {
    // REQ-HARD-03: objects are no hard links, and hooks do not wait for whoever comes next.
    let scene = HostileYard::new().await;
    let objects = scene.tree.join(".git/objects/pack");
    let mirror = scene.yard.only("mirrors");
    for entry in std::fs::read_dir(&objects).unwrap().flatten() {
        std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
        std::fs::write(entry.path(), "garbage").unwrap();
    }
    std::fs::create_dir_all(scene.tree.join(".git/hooks")).unwrap();
    std::fs::copy(&scene.script, scene.tree.join(".git/hooks/post-checkout")).unwrap();
    assert_eq!(git(&mirror, &["fsck", "--strict"]), "");
    scene.yard.make("shop", "key2", &["web"]).await.unwrap();
    assert_eq!(git(&scene.tree, &["fsck", "--strict"]), "");
    assert!(!scene.tree.join(".git/hooks").exists());
}
