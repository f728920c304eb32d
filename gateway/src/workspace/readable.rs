//! Numbers and names as people read them.

/// `1 file`, `2 files`.
pub(super) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Names that are shown before the rest is counted.
const SHOWN: usize = 5;

/// Longest name as it is shown.
const MAX_SHOWN: usize = 60;

/// Names that an agent chose: signs that turn or hide text are spelt out.
pub(super) fn names(all: &[String]) -> String {
    let mut shown: Vec<_> = all.iter().take(SHOWN).map(|name| plain(name)).collect();
    if all.len() > SHOWN {
        shown.push(format!("{} more", all.len() - SHOWN));
    }
    shown.join(", ")
}

pub(super) fn plain(name: &str) -> String {
    let spelt: String = name
        .chars()
        .flat_map(|sign| match sign {
            ' '..='~' => vec![sign],
            _ if sign.is_alphanumeric() => vec![sign],
            _ => sign.escape_unicode().collect(),
        })
        .collect();
    let mut shown: String = spelt.chars().take(MAX_SHOWN).collect();
    if shown.len() < spelt.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_names_hide_nothing() {
        assert_eq!((count(1, "file"), count(2, "file")), ("1 file".to_owned(), "2 files".to_owned()));
        assert_eq!(names(&["a\u{202e}b\n".to_owned(), "é".to_owned()]), "a\\u{202e}b\\u{a}, é");
        assert_eq!(names(&vec!["x".to_owned(); 7]), "x, x, x, x, x, 2 more");
    }
}
