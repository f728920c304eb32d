//! How paths are compared. A file system that doesn't tell `.GitHub` from `.github` must not be a way around a rule, nor
//! letters that only look different. What is never written for a good reason can't be judged at all.

use unicode_normalization::UnicodeNormalization;

/// Longer paths were not written for people.
const MAX_PATH: usize = 4096;

/// As rules compare it: composed, small, without invisible letters, and without what Windows drops at the end of a name.
pub(crate) fn folded(path: &str) -> String {
    let small = small(path).replace(char::is_control, "\u{fffd}");
    let parts: Vec<_> = small.split('/').map(|part| part.trim_end_matches(['.', ' '])).collect();
    parts.join("/")
}

/// Of a path or a pattern. Twice, because small letters may compose anew.
pub(crate) fn small(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let visible: String = text.nfkc().filter(|c| !is_invisible(*c)).collect();
    visible.to_uppercase().to_lowercase().nfkc().collect()
}

/// A plan names folders and globs as people do: `./src/`, `src/**`.
pub(crate) fn planned(path: &str) -> &str {
    let path = path.trim().trim_start_matches("./");
    path.trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/')
}

/// Why a path can't be judged, as a part of a sentence.
pub(crate) fn odd(path: &str) -> Option<&'static str> {
    let folded = small(path);
    let has_part = |is: fn(&str) -> bool| path.split('/').any(is) || folded.split('/').any(is);
    let is_dots = |part: &str| matches!(part.trim_end_matches(' '), "." | "..");
    if path.is_empty() || path.len() > MAX_PATH {
        return Some("a path is empty or far too long");
    }
    if path.chars().any(char::is_control) {
        return Some("a path has control characters");
    }
    if path.chars().any(is_misleading) {
        return Some("a path has invisible characters or such that change the direction of writing");
    }
    if has_part(is_dots) {
        return Some("a path has “.” or “..” in it");
    }
    if has_part(|part| part.trim_end_matches(['.', ' ']).is_empty()) {
        return Some("a path is absolute or has an empty part");
    }
    if path.contains('\\') || path.contains("::$") || folded.matches('/').count() != path.matches('/').count()
    {
        return Some("a path has characters that other systems take for a separator");
    }
    has_part(is_gits_own).then_some("a path leads into Git's own folder")
}

/// As Windows and macOS may write it.
fn is_gits_own(part: &str) -> bool {
    let part = part.trim_end_matches(['.', ' ']);
    part.eq_ignore_ascii_case(".git") || part.eq_ignore_ascii_case("git~1")
}

/// It can't be seen; a name with it looks like one without.
fn is_invisible(c: char) -> bool {
    is_misleading(c) || matches!(c, '\u{fe00}'..='\u{fe0f}')
}

fn is_misleading(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_system_takes_for_the_same_is_compared_as_the_same() {
        // REQ-DELIVER-06
        for (path, same) in [
            (".GitHub/Workflows/CI.yml", ".github/workflows/ci.yml"),
            (".env ", ".env"),
            ("deploy/.ENV.", "deploy/.env"),
            ("a/\u{17f}ecret", "a/secret"),
            ("\u{212a}eys/a.PEM", "keys/a.pem"),
            ("caf\u{e9}/x", "cafe\u{301}/x"),
            (".g\u{200c}ithub/x", ".github/x"),
            ("\u{ff0e}env", ".env"),
            ("stra\u{df}e", "STRASSE"),
        ] {
            assert_eq!(folded(path), folded(same), "{path}");
        }
    }

    #[test]
    fn what_is_never_written_for_a_good_reason_is_odd() {
        // REQ-DELIVER-06
        let long = "a".repeat(5000);
        for path in [
            "",
            "/etc/passwd",
            "a/../b",
            "..",
            "./a",
            "a//b",
            "a/",
            "a\nb",
            "a\u{7f}",
            "a\u{85}b",
            "a\\b",
            "a/.. /b",
            ".git/config",
            "x/.GIT/hooks/a",
            "git~1/a",
            ".git./a",
            "a/\u{202e}b",
            "a\u{200b}b",
            "a\u{fffd}",
            "a/\u{2025}/b",
            "a\u{ff0f}b",
            "x/.env::$DATA",
            &long,
        ] {
            assert!(odd(path).is_some(), "{path:?}");
        }
        for path in [
            "src/a.rs",
            ".github/workflows/ci.yml",
            "döcs/Übersicht.md",
            "a b/c d.txt",
            "日本/x",
            ".gitignore",
            "a..b",
            "...",
            "x/v1.2.",
            "Foo::Bar.3",
        ] {
            let is_dots = path == "...";
            assert_eq!(odd(path).is_some(), is_dots, "{path:?}");
        }
    }

    #[test]
    fn a_plan_names_folders_as_people_do() {
        for path in ["src/auth", "./src/auth/", "src/auth/**", " src/auth/* "] {
            assert_eq!(planned(path), "src/auth");
        }
    }
}
