//! The handle for tests: start it, fill it, break it, read it.

use crate::app::{App, Hook, Installation, Key, personal_token};
use crate::app::{Holder, Token};
use crate::clock::ForgeClock;
use crate::core::Sim;
use crate::faults::{Fault, Mishap};
use crate::git::{Author, Bare};
use crate::repo_handle::ForgeRepo;
use crate::repository::Repository;
use crate::rights::{LEAST, Level, permissions};
use crate::witness::Seen;
use crate::world::World;
use anyhow::Context;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A running forge. Stops when dropped, and takes its repositories with it.
pub struct ForgeSim {
    pub address: SocketAddr,
    sim: Arc<Sim>,
    app: u64,
    root: tempfile::TempDir,
}

#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// 0 takes a free one.
    pub port: u16,
    /// Time stands still here until it is skipped. None: the machine's.
    pub standing_at: Option<Timestamp>,
    pub seed: Option<u64>,
}

impl Drop for ForgeSim {
    fn drop(&mut self) {
        self.sim.stop.cancel();
    }
}

impl ForgeSim {
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(Settings::default()).await
    }

    pub async fn start_with(settings: Settings) -> anyhow::Result<Self> {
        let own = std::env::var("FORGE_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = settings.seed.or(own).unwrap_or_else(rand::random);
        let root = tempfile::tempdir()?;
        let clock = ForgeClock::new(settings.standing_at);
        let sim = Arc::new(Sim::new(clock, World::new(seed, root.path().to_owned())));
        let address = sim.serve(([127, 0, 0, 1], settings.port).into()).await?;
        let app = sim.note(|world| add_app(world, "hubble"))?;
        // Captured by the test runner, shown when a test fails.
        #[allow(clippy::print_stderr, reason = "whoever reads a failed test needs the seed")]
        {
            eprintln!("simulated GitHub at {address}, FORGE_SEED={seed}");
        }
        Ok(Self { address, sim, app, root })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The seed of all chance; `FORGE_SEED` sets it.
    pub fn seed(&self) -> u64 {
        self.sim.quietly(|world| world.chance.seed)
    }

    /// The base of the REST API, without a slash at its end.
    pub fn api_url(&self) -> String {
        format!("{}/api/v3", self.url())
    }

    pub fn graphql_url(&self) -> String {
        format!("{}/api/graphql", self.url())
    }

    /// The App that every forge begins with, `hubble`.
    pub fn app_id(&self) -> u64 {
        self.app
    }

    /// Its private key, PEM in PKCS#1 as GitHub hands it out.
    pub fn app_pem(&self) -> String {
        self.sim.quietly(|world| world.apps.get(&self.app).map(|app| app.key.pem.clone())).unwrap_or_default()
    }

    /// Writes the key into a file that goes with the forge.
    pub fn write_key(&self) -> anyhow::Result<std::path::PathBuf> {
        let path = self.root.path().join("app.pem");
        std::fs::write(&path, self.app_pem())?;
        Ok(path)
    }

    /// Another app with the same key: its id.
    pub fn another_app(&self, slug: &str) -> anyhow::Result<u64> {
        self.sim.note(|world| add_app(world, slug))
    }

    /// A private repository with these files in a first commit on `main`.
    pub fn repository(&self, owner: &str, name: &str, files: &[(&str, &str)]) -> anyhow::Result<ForgeRepo> {
        let id = self.sim.note(|world| add_repository(world, owner, name, files))?;
        Ok(ForgeRepo { sim: Arc::clone(&self.sim), id })
    }

    /// Installs the app on all repositories of an owner, with the least that a gateway needs.
    pub fn install(&self, owner: &str) -> u64 {
        self.install_with(self.app, owner, None, LEAST)
    }

    /// `repositories`: names; None is all. `rights`: as in `("contents", "write")`.
    pub fn install_with(
        &self,
        app: u64,
        owner: &str,
        repositories: Option<&[&str]>,
        rights: &[(&str, &str)],
    ) -> u64 {
        self.sim.enter(|world| {
            world.account(owner, "Organization");
            let chosen = repositories.map(|names| {
                let ids = names.iter().filter_map(|name| world.repository(owner, name).map(|found| found.id));
                ids.collect::<BTreeSet<u64>>()
            });
            let (id, created) = (world.next_id(), world.now);
            let installation = Installation {
                id,
                app,
                account: owner.to_owned(),
                repositories: chosen,
                permissions: permissions(rights),
                suspended: None,
                created,
            };
            world.installations.insert(id, installation);
            id
        })
    }

    /// Takes a right from an installation, or gives it one: `None` takes it.
    pub fn set_right(&self, installation: u64, permission: &str, level: Option<Level>) {
        self.sim.enter(|world| {
            let Some(found) = world.installations.get_mut(&installation) else { return };
            match level {
                Some(level) => found.permissions.insert(permission.to_owned(), level),
                None => found.permissions.remove(permission),
            };
            world.narrow_tokens(installation);
        });
    }

    pub fn suspend(&self, installation: u64) {
        self.sim.enter(|world| {
            let now = world.now;
            if let Some(found) = world.installations.get_mut(&installation) {
                found.suspended = Some(now);
            }
        });
    }

    pub fn unsuspend(&self, installation: u64) {
        self.sim.enter(|world| {
            if let Some(found) = world.installations.get_mut(&installation) {
                found.suspended = None;
            }
        });
    }

    pub fn uninstall(&self, installation: u64) {
        self.sim.enter(|world| world.installations.remove(&installation));
    }

    /// Every token of the installation is void at once.
    pub fn revoke_tokens(&self, installation: u64) {
        self.sim.enter(|world| {
            let of = |token: &Token| matches!(&token.holder, Holder::Installation(grant) if grant.installation == installation);
            world.tokens.retain(|_, token| !of(token));
        });
    }

    /// How many tokens are good now: whoever revokes what it doesn't need any more leaves none.
    pub fn living_tokens(&self) -> usize {
        self.sim.quietly(|world| {
            let now = world.now;
            let lives = |token: &&Token| token.expires.is_some_and(|at| at > now);
            world.tokens.values().filter(lives).count()
        })
    }

    /// A token of a person's own, as `gh` uses one. It may what the person may.
    pub fn person_token(&self, login: &str) -> String {
        self.sim.note(|world| {
            world.account(login, "User");
            let value = personal_token(&mut world.chance);
            let holder = Holder::Person(login.to_owned());
            world.tokens.insert(value.clone(), Token { holder, expires: None });
            value
        })
    }

    pub fn now(&self) -> Timestamp {
        self.sim.clock.now()
    }

    /// Lets time pass at once.
    pub fn skip(&self, time: Duration) {
        self.sim.clock.skip(time);
        self.sim.enter(|_| {});
    }

    /// Requests whose operation fits meet this fault, so many times. `*` stands for any text:
    /// `POST /repos/*/pulls`, `graphql markPullRequestReadyForReview`, `git receive-pack *`, `*`.
    pub fn fail(&self, asked: &str, fault: Fault, times: u32) {
        self.sim.note(|world| world.faults.add(asked, fault, times));
    }

    /// Webhooks meet this, the next so many.
    pub fn mishap(&self, mishap: Mishap, times: u32) {
        self.sim.note(|world| world.faults.mishap(mishap, times));
    }

    /// No faults any more.
    pub fn heal(&self) {
        self.sim.note(|world| world.faults.clear());
    }

    /// How often a fault has struck, by the pattern it was given for.
    pub fn struck(&self, asked: &str) -> u64 {
        self.sim.quietly(|world| world.faults.struck.get(asked).copied().unwrap_or_default())
    }

    /// All requests so far, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        self.sim.quietly(|world| world.seen.clone())
    }

    /// How many requests fit a pattern such as `GET /repos/*/pulls/*`.
    pub fn count(&self, asked: &str) -> usize {
        self.sim.quietly(|world| world.seen.iter().filter(|seen| seen.fits(asked)).count())
    }

    pub fn forget_seen(&self) {
        self.sim.note(|world| world.seen.clear());
    }

    /// Waits until a look at the forge finds something.
    pub async fn until<T>(&self, what: &str, look: impl Fn(&Self) -> Option<T>) -> anyhow::Result<T> {
        let mut changes = self.sim.changes();
        let waiting = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = look(self) {
                    return found;
                }
                // Time alone may bring it, too.
                let _ = tokio::time::timeout(Duration::from_millis(100), changes.changed()).await;
            }
        };
        let found = tokio::time::timeout(crate::PATIENCE, waiting).await;
        found.with_context(|| format!("waited in vain for {what}"))
    }

    /// Webhooks go there from now on, signed with the secret.
    pub fn webhook(&self, url: &str, secret: &str) {
        self.sim.note(|world| {
            if let Some(app) = world.apps.get_mut(&self.app) {
                app.hook = Hook { url: Some(url.to_owned()), secret: secret.to_owned() };
            }
        });
    }
}

