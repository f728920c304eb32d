//! Who is signed in where. A cookie is a random word that this table knows; without its line it is worth nothing.

use super::sign_in_entry::{Carrier, GithubAccount, LASTS, Provided, Refresh, SignIn, Way, hash};
use super::sign_in_file::{self, StillValid};
use gateway_domain::{Person, Proof, Proven};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio_util::sync::CancellationToken;

/// Sign-ins of one person, and of all. With more of them the oldest ends.
const OF_ONE: usize = 50;
const OF_ALL: usize = 10_000;

/// How long a person counts as having just shown their provider that it is them.
const FRESH: SignedDuration = SignedDuration::from_mins(15);

/// Whoever makes a request with a cookie: which sign-in it is, and when that ends.
#[derive(Clone, Debug)]
pub(crate) struct CurrentSignIn {
    pub(crate) person: Person,
    /// As the provider says them.
    pub(crate) groups: Vec<String>,
    /// When the person last showed the provider that it is them, in seconds.
    pub(crate) auth_time: Option<i64>,
    pub(super) id: String,
    /// A provider vouched for the person, here or in the sign-in that this one came from.
    pub(super) is_provided: bool,
    /// Cancelled when it ends before its time: what is open then is closed.
    pub(crate) over: CancellationToken,
}

impl CurrentSignIn {
    pub(super) fn proven(&self, now: Timestamp) -> Proven {
        let shown = self.auth_time.and_then(|at| Timestamp::from_second(at).ok());
        let is_fresh = shown.is_some_and(|shown| now.duration_since(shown) <= FRESH);
        let proof = match (self.is_provided, is_fresh) {
            (false, _) => Proof::Claimed,
            (true, false) => Proof::Account,
            (true, true) => Proof::Fresh,
        };
        Proven { groups: self.groups.clone(), ..Proven::by(proof) }
    }
}

pub(super) struct SignIns {
    path: Option<PathBuf>,
    table: RwLock<HashMap<String, Line>>,
    /// Whoever writes the file holds it, so that an older state never replaces a newer one.
    writing: Mutex<()>,
    /// The last time it could not be written.
    unsaved: AtomicBool,
}

struct Line {
    sign_in: SignIn,
    /// By a provider, here or in the sign-in that it came from.
    is_vouched_for: bool,
    /// In seconds. It is kept in memory only.
    last_used: AtomicI64,
    over: CancellationToken,
}

/// What a person sees of a sign-in of theirs.
pub(super) struct Listed {
    pub(super) sign_in: SignIn,
    pub(super) last_used: Timestamp,
}

/// A sign-in that begins.
pub(super) struct NewSignIn {
    pub(super) person: Person,
    pub(super) groups: Vec<String>,
    pub(super) way: Way,
    pub(super) carrier: Carrier,
    pub(super) browser: String,
    /// The longest that it can last; it is never more than [`LASTS`].
    pub(super) until: Option<Timestamp>,
}

impl SignIns {
    /// With those that no longer hold, since other settings are in force.
    pub(super) fn read(path: Option<PathBuf>, valid: &StillValid, now: Timestamp) -> (Self, Vec<SignIn>) {
        let read = path.as_deref().map(|path| sign_in_file::read(path, valid, now)).unwrap_or_default();
        let line = |sign_in: SignIn| (sign_in.cookie.clone(), Line::new(sign_in, false));
        let mut table: HashMap<_, _> = read.hold.into_iter().map(line).collect();
        find_vouched_for(&mut table);
        // Told of once: the next start is not to find them again.
        let unsaved = AtomicBool::new(!read.ended.is_empty());
        (Self { path, table: RwLock::new(table), writing: Mutex::default(), unsaved }, read.ended)
    }

    /// Looked up for every request, so it touches no disk.
    pub(super) fn check(&self, word: &str, carrier: Carrier, now: Timestamp) -> Option<CurrentSignIn> {
        let table = self.lines();
        let fits = |line: &&Line| line.sign_in.ends > now && line.sign_in.carrier == carrier;
        let line = table.get(&hash(word)).filter(fits)?;
        line.last_used.store(now.as_second(), Ordering::Relaxed);
        Some(line.current())
    }

    /// Takes one up, unless what it came from has ended meanwhile: whether it is in, and those that had to end for it.
    pub(super) fn insert(&self, sign_in: SignIn, now: Timestamp) -> (bool, Vec<SignIn>) {
        self.sweep(now);
        let mut table = self.lines_mut();
        let ended = make_room(&mut table, &sign_in.person.id);
        let is_vouched_for = is_vouched_for(&table, &sign_in.way);
        if let Some(is_vouched_for) = is_vouched_for {
            table.insert(sign_in.cookie.clone(), Line::new(sign_in, is_vouched_for));
        }
        (is_vouched_for.is_some(), ended)
    }

