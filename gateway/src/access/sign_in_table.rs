//! Who is signed in where. A cookie is a random word that this table knows; without its line it is worth nothing.

use super::sign_in_entry::{LASTS, Provided, Refresh, SignIn, Way, hash};
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
    pub(super) browser: String,
    /// The longest that it can last; it is never more than [`LASTS`].
    pub(super) until: Option<Timestamp>,
}

impl SignIns {
    pub(super) fn read(path: Option<PathBuf>, valid: &StillValid, now: Timestamp) -> Self {
        let kept = path.as_deref().map(|path| sign_in_file::read(path, valid, now)).unwrap_or_default();
        let line = |sign_in: SignIn| (sign_in.cookie.clone(), Line::new(sign_in));
        let table = RwLock::new(kept.into_iter().map(line).collect());
        Self { path, table, writing: Mutex::default(), unsaved: AtomicBool::default() }
    }

    /// Looked up for every request, so it touches no disk.
    pub(super) fn check(&self, word: &str, now: Timestamp) -> Option<CurrentSignIn> {
        let table = self.lines();
        let line = table.get(&hash(word)).filter(|line| line.sign_in.ends > now)?;
        line.last_used.store(now.as_second(), Ordering::Relaxed);
        Some(line.current())
    }

    /// The word for the cookie. It is kept nowhere else.
    pub(super) fn begin(&self, new: NewSignIn, now: Timestamp) -> String {
        let NewSignIn { person, groups, way, browser, until } = new;
        let (word, id) = (random_word(), hex::encode(rand::rng().random::<[u8; 8]>()));
        let longest = now.saturating_add(LASTS).unwrap_or(Timestamp::MAX);
        let ends = until.map_or(longest, |until| until.min(longest));
        let sign_in = SignIn { id, cookie: hash(&word), person, groups, way, browser, began: now, ends };
        self.sweep(now);
        let mut table = self.lines_mut();
        make_room(&mut table, &sign_in.person.id);
        table.insert(sign_in.cookie.clone(), Line::new(sign_in));
        word
    }

    /// Ends the sign-in of this id if `matching`, with those that came from it. Tells whether there was one.
    pub(super) fn end(&self, id: &str, matching: impl Fn(&SignIn) -> bool) -> bool {
        self.end_all(|sign_in| sign_in.id == id && matching(sign_in)) > 0
    }

    /// Ends all of these at once, with those that came from them. Tells how many there were.
    pub(super) fn end_all(&self, these: impl Fn(&SignIn) -> bool) -> usize {
        let mut table = self.lines_mut();
        let mut ended = take(&mut table, &these);
        let mut all = ended.len();
        while !ended.is_empty() {
            let came_from_these = |sign_in: &SignIn| match &sign_in.way {
                Way::PassedOn { from } => ended.contains(from),
                Way::Token { .. } | Way::Oidc(_) => false,
            };
            let next = take(&mut table, &came_from_these);
            all += next.len();
            ended = next;
        }
        all
    }

    /// Drops those whose time is over.
    pub(super) fn sweep(&self, now: Timestamp) -> usize {
        if self.lines().values().all(|line| line.sign_in.ends > now) {
            return 0;
        }
        self.end_all(|sign_in| sign_in.ends <= now)
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
    fn new(sign_in: SignIn) -> Self {
        let last_used = AtomicI64::new(sign_in.began.as_second());
        Self { sign_in, last_used, over: CancellationToken::new() }
    }

    fn current(&self) -> CurrentSignIn {
        let SignIn { person, id, groups, .. } = self.sign_in.clone();
        let auth_time = self.sign_in.provided().and_then(|provided| provided.auth_time);
        let is_provided = is_of_provider(&person);
        CurrentSignIn { person, groups, auth_time, id, is_provided, over: self.over.clone() }
    }

    fn listed(&self) -> Listed {
        let last_used = Timestamp::from_second(self.last_used.load(Ordering::Relaxed));
        Listed { last_used: last_used.unwrap_or(self.sign_in.began), sign_in: self.sign_in.clone() }
    }
}

/// No other way in gives such a name.
fn is_of_provider(person: &Person) -> bool {
    person.id.starts_with("oidc:")
}

/// Takes these out, and closes what is open with them. Their ids come back.
fn take(table: &mut HashMap<String, Line>, these: &dyn Fn(&SignIn) -> bool) -> Vec<String> {
    let taken = table.extract_if(|_, line| these(&line.sign_in));
    taken
        .map(|(_, line)| {
            line.over.cancel();
            line.sign_in.id
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

fn make_room(table: &mut HashMap<String, Line>, person: &str) {
    let theirs = table.values().filter(|line| line.sign_in.person.id == person);
    let full = theirs.count() >= OF_ONE;
    let oldest = |of_one: bool| {
        let all = table.values().filter(|line| !of_one || line.sign_in.person.id == person);
        all.min_by_key(|line| line.sign_in.began).map(|line| line.sign_in.id.clone())
    };
    let oldest = if full { oldest(true) } else { oldest(false).filter(|_| table.len() >= OF_ALL) };
    if let Some(oldest) = oldest {
        take(table, &|sign_in| sign_in.id == oldest);
    }
}

/// 256 bits of chance.
pub(super) fn random_word() -> String {
    hex::encode(rand::rng().random::<[u8; 32]>())
}

#[cfg(test)]
mod tests;
