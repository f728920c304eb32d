//! A disk that fills up, fails, and loses what was not synced when the power goes.

use crate::store::disk::{Disk, DiskFile, RealDisk};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

#[derive(Clone)]
pub(super) struct FakeDisk(Arc<Mutex<State>>);

struct State {
    /// Bytes until it is full.
    room: u64,
    /// Syncs that fail from now on.
    bad_syncs: usize,
    /// For each file: how many bytes are written, and how many of them are on the medium.
    files: HashMap<PathBuf, (u64, u64)>,
}

struct FakeFile {
    inner: Box<dyn DiskFile>,
    path: PathBuf,
    state: Arc<Mutex<State>>,
}

impl FakeDisk {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State { room: u64::MAX, bad_syncs: 0, files: HashMap::new() })))
    }

    pub(super) fn set_room(&self, bytes: u64) {
        self.0.lock().unwrap().room = bytes;
    }

    pub(super) fn fail_syncs(&self, count: usize) {
        self.0.lock().unwrap().bad_syncs = count;
    }

    /// The power goes: of what was not synced, any part may be there or not.
    pub(super) fn power_cut(&self, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed);
        let mut state = self.0.lock().unwrap();
        let mut files: Vec<_> = state.files.drain().collect();
        files.sort();
        for (path, (written, synced)) in files {
            if let Ok(file) = OpenOptions::new().write(true).open(&path) {
                file.set_len(random.random_range(synced..=written.max(synced))).unwrap();
            }
        }
    }

    fn opened(&self, path: &Path, inner: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.0.lock().unwrap().files.insert(path.to_owned(), (length, length));
        Box::new(FakeFile { inner, path: path.to_owned(), state: Arc::clone(&self.0) })
    }
}

impl Disk for FakeDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.opened(path, RealDisk.create(path)?))
    }

    fn append_to(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.opened(path, RealDisk.append_to(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)?;
        let mut state = self.0.lock().unwrap();
        if let Some(lengths) = state.files.remove(from) {
            state.files.insert(to.to_owned(), lengths);
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.lock().unwrap().files.remove(path);
        RealDisk.remove(path)
    }

    /// The store syncs the files of a folder, then the folder.
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let here =
            |file: &PathBuf| file.parent() == Some(path) && file.extension().is_some_and(|end| end == "yaml");
        for (_, (written, synced)) in state.files.iter_mut().filter(|(file, _)| here(file)) {
            *synced = *written;
        }
        Ok(())
    }
}

impl DiskFile for FakeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let fits = usize::try_from(state.room).unwrap_or(usize::MAX).min(bytes.len());
        state.room -= fits as u64;
        self.inner.write(&bytes[..fits])?;
        let entry = state.files.entry(self.path.clone()).or_default();
        entry.0 += fits as u64;
        if fits < bytes.len() { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        if state.bad_syncs > 0 {
            state.bad_syncs -= 1;
            return Err(io::Error::other("the medium does not answer"));
        }
        let entry = state.files.entry(self.path.clone()).or_default();
        entry.1 = entry.0;
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let entry = state.files.entry(self.path.clone()).or_default();
        *entry = (length, entry.1.min(length));
        self.inner.truncate(length)
    }
}
