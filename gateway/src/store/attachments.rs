//! The files of messages that OpenCode does not have yet: one folder a message, each file under its own checksum.
//!
//! They are not part of a record and not in git: content of people's files has no place in a history. A file is on
//! disk before any record names it, and goes when its message has arrived; what a crash left is cleared at the start.

use crate::sessions::Attachment;
use crate::sessions::ports::{FileShelf, NotKept};
use crate::store::disk::{Durability, RealDisk, ensure_dir, replace};
use crate::store::errors::chain;
use futures_util::future::BoxFuture;
use gateway_domain::FileNote;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug)]
pub struct Attachments {
    root: PathBuf,
}

impl Attachments {
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// Removes what belongs to none of these messages. For the start, before anybody brings files.
    pub fn clear_all_but(&self, needed: &HashSet<&str>) -> io::Result<()> {
        if self.root.is_symlink() {
            let told = format!("{} is a link; what it points to is not removed", self.root.display());
            return Err(io::Error::new(ErrorKind::InvalidInput, told));
        }
        let entries = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| needed.contains(name)) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    fn folder(&self, message_id: &str) -> io::Result<PathBuf> {
        plain(message_id).map(|name| self.root.join(name))
    }

    fn write(&self, message_id: &str, files: &[Attachment]) -> io::Result<()> {
        let folder = self.folder(message_id)?;
        ensure_dir(&folder)?;
        for file in files {
            replace(&RealDisk, &folder.join(plain(&file.note.digest)?), &file.content, Durability::Synced)?;
        }
        sync_dir(&self.root)?;
        self.root.parent().map_or(Ok(()), sync_dir)
    }

    fn content(&self, message_id: &str, note: &FileNote) -> io::Result<Vec<u8>> {
        let content = fs::read(self.folder(message_id)?.join(plain(&note.digest)?))?;
        if note.fits(&content) {
            return Ok(content);
        }
        Err(io::Error::new(ErrorKind::InvalidData, "its checksum no longer matches its name"))
    }

    fn remove(&self, message_id: &str) -> io::Result<()> {
        match fs::remove_dir_all(self.folder(message_id)?) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

/// Names come from ids; one that leads elsewhere is not used.
fn plain(name: &str) -> io::Result<&str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match !name.is_empty() && name.bytes().all(fits) {
        true => Ok(name),
        false => Err(io::Error::new(ErrorKind::InvalidInput, "it is not a valid id")),
    }
}

fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

impl FileShelf for Attachments {
    fn put<'a>(&'a self, message_id: &'a str, files: Vec<Attachment>) -> BoxFuture<'a, Result<(), NotKept>> {
        let (attachments, id) = (self.clone(), message_id.to_owned());
        Box::pin(beside("be written", message_id, move || attachments.write(&id, &files)))
    }

    fn read<'a>(
        &'a self,
        message_id: &'a str,
        file: &'a FileNote,
    ) -> BoxFuture<'a, Result<Vec<u8>, NotKept>> {
        let (attachments, id, note) = (self.clone(), message_id.to_owned(), file.clone());
        Box::pin(beside("be read", message_id, move || attachments.content(&id, &note)))
    }

    fn discard<'a>(&'a self, message_id: &'a str) -> BoxFuture<'a, Result<(), NotKept>> {
        let (attachments, id) = (self.clone(), message_id.to_owned());
        Box::pin(beside("be removed", message_id, move || attachments.remove(&id)))
    }
}

/// Does it on a thread that may block.
async fn beside<T: Send + 'static>(
    what: &str,
    message_id: &str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, NotKept> {
    let failed = |why: String| NotKept(format!("The files of message {message_id} could not {what}: {why}."));
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(chain(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content: &[u8]) -> Attachment {
        Attachment { note: FileNote::of(name, content).unwrap(), content: content.to_vec() }
    }

    #[tokio::test]
    async fn a_file_stays_until_its_message_has_arrived_and_no_longer() {
        // REQ-START-08
        let folder = tempfile::tempdir().unwrap();
        let attachments = Attachments::at(folder.path().join("files"));
        let (one, two) = (file("a.txt", b"one"), file("b.txt", b"two"));
        attachments.put("msg_gw1", vec![one.clone(), two.clone()]).await.unwrap();
        attachments.put("msg_gw2", vec![one.clone()]).await.unwrap();
        assert_eq!(attachments.read("msg_gw1", &two.note).await.unwrap(), b"two");
        attachments.discard("msg_gw1").await.unwrap();
        attachments.discard("msg_gw1").await.unwrap();
        assert!(attachments.read("msg_gw1", &one.note).await.is_err());
        let later = Attachments::at(folder.path().join("files"));
        later.clear_all_but(&HashSet::from(["msg_gw2"])).unwrap();
        assert_eq!(
            later.read("msg_gw2", &one.note).await.unwrap(),
            b"one",
            "the same content in two messages"
        );
        later.clear_all_but(&HashSet::new()).unwrap();
        assert_eq!(fs::read_dir(folder.path().join("files")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_was_changed_on_disk_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let attachments = Attachments::at(folder.path().join("files"));
        let one = file("a.txt", b"one");
        attachments.put("msg_gw1", vec![one.clone()]).await.unwrap();
        fs::write(folder.path().join("files/msg_gw1").join(&one.note.digest), "other").unwrap();
        let refused = attachments.read("msg_gw1", &one.note).await.unwrap_err().to_string();
        assert!(refused.contains("checksum"), "{refused}");
        assert!(attachments.put("../msg", vec![one]).await.is_err(), "nothing outside the folder");
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        // REQ-HARD-03
        let home = tempfile::TempDir::new().unwrap();
        let precious = home.path().join("precious");
        fs::create_dir_all(precious.join("work")).unwrap();
        std::os::unix::fs::symlink(&precious, home.path().join("files")).unwrap();
        assert!(Attachments::at(home.path().join("files")).clear_all_but(&HashSet::new()).is_err());
        assert!(precious.join("work").is_dir());
    }
}
