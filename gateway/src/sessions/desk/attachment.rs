//! What is in the files of messages, for people who look at a thread.

use super::{Desk, Refusal};
use gateway_domain::{mask, mime_of, plain_name};

/// A file as a person may see it.
pub struct FileContent {
    /// One line without folders.
    pub name: String,
    /// What its content says that it is, if that is one of the few kinds that messages take.
    pub mime: Option<&'static str>,
    /// Secrets in a text are masked, as everywhere that people read.
    pub content: Vec<u8>,
}

impl Desk {
    /// While its message waits, the file is on the gateway's own disk; afterwards OpenCode has it.
    pub async fn attachment(&self, session: &str, message: &str, file: &str) -> Result<FileContent, Refusal> {
        if let Some(note) = self.threads.file_of(session, message, file)
            && let Ok(content) = self.shelf.read(message, &note).await
        {
            return Ok(FileContent::of(&note.name, content));
        }
        let (name, content) = self.pods.attachment(session, message, file).await?;
        Ok(FileContent::of(&name, content))
    }
}

impl FileContent {
    pub(super) fn of(name: &str, content: Vec<u8>) -> Self {
        let mime = mime_of(&content);
        let content = match String::from_utf8(content) {
            Ok(text) => mask(&text).into_bytes(),
            Err(bytes) => bytes.into_bytes(),
        };
        Self { name: plain_name(name), mime, content }
    }
}
