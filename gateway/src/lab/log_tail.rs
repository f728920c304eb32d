//! The end of what a lab writes: its last lines, however much it writes.

use gateway_domain::{cut, mask_text, visible};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncReadExt};

/// What is kept. Fifty ordinary lines are a tenth of it.
const KEPT: usize = 64 * 1024;

const LINES: usize = 50;
const LONGEST_LINE: usize = 500;

#[derive(Debug, Default)]
pub(super) struct LogTail(Mutex<VecDeque<u8>>);

impl LogTail {
    /// Until nobody writes there any more.
    pub(super) async fn take(&self, mut from: impl AsyncRead + Unpin) {
        let mut piece = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut piece).await {
            self.add(&piece[..read]);
        }
    }

    pub(super) fn add(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = &bytes[bytes.len().saturating_sub(KEPT)..];
        let too_many = (kept.len() + newest.len()).saturating_sub(KEPT);
        let gone = too_many.min(kept.len());
        kept.drain(..gone);
        kept.extend(newest);
    }

    /// The last lines, without secrets and without what moves cursors. None when nothing was written.
    pub(super) fn last_lines(&self) -> Option<String> {
        let bytes: Vec<u8> = self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        // First masked and then cut: half a secret is not recognised as one.
        let masked = mask_text(&text);
        let lines: Vec<&str> = masked.lines().collect();
        let last = lines.iter().skip(lines.len().saturating_sub(LINES));
        let shown: Vec<String> = last.map(|line| cut(&visible(line.trim_end()), LONGEST_LINE)).collect();
        let shown = shown.join("\n");
        (!shown.trim().is_empty()).then_some(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, LogTail};

    #[test]
    fn a_flood_leaves_its_last_fifty_lines() {
        // REQ-LAB-05
        let log = LogTail::default();
        assert_eq!(log.last_lines(), None);
        for n in 0..20_000 {
            log.add(format!("line {n}\n").as_bytes());
        }
        assert!(log.0.lock().unwrap().len() <= KEPT);
        let lines = log.last_lines().unwrap();
        assert_eq!((lines.lines().count(), lines.lines().next()), (50, Some("line 19950")));
    }

    #[test]
    fn secrets_and_cursors_are_not_shown_and_one_endless_line_is_cut() {
        // REQ-LAB-05
        let log = LogTail::default();
        log.add(b"\x1b[31mpassword=hunter2-hunter2\x1b[0m\n\xff\xfe\n");
        log.add("x".repeat(KEPT * 2).as_bytes());
        let lines = log.last_lines().unwrap();
        assert!(!lines.contains("hunter2") && !lines.contains('\x1b') && lines.len() < 2_000, "{lines}");
    }
}
