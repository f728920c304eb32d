//! Everything that there is, behind one lock.

use crate::app::{App, Holder, Installation, Token};
use crate::budget::Budgets;
use crate::chance::Chance;
use crate::ci::Toy;
use crate::faults::Faults;
use crate::hooks::Outbox;
use crate::repository::Repository;
use crate::rights::{Grant, Level, Who};
use crate::witness::{self, Seen};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) struct World {
    pub(crate) base: String,
    pub(crate) now: Timestamp,
    pub(crate) chance: Chance,
    /// Where the bare repositories lie.
    pub(crate) root: PathBuf,
    pub(crate) apps: BTreeMap<u64, App>,
    pub(crate) installations: BTreeMap<u64, Installation>,
    pub(crate) tokens: BTreeMap<String, Token>,
    /// Ids of people, bots and organisations by login.
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) repositories: BTreeMap<u64, Repository>,
    /// Earlier names, small letters, as `owner/name`.
    pub(crate) renamed: BTreeMap<String, u64>,
    pub(crate) faults: Faults,
    pub(crate) budgets: Budgets,
    pub(crate) seen: Vec<Seen>,
    pub(crate) outbox: Outbox,
    pub(crate) toy: Toy,
    last_id: u64,
}

#[derive(Clone, Copy)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) kind: &'static str,
}

/// Why a token doesn't open the door.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Locked {
    Unknown,
    Suspended,
}

impl World {
    pub(crate) fn new(seed: u64, root: PathBuf) -> Self {
        Self {
            base: String::new(),
            now: Timestamp::UNIX_EPOCH,
            chance: Chance::new(seed),
            root,
            apps: BTreeMap::new(),
            installations: BTreeMap::new(),
            tokens: BTreeMap::new(),
            accounts: BTreeMap::new(),
            repositories: BTreeMap::new(),
            renamed: BTreeMap::new(),
            faults: Faults::default(),
            budgets: Budgets::default(),
            seen: Vec::new(),
            outbox: Outbox::default(),
            toy: Toy::default(),
            last_id: 1_000_000,
        }
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Made when first named.
    pub(crate) fn account(&mut self, login: &str, kind: &'static str) -> Account {
        let id = self.last_id + 1;
        let account = self.accounts.entry(login.to_owned()).or_insert(Account { id, kind });
        let account = *account;
        self.last_id = self.last_id.max(account.id);
        account
    }

    pub(crate) fn saw(&mut self, seen: Seen) {
        witness::keep(&mut self.seen, Seen { at: self.now, ..seen });
    }

    pub(crate) fn repository(&self, owner: &str, name: &str) -> Option<&Repository> {
        let is = |found: &&Repository| {
            found.owner.eq_ignore_ascii_case(owner) && found.name.eq_ignore_ascii_case(name)
        };
        self.repositories.values().find(is)
    }

    pub(crate) fn branches(&self, repository: u64) -> BTreeMap<String, String> {
        self.repositories.get(&repository).map(|found| found.bare.branches()).unwrap_or_default()
    }

    /// Whose token this is.
    pub(crate) fn who(&self, token: &str) -> Result<Who, Locked> {
        let found = self.tokens.get(token).filter(|found| found.expires.is_none_or(|at| at > self.now));
        match &found.ok_or(Locked::Unknown)?.holder {
            Holder::Person(login) => Ok(Who::Person(login.clone())),
            Holder::Installation(grant) => {
                let installation = self.installations.get(&grant.installation).ok_or(Locked::Unknown)?;
                let suspended = installation.suspended.is_some();
                if suspended { Err(Locked::Suspended) } else { Ok(Who::Installation(grant.clone())) }
            }
        }
    }

    pub(crate) fn may(&self, who: &Who, on: &Repository, permission: &str, level: Level) -> bool {
        let reads_public = !on.private && level == Level::Read;
        match who {
            Who::Nobody | Who::App(_) => reads_public,
            Who::Person(login) => {
                let has = on.collaborators.get(login);
                let needs = if permission == "administration" { Level::Admin } else { level };
                reads_public || has.is_some_and(|has| *has >= needs)
            }
            Who::Installation(grant) => {
                reads_public || self.reaches(grant, on) && grant.permissions.get(permission) >= Some(&level)
            }
        }
    }

    /// The installation, as it is now, and the token both cover the repository.
    pub(crate) fn reaches(&self, grant: &Grant, on: &Repository) -> bool {
        let installed = self.installations.get(&grant.installation).is_some_and(|found| found.covers(on));
        installed && grant.repositories.as_ref().is_none_or(|some| some.contains(&on.id))
    }

    /// The name under which somebody acts, and whether it is a bot.
    pub(crate) fn actor(&self, who: &Who) -> String {
        let slug = |app: &u64| self.apps.get(app).map(|app| format!("{}[bot]", app.slug));
        match who {
            Who::Nobody => "ghost".to_owned(),
            Who::Person(login) => login.clone(),
            Who::App(app) | Who::Installation(Grant { app, .. }) => slug(app).unwrap_or_default(),
        }
    }
}

impl Installation {
    pub(crate) fn covers(&self, on: &Repository) -> bool {
        let chosen = self.repositories.as_ref().is_none_or(|some| some.contains(&on.id));
        self.account.eq_ignore_ascii_case(&on.owner) && chosen
    }
}
