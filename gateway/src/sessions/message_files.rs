//! The files that come with a message: looked at, put on the shelf, and taken from it when the message goes out.

use super::ports::{FileShelf, NotKept};
use gateway_domain::{AgentOrder, FileNote, FilesRefused, check_files};

/// Files as they came with a message, checked.
#[derive(Clone, Default)]
pub struct Attachments(Vec<Attachment>);

#[derive(Clone)]
pub struct Attachment {
    pub note: FileNote,
    pub content: Vec<u8>,
}

/// A file on its way to OpenCode.
#[derive(Clone, Debug)]
pub struct FileSent {
    pub note: FileNote,
    /// None when the shelf does not have it any more.
    pub content: Option<Vec<u8>>,
}

impl Attachments {
    /// Takes names and contents, in the sender's order.
    pub fn check(files: Vec<(String, Vec<u8>)>) -> Result<Self, FilesRefused> {
        check_files(files.len(), files.iter().map(|(_, content)| content.len()).sum())?;
        let noted = files.into_iter().map(|(name, content)| {
            let note = FileNote::of(&name, &content)?;
            Ok(Attachment { note, content })
        });
        noted.collect::<Result<_, _>>().map(Self)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn notes(&self) -> Vec<FileNote> {
        self.0.iter().map(|file| file.note.clone()).collect()
    }

    /// Returns when the files are on disk; only then the message may name them.
    pub(super) async fn put_on(&self, shelf: &dyn FileShelf, message_id: &str) -> Result<(), NotKept> {
        if self.is_empty() {
            return Ok(());
        }
        shelf.put(message_id, self.0.clone()).await
    }
}

/// What an order carries besides its words.
pub(super) async fn taken_from(shelf: &dyn FileShelf, order: &AgentOrder) -> Vec<FileSent> {
    let AgentOrder::Prompt { session, message_id, files, .. } = order else { return vec![] };
    let mut sent = vec![];
    for note in files {
        let content = shelf.read(message_id, note).await;
        if let Err(error) = &content {
            tracing::error!(session_id = session, message_id, %error, "attachment sent without its content");
        }
        sent.push(FileSent { note: note.clone(), content: content.ok() });
    }
    sent
}
