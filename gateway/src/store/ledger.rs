//! The post ledger: for each thread item, whether it was to be posted, was posted, or failed; and the actions
//! of people that were acknowledged and are still to be worked off.
//!
//! Both are journalled. Before a journal file is removed, what changed since the last time is added to
//! `ledger/ledger.journal` (frames like the journal's), which is written anew when most of it is outdated.

use crate::sessions::ports::PostState;
use crate::store::disk::{Disk, Durability, ensure_dir, replace};
use crate::store::journal::frame::{self, Frame, Scan};
use crate::store::layout::Layout;
use crate::store::locking::locked;
use crate::store::notice::Notice;
use crate::store::state_keys::{StateKeys, Trust};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub(super) const FILE: &str = "ledger.journal";

/// The file is written anew when it is larger than this and twice what is needed.
const COMPACT_BYTES: u64 = 4 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub key: String,
    pub at: Timestamp,
    #[serde(flatten)]
    pub state: PostState,
}

/// Something a person did, acknowledged and not yet worked off.
#[derive(Clone, Debug)]
pub struct StoredAction {
    /// Names it when it is done.
    pub number: u64,
    pub session: String,
    pub at: Timestamp,
    pub body: Box<RawValue>,
}

/// One line of the ledger's own file. Not tagged inside: a raw body could not be read back.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Post { session: String, post: Post },
    Action { session: String, at: Timestamp, body: Box<RawValue> },
    ActionDone { action: u64 },
    Forget { session: String },
}

#[derive(Default)]
pub(super) struct Ledger {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    posts: HashMap<String, BTreeMap<String, (u64, Post)>>,
    actions: BTreeMap<u64, StoredAction>,
    /// Changes that only the journal has.
    unsaved: Vec<(u64, Line)>,
}

/// Whether a ledger understands it.
pub(super) fn is_line(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Line>(bytes).is_ok()
}

impl Ledger {
    /// Reads the ledger's own file. A piece that a crash left at its end is in the journal still.
    pub(super) fn open(
        layout: &Layout,
        disk: &dyn Disk,
        trust: &Trust,
    ) -> io::Result<(Self, LedgerFile, Vec<Notice>)> {
        ensure_dir(&layout.ledger())?;
        let (ledger, end, notices) = Self::load(layout, trust)?;
        let (path, keys) = (layout.ledger().join(FILE), trust.keys().cloned());
        // With lines in it that are not ours it is written anew, without them, at the next chance.
        let is_ours = !notices.iter().any(|notice| matches!(notice, Notice::LedgerUnsigned { .. }));
        let bytes = if is_ours { end } else { 0 };
        let mut file = LedgerFile { path, bytes, compact: end, keys };
        if trust.adopts() && end > 0 {
            file.write_anew(disk, &ledger)?;
        }
        Ok((ledger, file, notices))
    }

    /// Without the intention to change it.
    pub(super) fn read(layout: &Layout, trust: &Trust) -> io::Result<(Self, Vec<Notice>)> {
        let (ledger, _, notices) = Self::load(layout, trust)?;
        Ok((ledger, notices))
    }

    /// Also says where the last whole line ends, and what could not be read.
    fn load(layout: &Layout, trust: &Trust) -> io::Result<(Self, u64, Vec<Notice>)> {
        let path = layout.ledger().join(FILE);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => vec![],
            other => other?,
        };
        let (scan, mut state) = (frame::scan(&bytes), State::default());
        let mut notices = damage(&path, &bytes, &scan);
        let (ours, others): (Vec<_>, Vec<_>) =
            scan.frames.into_iter().partition(|frame| trust.believes(frame.proof(&bytes, trust)));
        if let Some(first) = others.first() {
            let (path, line) = (path.clone(), frame::line(&bytes, first.start));
            notices.push(Notice::LedgerUnsigned { path, line, entries: others.len() });
        }
        for Frame { number, payload, .. } in ours {
            match serde_json::from_slice(&bytes[payload.clone()]) {
                Ok(change) => state.apply(number, &change),
                Err(error) => {
                    // Counting reads all that lies before: for each entry it would make a long start.
                    let line = frame::line(&bytes, payload.start);
                    let (path, reason) = (path.clone(), error.to_string());
                    notices.push(Notice::JournalEntryUnknown { path, line, number, reason });
                }
            }
        }
        Ok((Self { state: Mutex::new(state) }, scan.end as u64, notices))
    }

    /// The session's thread items.
    pub(super) fn of(&self, session: &str) -> Vec<Post> {
        let state = locked(&self.state);
        let posts = state.posts.get(session).into_iter().flat_map(BTreeMap::values);
        posts.map(|(_, post)| post.clone()).collect()
    }

    pub(super) fn get(&self, session: &str, key: &str) -> Option<PostState> {
        let state = locked(&self.state);
        state.posts.get(session)?.get(key).map(|(_, post)| post.state.clone())
    }

    /// Items that may be in their thread or not, oldest first.
    pub(super) fn unresolved(&self) -> Vec<(String, Post)> {
        let state = locked(&self.state);
        let posts =
            state.posts.iter().flat_map(|(session, posts)| posts.values().map(move |post| (session, post)));
        let mut open: Vec<_> = posts.filter(|(_, (_, post))| post.state == PostState::Intended).collect();
        open.sort_by_key(|(_, (number, _))| *number);
        open.into_iter().map(|(session, (_, post))| (session.clone(), post.clone())).collect()
    }

    pub(super) fn actions(&self) -> Vec<StoredAction> {
        locked(&self.state).actions.values().cloned().collect()
    }

    pub(super) fn post(&self, number: u64, session: String, post: Post) {
        self.change(number, Line::Post { session, post });
    }

    pub(super) fn act(&self, number: u64, session: String, at: Timestamp, body: Box<RawValue>) {
        self.change(number, Line::Action { session, at, body });
    }

    pub(super) fn done(&self, number: u64, action: u64) {
        self.change(number, Line::ActionDone { action });
    }

    /// An archived session's items need no looking up any more.
    pub(super) fn forget(&self, number: u64, session: String) {
        self.change(number, Line::Forget { session });
    }

    fn change(&self, number: u64, line: Line) {
        let mut state = locked(&self.state);
        state.apply(number, &line);
        state.unsaved.push((number, line));
    }

    fn take_unsaved(&self) -> Vec<(u64, Line)> {
        std::mem::take(&mut locked(&self.state).unsaved)
    }

    fn put_back(&self, mut lines: Vec<(u64, Line)>) {
        let mut state = locked(&self.state);
        lines.append(&mut state.unsaved);
        state.unsaved = lines;
    }

    /// The file as it would be written anew.
    fn live(&self, keys: Option<&StateKeys>) -> serde_json::Result<Vec<u8>> {
        locked(&self.state).live(keys)
    }
}

