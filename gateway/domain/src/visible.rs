//! Characters that nobody sees, or that turn the order of others, written out: what people read before they decide must
//! be what is there. One function for every surface.

use std::sync::LazyLock;

/// The flags of England, Scotland and Wales are the only emoji that are spelled with invisible letters.
const FLAGS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];

const BLACK_FLAG: char = '\u{1f3f4}';
const END_OF_FLAG: char = '\u{e007f}';
const JOINER: char = '\u{200d}';

/// Hidden and turning characters are written as `⟨U+202E⟩`; line breaks and tabs stay, and so does what joins an emoji.
pub fn visible(text: &str) -> String {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut before = None;
    for (at, c) in text.char_indices() {
        let behind = &text[at + c.len_utf8()..];
        let written_out = is_hidden(c) && !belongs_to_emoji(c, before, &text[..at], behind);
        match written_out {
            true => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            false => shown.push(c),
        }
        before = (!written_out).then_some(c);
    }
    shown
}

/// So much of a text of others is logged.
const LOGGED: usize = 400;

/// A text of others for a log: on one line, with nothing in it that hides, turns or ends a line, and not without end.
pub fn one_line(text: &str) -> String {
    let head: String = text.chars().take(LOGGED).collect();
    let more = if head.len() < text.len() { "…" } else { "" };
    let mut line = visible(&head);
    for (c, written) in [('\n', "⟨U+000A⟩"), ('\t', "⟨U+0009⟩")] {
        line = line.replace(c, written);
    }
    line + more
}

/// Nothing in it can be seen: no letter, no digit, no sign.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_hidden(c))
}

/// Default-ignorable, turning and control characters, and a braille sign without dots.
pub(crate) fn is_hidden(c: char) -> bool {
    let at = HIDDEN.partition_point(|(_, last)| *last < c);
    c.is_control() && c != '\n' && c != '\t' || HIDDEN.get(at).is_some_and(|(first, _)| *first <= c)
}

/// Besides control characters. The console has a list of its own, which its test compares with this one.
static HIDDEN: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let sign = |hex: &str| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    let range = |line: &str| {
        let (first, last) = line.split_once("..").unwrap_or((line, line));
        Some((sign(first)?, sign(last)?))
    };
    include_str!("../hidden.txt").lines().filter_map(range).collect()
});

fn belongs_to_emoji(c: char, before: Option<char>, head: &str, behind: &str) -> bool {
    match (c, before) {
        (JOINER, Some(before)) => is_emoji(before) && behind.chars().next().is_some_and(is_picture),
        // One choice between a sign and its picture, right behind the sign.
        ('\u{fe0e}' | '\u{fe0f}', Some(before)) => is_picture(before) || is_keycap(before, behind),
        ('\u{e0020}'..=END_OF_FLAG, Some(_)) => is_in_a_flag(c, head, behind),
        _ => false,
    }
}

/// What may stand in front of a joiner; behind it stands a picture.
fn is_emoji(c: char) -> bool {
    is_picture(c) || c == '\u{fe0f}'
}

