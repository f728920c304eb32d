//! Long prose in pieces that Slack takes, cut between paragraphs, never inside a code block without closing it.

/// Characters of a piece. Slack takes 12,000 in all markdown blocks of a message; a phone is happier with less, and
/// there must be room for the fences that a cut adds.
const PIECE: usize = 8_000;

/// Room for a fence that is closed and opened again, and for the number.
const SPARE: usize = 200;

/// The pieces of a text. A text that grows at its end keeps its earlier pieces, so that what was posted stays.
pub(super) fn pieces(text: &str) -> Vec<String> {
    split(text, PIECE)
}

fn split(text: &str, most: usize) -> Vec<String> {
    let (mut pieces, mut rest) = (vec![], text);
    let mut carried: Option<String> = None;
    loop {
        let opening = carried.as_ref().map_or(0, |fence| fence.chars().count() + 1);
        if rest.chars().count() + opening <= most {
            let last = with_opening(carried.as_deref(), rest);
            if !last.trim().is_empty() || pieces.is_empty() {
                pieces.push(last);
            }
            return pieces;
        }
        let end = cut_at(rest, most.saturating_sub(SPARE.min(most / 4) + opening).max(1), carried.is_some());
        let mut piece = with_opening(carried.as_deref(), &rest[..end]);
        carried = open_fence(&piece);
        if let Some(fence) = &carried {
            close(&mut piece, fence);
        }
        pieces.push(piece.trim_end().to_owned());
        rest = rest[end..].trim_start_matches('\n');
    }
}

fn with_opening(fence: Option<&str>, text: &str) -> String {
    match fence {
        Some(fence) => format!("{fence}\n{text}"),
        None => text.to_owned(),
    }
}

fn close(piece: &mut String, fence: &str) {
    if !piece.ends_with('\n') {
        piece.push('\n');
    }
    piece.extend(fence.chars().take_while(|c| matches!(c, '`' | '~')));
}

/// Where to cut the first characters: behind a paragraph, else a line, else a word, else anywhere.
fn cut_at(text: &str, most: usize, in_fence: bool) -> usize {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    let window = &text[..end];
    // A cut far in front would leave a piece nearly empty.
    let least = end / 2;
    let fair = |at: Option<usize>, skip: usize| at.map(|at| at + skip).filter(|at| *at > least);
    paragraph(window, in_fence)
        .filter(|at| *at > least)
        .or_else(|| fair(window.rfind('\n'), 1))
        .or_else(|| fair(window.rfind(' '), 1))
        .unwrap_or(end)
}

/// The last blank line that stands in no code block.
fn paragraph(window: &str, mut in_fence: bool) -> Option<usize> {
    let (mut at, mut found) = (0, None);
    let mut fence = String::new();
    for line in window.split_inclusive('\n') {
        let trimmed = line.trim_start();
        match marker(trimmed) {
            Some(mark) if !in_fence => (in_fence, fence) = (true, mark),
            Some(mark) if fence.is_empty() || mark.starts_with(&fence) => {
                (in_fence, fence) = (false, String::new());
                found = Some(at + line.len());
            }
            _ if !in_fence && line.trim().is_empty() => found = Some(at + line.len()),
            _ => {}
        }
        at += line.len();
    }
    found
}

/// The fence that is open at the end, with its language.
fn open_fence(text: &str) -> Option<String> {
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        match (marker(trimmed), &open) {
            (Some(mark), None) => open = Some((mark, crate::slack::formatting::cut(trimmed.trim_end(), 60))),
            (Some(mark), Some((fence, _))) if mark.starts_with(fence.as_str()) => open = None,
            _ => {}
        }
    }
    open.map(|(_, line)| line)
}

/// The marks of a line that begins or ends a code block.
fn marker(line: &str) -> Option<String> {
    let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let marks: String = line.chars().take_while(|c| *c == sign).collect();
    (marks.len() >= 3).then_some(marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_text_is_cut_between_paragraphs() {
        // REQ-THREAD-02
        let text = format!("{}\n\n{}\n\n{}", "a".repeat(40), "b".repeat(40), "c".repeat(40));
        let pieces = split(&text, 100);
        assert_eq!(pieces, ["a".repeat(40), format!("{}\n\n{}", "b".repeat(40), "c".repeat(40))]);
    }

    #[test]
    fn a_code_block_is_closed_and_opened_again() {
        // REQ-THREAD-02
        let text = format!("```rust\n{}```\nend", "let x = 1;\n".repeat(20));
        let pieces = split(&text, 120);
        assert!(pieces.len() > 2, "{pieces:?}");
        for piece in &pieces {
            assert_eq!(piece.matches("```").count() % 2, 0, "{piece}");
        }
        assert!(pieces[1].starts_with("```rust\n"), "{:?}", pieces[1]);
        assert!(pieces.last().is_some_and(|last| last.ends_with("end")));
    }

    proptest! {
        #[test]
        fn no_piece_is_too_long_and_no_word_is_lost(text in "([a-z ]{0,30}\n|\n|```[a-z]{0,4}\n){0,60}") {
            let pieces = split(&text, 120);
            for piece in &pieces {
                prop_assert!(piece.chars().count() <= 120, "{}: {piece:?}", piece.chars().count());
            }
            let letters = |text: &str| text.chars().filter(char::is_ascii_lowercase).count();
            let told: usize = pieces.iter().map(|piece| letters(piece)).sum();
            prop_assert!(told >= letters(&text));
        }

        #[test]
        fn what_was_cut_off_stays_while_the_text_grows(text in "([a-z ]{0,30}\n|\n|```[a-z]{0,4}\n){0,60}", more in "[a-z \n]{0,200}") {
            let (before, after) = (split(&text, 120), split(&format!("{text}{more}"), 120));
            let settled = before.len() - 1;
            prop_assert_eq!(&before[..settled], &after[..settled]);
        }
    }
}