fn damage(path: &Path, bytes: &[u8], scan: &Scan) -> Vec<Notice> {
    let damaged = scan.damage.iter().map(|damage| {
        let line = frame::line(bytes, damage.start);
        Notice::LedgerDamaged { path: path.to_owned(), line, bytes: damage.len() }
    });
    damaged.collect()
}

/// The ledger's own file; only the checkpoint's thread writes it.
pub(super) struct LedgerFile {
    path: PathBuf,
    bytes: u64,
    /// Size when it was last written anew.
    compact: u64,
    keys: Option<StateKeys>,
}

impl LedgerFile {
    /// Brings what only the journal has into the file.
    pub(super) fn save(&mut self, disk: &dyn Disk, ledger: &Ledger) -> io::Result<()> {
        let lines = ledger.take_unsaved();
        if lines.is_empty() {
            return Ok(());
        }
        let saved = self.write(disk, ledger, &lines);
        if saved.is_err() {
            ledger.put_back(lines);
        }
        saved
    }

    fn write(&mut self, disk: &dyn Disk, ledger: &Ledger, lines: &[(u64, Line)]) -> io::Result<()> {
        let grown = self.bytes > COMPACT_BYTES.max(2 * self.compact);
        if self.bytes == 0 || grown {
            return self.write_anew(disk, ledger);
        }
        let mut bytes = vec![];
        for (number, line) in lines {
            frame::encode(&mut bytes, *number, &serde_json::to_vec(line)?, self.keys.as_ref());
        }
        let mut file = disk.append_to(&self.path)?;
        // An attempt that failed may have left a piece.
        file.truncate(self.bytes)?;
        file.write(&bytes)?;
        file.sync()?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn write_anew(&mut self, disk: &dyn Disk, ledger: &Ledger) -> io::Result<()> {
        let live = ledger.live(self.keys.as_ref())?;
        replace(disk, &self.path, &live, Durability::Synced)?;
        (self.bytes, self.compact) = (live.len() as u64, live.len() as u64);
        Ok(())
    }
}

impl State {
    fn apply(&mut self, number: u64, line: &Line) {
        match line {
            Line::Post { session, post } => {
                let posts = self.posts.entry(session.clone()).or_default();
                let known = posts.entry(post.key.clone()).or_insert_with(|| (number, post.clone()));
                // Found again in the journal after a crash: the newest counts.
                if known.0 <= number {
                    *known = (number, post.clone());
                }
            }
            Line::Action { session, at, body } => {
                let action = StoredAction { number, session: session.clone(), at: *at, body: body.clone() };
                self.actions.insert(number, action);
            }
            Line::ActionDone { action } => {
                self.actions.remove(action);
            }
            Line::Forget { session } => {
                self.posts.remove(session);
            }
        }
    }

    /// The file as it would be written anew.
    fn live(&self, keys: Option<&StateKeys>) -> serde_json::Result<Vec<u8>> {
        let mut bytes = vec![];
        for (session, posts) in &self.posts {
            for (number, post) in posts.values() {
                let line = Line::Post { session: session.clone(), post: post.clone() };
                frame::encode(&mut bytes, *number, &serde_json::to_vec(&line)?, keys);
            }
        }
        for StoredAction { number, session, at, body } in self.actions.values() {
            let line = Line::Action { session: session.clone(), at: *at, body: body.clone() };
            frame::encode(&mut bytes, *number, &serde_json::to_vec(&line)?, keys);
        }
        Ok(bytes)
    }
}
