//! Files that a person adds to a message. The record stores names and checksums; contents are kept on disk until
//! OpenCode has the message.

use crate::mask::mask_text;
use crate::sizes::{MAX_FILES, MAX_FILES_BYTES};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest name that is shown; what is behind it says nothing to anybody.
const MAX_NAME: usize = 120;

/// A file of a message, without what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileNote {
    pub name: String,
    pub mime: String,
    /// SHA-256 of the content, in hex.
    pub digest: String,
    pub size: usize,
}

/// The id of the message's part that a file becomes in OpenCode.
pub fn file_part_id(message_id: &str, place: usize) -> String {
    format!("{}f{place}", message_id.replacen("msg_", "prt_", 1))
}

/// Why files are not taken, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilesRefused {
    #[error("Up to {MAX_FILES} files per message, and this one has {0}. Add the others to the repository")]
    TooMany(usize),
    #[error(
        "Attachments are limited to {} MiB in total, and these add up to {:.1} MiB. Add large files to the \
            repository instead",
        MAX_FILES_BYTES >> 20,
        *.0 as f64 / f64::from(1 << 20)
    )]
    TooLarge(usize),
    #[error("{0} is empty")]
    Empty(String),
    #[error("{0} can't be attached. Supported are text, images (PNG, JPEG, GIF, WebP) and PDF")]
    Unreadable(String),
}

impl FileNote {
    /// Looks at the content, not at what its sender calls it.
    pub fn of(name: &str, content: &[u8]) -> Result<Self, FilesRefused> {
        let name = plain_name(name);
        if content.is_empty() {
            return Err(FilesRefused::Empty(name));
        }
        let Some(mime) = mime_of(content) else { return Err(FilesRefused::Unreadable(name)) };
        let digest = digest_of(content);
        Ok(Self { name, mime: mime.to_owned(), digest, size: content.len() })
    }

    /// Whether this is what the note was made of.
    pub fn fits(&self, content: &[u8]) -> bool {
        digest_of(content) == self.digest
    }
}

/// Whether a message takes that many files of that size together.
pub fn check_files(count: usize, bytes: usize) -> Result<(), FilesRefused> {
    match (count, bytes) {
        (count, _) if count > MAX_FILES => Err(FilesRefused::TooMany(count)),
        (_, bytes) if bytes > MAX_FILES_BYTES => Err(FilesRefused::TooLarge(bytes)),
        _ => Ok(()),
    }
}

fn digest_of(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// One line without folders and secrets.
pub fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let line: String = last.chars().filter(|letter| !letter.is_control()).collect();
    let masked = mask_text(line.trim());
    match masked.is_empty() {
        true => "file".to_owned(),
        false => masked.chars().take(MAX_NAME).collect(),
    }
}

/// What models read. Any text goes as plain text, since OpenCode gives only that on as words.
pub fn mime_of(content: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 5] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"RIFF", "image/webp"),
    ];
    let found = STARTS.iter().find(|(start, _)| content.starts_with(start)).map(|(_, mime)| *mime);
    match found {
        Some("image/webp") if content.get(8..12) != Some(b"WEBP") => None,
        Some(mime) => Some(mime),
        None => is_text(content).then_some("text/plain"),
    }
}

fn is_text(content: &[u8]) -> bool {
    !content.contains(&0) && std::str::from_utf8(content).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_is_in_it_not_what_it_is_called() {
        // REQ-START-08
        let mime = |content: &[u8]| FileNote::of("a.exe", content).map(|note| note.mime);
        assert_eq!(mime(b"\x89PNG\r\n\x1a\nrest").unwrap(), "image/png");
        assert_eq!(mime(b"RIFF\0\0\0\0WEBPVP8 ").unwrap(), "image/webp");
        assert_eq!(mime("<svg/> grün".as_bytes()).unwrap(), "text/plain");
        assert_eq!(mime(b"RIFF\0\0\0\0WAVE"), Err(FilesRefused::Unreadable("a.exe".into())));
        assert_eq!(mime(b"\x7fELF\0\0"), Err(FilesRefused::Unreadable("a.exe".into())));
        assert_eq!(mime(b""), Err(FilesRefused::Empty("a.exe".into())));
    }

    #[test]
    fn a_name_is_one_line_without_folders_and_secrets() {
        // REQ-THREAD-06
        let name = |name: &str| FileNote::of(name, b"x").unwrap().name;
        assert_eq!(name("C:\\Users\\anna\\../notes\n.txt"), "notes.txt");
        assert_eq!(name("../.."), "..");
        assert_eq!(name("/"), "file");
        let secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
        assert!(!name(&format!("{secret}.txt")).contains(secret));
    }

    #[test]
    fn too_much_is_refused_with_the_limit() {
        // REQ-START-08
        assert_eq!(check_files(10, 5 << 20), Ok(()));
        assert!(check_files(11, 11).unwrap_err().to_string().contains("Up to 10 files"));
        let refused = check_files(1, 6 << 20).unwrap_err().to_string();
        assert!(refused.contains("5 MiB in total, and these add up to 6.0"), "{refused}");
    }
}
