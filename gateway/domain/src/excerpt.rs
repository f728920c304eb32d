//! Pieces of long texts: cut to so many characters, or their first line. Every surface cuts alike.

/// At most that many characters, and a sign where something is missing.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// The first line with something in it, cut; it says when there is more.
pub fn first_line(text: &str, most: usize) -> String {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let more = text.trim_end().lines().count() > 1;
    let short = cut(first.trim(), most);
    if more && !short.ends_with('…') { format!("{short} …") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_there_is_more() {
        assert_eq!(first_line("\nfirst\nsecond", 20), "first …");
        assert_eq!(first_line("one", 20), "one");
        assert_eq!(first_line("0123456789", 5), "0123…");
    }
}