fn is_picture(c: char) -> bool {
    matches!(c,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '〰' | '〽' | '㊗' | '㊙'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{24c2}' | '\u{25a0}'..='\u{27bf}'
        | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

fn is_keycap(before: char, behind: &str) -> bool {
    (before.is_ascii_digit() || matches!(before, '#' | '*')) && behind.starts_with('\u{20e3}')
}

/// Whether the invisible letters around this one are those of a flag, and nothing else.
fn is_in_a_flag(c: char, head: &str, behind: &str) -> bool {
    let Some(at) = head.rfind(BLACK_FLAG) else { return false };
    let letters: String =
        head[at + BLACK_FLAG.len_utf8()..].chars().chain([c]).chain(behind.chars()).take(6).collect();
    let plain = |letter: char| char::from_u32(u32::from(letter).wrapping_sub(0xe0000)).unwrap_or(letter);
    let spelled: String = letters.chars().take_while(|letter| *letter != END_OF_FLAG).map(plain).collect();
    let place = head[at..].chars().count();
    letters.ends_with(END_OF_FLAG) && FLAGS.contains(&spelled.as_str()) && place <= 6
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_and_turning_characters_are_written_out() {
        // B10, REQ-THREAD-07
        assert_eq!(visible("user\u{202e}gpj.exe"), "user⟨U+202E⟩gpj.exe");
        assert_eq!(visible("rm \u{202e}x\u{7}"), "rm ⟨U+202E⟩x⟨U+0007⟩");
        for hidden in [
            '\u{202a}',
            '\u{2066}',
            '\u{2069}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{feff}',
            '\u{ad}',
            '\u{3164}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e007f}',
            '\u{2028}',
            '\u{61c}',
            '\u{fe01}',
            '\u{e0100}',
            '\u{1b}',
            '\u{600}',
            '\u{605}',
            '\u{2800}',
            '\u{fff0}',
            '\u{110bd}',
            '\u{13430}',
            '\u{1343f}',
            '\u{1bca3}',
        ] {
            assert_eq!(visible(&format!("a{hidden}b")), format!("a⟨U+{:04X}⟩b", u32::from(hidden)));
        }
        assert_eq!(visible("two\nlines\tand tabs"), "two\nlines\tand tabs");
    }

    #[test]
    fn the_list_is_read_whole_and_in_its_order() {
        // B10
        assert_eq!(HIDDEN.len(), include_str!("../hidden.txt").lines().count());
        assert!(HIDDEN.is_sorted_by(|a, b| a.1 < b.0) && HIDDEN.iter().all(|(first, last)| first <= last));
        assert!(!is_hidden('a') && !is_hidden('\u{606}') && !is_hidden('\u{fffc}') && !is_hidden('é'));
    }

    #[test]
    fn emoji_stay_whole_and_hide_nothing() {
        // B10
        let family = "👨\u{200d}👩\u{200d}👧 🏳️\u{200d}🌈 ❤️ 1️⃣ 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        assert_eq!(visible(family), family);
        assert_eq!(visible("rm\u{fe0f} x"), "rm⟨U+FE0F⟩ x");
        assert!(visible("❤\u{fe0f}\u{fe0f}").ends_with("⟨U+FE0F⟩"));
        let hidden = "🏴\u{e0072}\u{e006d}\u{e007f}";
        assert_eq!(visible(hidden), "🏴⟨U+E0072⟩⟨U+E006D⟩⟨U+E007F⟩");
    }

    #[test]
    fn a_text_of_others_cannot_forge_a_line_of_a_log() {
        // A8
        let forged = "nice\r\n2026-11-28T21:00:00Z ERROR forged\u{1b}[31m\u{202e}\u{2028}\0\tend";
        let line = one_line(forged);
        assert!(
            line.starts_with("nice⟨U+000D⟩⟨U+000A⟩2026") && line.ends_with("⟨U+0000⟩⟨U+0009⟩end"),
            "{line}"
        );
        assert!(!line.contains(|c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}')), "{line}");
        assert_eq!(one_line("plain words"), "plain words");
        assert_eq!(one_line(&"x".repeat(10_000)).chars().count(), LOGGED + 1);
    }

    #[test]
    fn a_title_of_nothing_is_blank() {
        // CHAOS F10 s
        for blank in ["", " ", "\u{200b}", "\u{3164} \u{feff}", "\u{2800}", "\u{202e}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        assert!(!is_blank("\u{200b}a") && !is_blank("😀"));
    }

    proptest! {
        #[test]
        fn what_is_visible_stays_so(text in "\\PC{0,40}[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{fe0f}\u{e0060}-\u{e007f}a😀🏴]{0,12}") {
            let once = visible(&text);
            prop_assert_eq!(visible(&once), once.clone());
            let hides = once.contains(['\u{202e}', '\u{200b}', '\u{200e}']);
            prop_assert!(!hides);
        }
    }
}