    /// Whether a provider vouches for whoever comes in so; none where what it came from has ended.
    pub(super) fn is_vouched_for(&self, way: &Way) -> Option<bool> {
        is_vouched_for(&self.lines(), way)
    }

    /// Ends the sign-in of this id if `matching`, with those that came from it. All that ended come back.
    pub(super) fn end(&self, id: &str, matching: impl Fn(&SignIn) -> bool) -> Vec<SignIn> {
        self.end_all(|sign_in| sign_in.id == id && matching(sign_in))
    }

    /// Ends all of these at once, with those that came from them. All that ended come back.
    pub(super) fn end_all(&self, these: impl Fn(&SignIn) -> bool) -> Vec<SignIn> {
        end_with_branches(&mut self.lines_mut(), &these)
    }

    /// Drops those whose time is over.
    pub(super) fn sweep(&self, now: Timestamp) -> usize {
        if self.lines().values().all(|line| line.sign_in.ends > now) {
            return 0;
        }
        self.end_all(|sign_in| sign_in.ends <= now).len()
    }

    pub(super) fn get(&self, id: &str) -> Option<SignIn> {
        self.lines().values().find(|line| line.sign_in.id == id).map(|line| line.sign_in.clone())
    }

    /// Newest first.
    pub(super) fn of(&self, person: &str, now: Timestamp) -> Vec<Listed> {
        let table = self.lines();
        let theirs =
            table.values().filter(|line| line.sign_in.person.id == person && line.sign_in.ends > now);
        let mut all: Vec<_> = theirs.map(Line::listed).collect();
        all.sort_by_key(|listed| std::cmp::Reverse(listed.sign_in.began));
        all
    }

    /// Those about which the provider is to be asked now.
    pub(super) fn due(&self, now: Timestamp) -> Vec<(String, Provided, Refresh)> {
        let due = |line: &Line| {
            let provided = line.sign_in.provided()?;
            let refresh = provided.refresh.clone().filter(|refresh| refresh.due <= now)?;
            Some((line.sign_in.id.clone(), provided.clone(), refresh))
        };
        self.lines().values().filter_map(due).collect()
    }

    /// Those about which GitHub is to be asked now.
    pub(super) fn due_at_github(&self, now: Timestamp) -> Vec<(String, GithubAccount)> {
        let due = |line: &Line| match &line.sign_in.way {
            Way::Github(account) if account.due <= now => Some((line.sign_in.id.clone(), account.clone())),
            _ => None,
        };
        self.lines().values().filter_map(due).collect()
    }

    /// What changes in the sign-in of this id; one that has ended stays so. Who it is is known to those that came from it.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut SignIn)) {
        let mut table = self.lines_mut();
        let Some(line) = table.values_mut().find(|line| line.sign_in.id == id) else { return };
        change(&mut line.sign_in);
        let changed = line.sign_in.clone();
        pass_on(&mut table, &changed);
    }

    /// Brings the table to the disk; that is done when this returns.
    pub(super) async fn saved(self: &Arc<Self>) -> io::Result<()> {
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || this.save())
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// As [`Self::saved`], where a person is not kept waiting over a disk that is full: they are signed in until the gateway
    /// restarts.
    pub(super) async fn saved_if_possible(self: &Arc<Self>) {
        if let Err(error) = self.saved().await {
            tracing::error!(%error, "sign-ins not saved; a restart will end the newest ones");
        }
    }

    fn save(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.lines().values().map(|line| line.sign_in.clone()).collect();
        let written = sign_in_file::write(path, all);
        self.unsaved.store(written.is_err(), Ordering::Relaxed);
        written
    }

    /// Something in the table is not on the disk yet, since that failed.
    pub(super) fn is_unsaved(&self) -> bool {
        self.unsaved.load(Ordering::Relaxed)
    }

    fn lines(&self) -> RwLockReadGuard<'_, HashMap<String, Line>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn lines_mut(&self) -> RwLockWriteGuard<'_, HashMap<String, Line>> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn new(sign_in: SignIn, is_vouched_for: bool) -> Self {
        let last_used = AtomicI64::new(sign_in.began.as_second());
        Self { sign_in, is_vouched_for, last_used, over: CancellationToken::new() }
    }

    fn current(&self) -> CurrentSignIn {
        let SignIn { person, id, groups, .. } = self.sign_in.clone();
        let auth_time = self.sign_in.provided().and_then(|provided| provided.auth_time);
        CurrentSignIn {
            person,
            groups,
            auth_time,
            id,
            is_provided: self.is_vouched_for,
            over: self.over.clone(),
        }
    }

    fn listed(&self) -> Listed {
        let last_used = Timestamp::from_second(self.last_used.load(Ordering::Relaxed));
        Listed { last_used: last_used.unwrap_or(self.sign_in.began), sign_in: self.sign_in.clone() }
    }
}

