//! Cookies that were signed out before their time. They are kept on disk, so that a restart brings none of them back.

use jiff::Timestamp;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Sign-outs that are remembered one by one. With more than that all cookies that end soonest are void.
const KEPT: usize = 10_000;

#[derive(Default)]
pub(super) struct EndedSignIns {
    path: Option<PathBuf>,
    known: Mutex<EndTimes>,
}

#[derive(Default)]
struct EndTimes {
    /// When each would have ended by itself, in seconds.
    ends: HashMap<String, i64>,
    /// All that end at or before this are void.
    void_until: i64,
}

impl EndedSignIns {
    /// What cannot be read voids what was issued until now: it may hold a cookie that was stolen.
    pub(super) fn read(path: Option<PathBuf>, last_end: i64) -> Self {
        let text = path.as_deref().map(fs::read_to_string);
        let known = match text {
            Some(Ok(text)) => {
                EndTimes::parse(&text).unwrap_or(EndTimes { void_until: last_end, ..EndTimes::default() })
            }
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                EndTimes { void_until: last_end, ..EndTimes::default() }
            }
            _ => EndTimes::default(),
        };
        Self { path, known: Mutex::new(known) }
    }

    pub(super) fn has(&self, id: &str, ends: i64) -> bool {
        let known = self.lock();
        ends <= known.void_until || known.ends.contains_key(id)
    }

    /// Ends a cookie at once; that it stays ended over a restart is written down before this returns.
    pub(super) fn end(&self, id: &str, ends: i64, now: Timestamp) -> io::Result<()> {
        let mut known = self.lock();
        known.ends.retain(|_, ends| *ends > now.as_second());
        known.ends.insert(id.to_owned(), ends);
        if known.ends.len() > KEPT {
            known.forget_the_first_half();
        }
        self.path.as_deref().map_or(Ok(()), |path| write(path, &known.text()))
    }

    fn lock(&self) -> MutexGuard<'_, EndTimes> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EndTimes {
    fn forget_the_first_half(&mut self) {
        let mut all: Vec<i64> = self.ends.values().copied().collect();
        all.sort_unstable();
        self.void_until = all.get(all.len() / 2).copied().unwrap_or_default().max(self.void_until);
        let void = self.void_until;
        self.ends.retain(|_, ends| *ends > void);
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n", self.void_until);
        self.ends.iter().for_each(|(id, ends)| text.push_str(&format!("{id} {ends}\n")));
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let void_until = lines.next()?.parse().ok()?;
        let line = |line: &str| {
            let (id, ends) = line.split_once(' ')?;
            Some((id.to_owned(), ends.parse().ok()?))
        };
        Some(Self { ends: lines.map(line).collect::<Option<_>>()?, void_until })
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    fs::write(&temporary, text)?;
    fs::rename(temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    #[test]
    fn a_cookie_that_was_signed_out_stays_so_over_a_restart() {
        // M13
        let folder = tempfile::tempdir().unwrap();
        let path = Some(folder.path().join("signed-out"));
        let (ends, read) =
            (now().as_second() + 100, || EndedSignIns::read(path.clone(), now().as_second() + 500));
        read().end("one", ends, now()).unwrap();
        assert!(read().has("one", ends) && !read().has("two", ends));
        fs::write(path.clone().unwrap(), "rubbish").unwrap();
        assert!(read().has("two", ends), "what was ended is not known any more: nobody is let in with it");
        assert!(!read().has("two", now().as_second() + 501), "who signs in anew is");
    }

    #[test]
    fn so_many_sign_outs_as_to_fill_the_memory_bring_no_cookie_back() {
        // M13
        let ended = EndedSignIns::default();
        for n in 0..i64::try_from(KEPT).unwrap() + 10 {
            ended.end(&format!("c{n}"), now().as_second() + 10 + n, now()).unwrap();
        }
        for n in [0, 1, 5_000, 10_005] {
            assert!(ended.has(&format!("c{n}"), now().as_second() + 10 + n), "{n}");
        }
        assert!(ended.lock().ends.len() <= KEPT);
    }
}