fn add_app(world: &mut World, slug: &str) -> anyhow::Result<u64> {
    let key = Key::of_this_process()?;
    let (id, created) = (world.next_id(), world.now);
    world.account(&format!("{slug}[bot]"), "Bot");
    world.account("makers", "Organization");
    let (slug, owner) = (slug.to_owned(), "makers".to_owned());
    world.apps.insert(id, App { id, slug, owner, key, hook: Hook::default(), created });
    Ok(id)
}

fn add_repository(world: &mut World, owner: &str, name: &str, files: &[(&str, &str)]) -> anyhow::Result<u64> {
    anyhow::ensure!(world.repository(owner, name).is_none(), "{owner}/{name} is there already");
    let (id, now) = (world.next_id(), world.now);
    world.account(owner, "Organization");
    let bare = Bare::init(&crate::git::serve::place(&world.root, id), "main")?;
    let files: Vec<(&str, Option<&str>)> = files.iter().map(|(path, text)| (*path, Some(*text))).collect();
    let author = Author { name: owner, mail: "owner@example.com", at: now };
    bare.commit("main", None, &files, "First commit\n", &author)?;
    let repository = Repository {
        id,
        owner: owner.to_owned(),
        name: name.to_owned(),
        private: true,
        default_branch: "main".to_owned(),
        bare,
        created: now,
        pushed: now,
        collaborators: Default::default(),
        labels: ["bug", "documentation", "enhancement"].map(str::to_owned).into(),
        pulls: Default::default(),
        last_number: 0,
        checks: Default::default(),
        statuses: Vec::new(),
        rules: Vec::new(),
        auto_merge: false,
        drafts: true,
        deletes_merged: false,
    };
    world.repositories.insert(id, repository);
    Ok(id)
}

impl World {
    /// Tokens never may more than their installation does now.
    fn narrow_tokens(&mut self, installation: u64) {
        let Some(has) = self.installations.get(&installation).map(|found| found.permissions.clone()) else {
            return;
        };
        for token in self.tokens.values_mut() {
            if let Holder::Installation(grant) = &mut token.holder
                && grant.installation == installation
            {
                grant.permissions.retain(|name, level| has.get(name).is_some_and(|most| most >= level));
            }
        }
    }
}
