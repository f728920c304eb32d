//! What a program prints, as much of it as anybody reads.

use tokio::io::{AsyncRead, AsyncReadExt};

/// All that is kept of either stream; the rest is read and forgotten, so that the program can end.
const MAX_KEPT: usize = 64 * 1024;

/// Lines that people are shown of what a server says.
const MAX_LINES: usize = 5;
const MAX_LINE: usize = 300;

pub(crate) struct Output(Vec<u8>);

pub(crate) async fn kept<R: AsyncRead + Unpin>(from: Option<R>) -> Output {
    let (mut all, mut piece) = (vec![], vec![0; 8 * 1024]);
    let Some(mut from) = from else { return Output(all) };
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        let room = MAX_KEPT.saturating_sub(all.len()).min(read);
        all.extend_from_slice(&piece[..room]);
    }
    Output(all)
}

impl Output {
    /// Without colours and other signs that a terminal obeys.
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.0).into_owned();
        let (mut plain, mut signs) = (String::new(), text.chars());
        while let Some(sign) = signs.next() {
            match sign {
                '\u{1b}' => drop(signs.by_ref().find(char::is_ascii_alphabetic)),
                '\n' | '\t' => plain.push(sign),
                // Progress is written over and over on one line.
                '\r' => plain.push('\n'),
                control if control.is_control() => {}
                other => plain.push(other),
            }
        }
        plain
    }
}

/// The last lines that say something, as one.
pub(crate) fn last_words(text: &str) -> String {
    let is_idle = |line: &str| line.is_empty() || line.starts_with("To ") || line.starts_with("Done");
    let lines = text.lines().map(|line| line.trim().trim_start_matches("remote:").trim());
    let lines: Vec<String> =
        lines.filter(|line| !is_idle(line)).map(|line| line.chars().take(MAX_LINE).collect()).collect();
    lines[lines.len().saturating_sub(MAX_LINES)..].join(" / ")
}