/// By the way in which it came, never by the name; none where what it came from is not there.
fn is_vouched_for(table: &HashMap<String, Line>, way: &Way) -> Option<bool> {
    match way {
        Way::Token { .. } => Some(false),
        Way::Oidc(_) | Way::Github(_) => Some(true),
        Way::PassedOn { from } => {
            table.values().find(|line| line.sign_in.id == *from).map(|line| line.is_vouched_for)
        }
    }
}

/// Of a table that was read: those that came from another are known once that is.
fn find_vouched_for(table: &mut HashMap<String, Line>) {
    loop {
        let to_find = table.iter().filter(|(_, line)| !line.is_vouched_for);
        let found = to_find.filter(|(_, line)| is_vouched_for(table, &line.sign_in.way) == Some(true));
        let found: Vec<String> = found.map(|(cookie, _)| cookie.clone()).collect();
        if found.is_empty() {
            return;
        }
        found.iter().for_each(|cookie| {
            table.get_mut(cookie).into_iter().for_each(|line| line.is_vouched_for = true);
        });
    }
}

fn end_with_branches(table: &mut HashMap<String, Line>, these: &dyn Fn(&SignIn) -> bool) -> Vec<SignIn> {
    let mut all = take(table, these);
    let mut at = 0;
    while let Some(ended) = all.get(at) {
        let origin = ended.id.clone();
        let came_from_it =
            |sign_in: &SignIn| matches!(&sign_in.way, Way::PassedOn { from } if *from == origin);
        all.extend(take(table, &came_from_it));
        at += 1;
    }
    all
}

/// Takes these out, and closes what is open with them.
fn take(table: &mut HashMap<String, Line>, these: &dyn Fn(&SignIn) -> bool) -> Vec<SignIn> {
    let taken = table.extract_if(|_, line| these(&line.sign_in));
    taken
        .map(|(_, line)| {
            line.over.cancel();
            line.sign_in
        })
        .collect()
}

fn pass_on(table: &mut HashMap<String, Line>, changed: &SignIn) {
    let mut origins = vec![changed.id.clone()];
    while let Some(origin) = origins.pop() {
        let came_from_it =
            |line: &&mut Line| matches!(&line.sign_in.way, Way::PassedOn { from } if *from == origin);
        for line in table.values_mut().filter(came_from_it) {
            line.sign_in.person = changed.person.clone();
            line.sign_in.groups = changed.groups.clone();
            origins.push(line.sign_in.id.clone());
        }
    }
}

fn make_room(table: &mut HashMap<String, Line>, person: &str) -> Vec<SignIn> {
    let theirs = table.values().filter(|line| line.sign_in.person.id == person);
    let full = theirs.count() >= OF_ONE;
    let oldest = |of_one: bool| {
        let all = table.values().filter(|line| !of_one || line.sign_in.person.id == person);
        all.min_by_key(|line| line.sign_in.began).map(|line| line.sign_in.id.clone())
    };
    let oldest = if full { oldest(true) } else { oldest(false).filter(|_| table.len() >= OF_ALL) };
    oldest.map(|oldest| end_with_branches(table, &|sign_in| sign_in.id == oldest)).unwrap_or_default()
}

/// A sign-in that is not in the table yet, and the word for its cookie, which is kept nowhere else.
pub(super) fn prepared(new: NewSignIn, now: Timestamp) -> (String, SignIn) {
    let NewSignIn { person, groups, way, carrier, browser, until } = new;
    let (word, id) = (random_word(), hex::encode(rand::rng().random::<[u8; 8]>()));
    let longest = now.saturating_add(LASTS).unwrap_or(Timestamp::MAX);
    let ends = until.map_or(longest, |until| until.min(longest));
    let cookie = hash(&word);
    (word, SignIn { id, cookie, person, groups, way, carrier, browser, began: now, ends })
}

/// 256 bits of chance.
pub(super) fn random_word() -> String {
    hex::encode(rand::rng().random::<[u8; 32]>())
}

#[cfg(test)]
mod tests;
