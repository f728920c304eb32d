//! A forge with a repository, an agent with a clone of it, and the gateway's own folder.

use crate::forge::Forge;
use gateway_delivery::MeasuredChange;
use gateway_domain::SafeName;
use gateway_outgoing::{
    AgentsFolder, Brought, Expected, GitProgram, Leaving, Limits, Outgoing, OutgoingFault, Person, Push,
    Pushed, Remote, SealOrder, Store, bring_over, fetch_base, measure, parents_for, push, seal,
};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const BRANCH: &str = "hubble/HB-20261128-k3f9-fix-login";

/// Each yard's token is its own: tests run beside each other, in one process or several, and look for theirs.
static TOKENS: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Yard {
    pub(crate) home: TempDir,
    pub(crate) forge: Forge,
    pub(crate) outgoing: Outgoing,
    pub(crate) limits: Limits,
    pub(crate) token: String,
}

impl Yard {
    pub(crate) async fn new() -> Self {
        let home = TempDir::new().unwrap();
        let bare = home.path().join("forge/acme/shop.git");
        std::fs::create_dir_all(&bare).unwrap();
        git(&bare, &["init", "-q", "--bare", "-b", "main"]);
        git(&bare, &["config", "http.receivepack", "true"]);
        let origin = home.path().join("origin");
        git(home.path(), &["clone", "-q", bare.to_str().unwrap(), origin.to_str().unwrap()]);
        for (path, text) in [
            ("README.md", "# Shop\n"),
            ("src/cart.ts", "export const total = 1;\nexport const tax = 2;\nexport const all = 3;\n"),
            ("package.json", "{\"dependencies\":{\"left\":\"^1.0.0\"}}\n"),
            (".gitignore", "node_modules/\n*.log\n"),
        ] {
            write(&origin, path, text);
        }
        commit(&origin, "Begin");
        git(&origin, &["push", "-q", "origin", "HEAD:main"]);
        let agents = home.path().join("workspaces/shop-12");
        std::fs::create_dir_all(&agents).unwrap();
        git(&agents, &["clone", "-q", "--no-hardlinks", bare.to_str().unwrap(), "shop"]);
        git(&agents.join("shop"), &["checkout", "-q", "-b", "gateway/shop-12"]);
        let token = format!(
            "{}{:08}{:04}",
            ["gh", "s_", "A1b2C3d4E5f6G7h8I9j0K1l2"].concat(),
            std::process::id(),
            TOKENS.fetch_add(1, Ordering::Relaxed)
        );
        let forge = Forge::new(&home.path().join("forge"), &token).await;
        let outgoing = Outgoing::open(&home.path().join("own"), &home.path().join("workspaces")).unwrap();
        Self { home, forge, outgoing, limits: Limits::default(), token }
    }

    /// Where the agent works.
    pub(crate) fn agent(&self) -> PathBuf {
        self.home.path().join("workspaces/shop-12/shop")
    }

    /// A person's clone.
    pub(crate) fn origin(&self) -> PathBuf {
        self.home.path().join("origin")
    }

    pub(crate) fn bare(&self) -> PathBuf {
        self.home.path().join("forge/acme/shop.git")
    }

    pub(crate) fn own(&self) -> PathBuf {
        self.home.path().join("own")
    }

    pub(crate) fn address(&self) -> String {
        self.forge.address("acme/shop.git")
    }

    pub(crate) fn remote(&self) -> Remote {
        let token = self.token.clone();
        Remote::new(&self.address()).unwrap().with_token(move || token.clone().into())
    }

    pub(crate) fn git(&self) -> GitProgram {
        GitProgram::new(Duration::from_secs(60))
    }

    pub(crate) fn store(&self) -> Store {
        self.outgoing.store(&self.address(), &SafeName::parse("HB-20261128-k3f9").unwrap()).unwrap()
    }

    pub(crate) async fn fetch_base(&self) -> Result<String, OutgoingFault> {
        fetch_base(&self.store(), &self.remote(), &self.git(), "main").await
    }

    pub(crate) fn bring(&self, leaving: Leaving<'_>) -> Result<Brought, OutgoingFault> {
        let workspaces = self.home.path().join("workspaces");
        let from = AgentsFolder { workspaces: &workspaces, below: Path::new("shop-12/shop"), sparse: &[] };
        bring_over(&self.store(), from, leaving, &self.limits)
    }

    pub(crate) async fn try_measured(&self, leaving: Leaving<'_>) -> Result<MeasuredChange, OutgoingFault> {
        let base = self.fetch_base().await?;
        measure(&self.store(), &self.bring(leaving)?, &base, &self.limits)
    }

    pub(crate) async fn measured(&self) -> MeasuredChange {
        self.try_measured(Leaving::WithFiles).await.unwrap()
    }

    pub(crate) fn sealed(
        &self,
        change: &MeasuredChange,
        last_pushed: Option<&str>,
    ) -> Result<String, OutgoingFault> {
        let bot = Person { name: "hubble[bot]".into(), mail: "1+hubble[bot]@users.noreply.test".into() };
        seal(
            &self.store(),
            &SealOrder {
                tree: &change.tree,
                parents: &parents_for(&self.store(), last_pushed, &change.merge_base)?,
                author: &bot,
                committer: &bot,
                at: noon(),
                message: "Fix the login redirect for guests\n\nThey end on the cart now.",
                trailers: &[("Hubble-Run".into(), "HB-20261128-k3f9".into())],
            },
        )
    }

    pub(crate) async fn push(&self, commit: &str, expected: Expected<'_>) -> Pushed {
        let (store, remote, git) = (self.store(), self.remote(), self.git());
        let order = Push { store: &store, remote: &remote, git: &git, branch: BRANCH, commit, expected };
        push(&order).await.unwrap()
    }

    /// The whole way, with all files.
    pub(crate) async fn deliver(&self) -> Result<(MeasuredChange, Pushed), OutgoingFault> {
        let change = self.try_measured(Leaving::WithFiles).await?;
        let commit = self.sealed(&change, None)?;
        let pushed = self.push(&commit, Expected::Absent).await;
        Ok((change, pushed))
    }

    pub(crate) fn head(&self, branch: &str) -> String {
        git(&self.bare(), &["rev-parse", &format!("refs/heads/{branch}")])
    }
}

pub(crate) fn noon() -> Timestamp {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

/// As whoever works there would run it, with the settings of that folder.
pub(crate) fn run_git(folder: &Path, args: &[&str]) -> Output {
    Command::new("git")
        .args(["-c", "user.name=Anna", "-c", "user.email=anna@acme.test", "-c", "protocol.file.allow=always"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .unwrap()
}

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = run_git(folder, args);
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

pub(crate) fn commit(folder: &Path, message: &str) -> String {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "--no-verify", "--allow-empty", "-m", message]);
    git(folder, &["rev-parse", "HEAD"])
}

/// Looks like a token of a forge, and is none.
pub(crate) fn fake_token(n: usize) -> String {
    format!("{}{}{n:04}", ["gh", "p_"].concat(), "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI")
}
