//! A configuration is a page or two. One that is far longer, or nested like nothing that people write, is refused before
//! the parser works on it for minutes.

/// Far above any real one.
const LONGEST: usize = 1024 * 1024;

/// Brackets inside brackets, and columns before a line's first word.
const DEEPEST: usize = 100;
const FARTHEST: usize = 400;

/// What is wrong with it, if anything is.
pub(super) fn fault(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return Some(format!("has {} KiB; the limit is {} KiB", text.len() / 1024, LONGEST / 1024));
    }
    let mut depth = 0_usize;
    for (number, line) in text.lines().enumerate() {
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEEPEST {
                return Some(format!("line {}: nested more than {DEEPEST} brackets deep", number + 1));
            }
        }
        let lead = line.bytes().take_while(|byte| matches!(byte, b' ' | b'-' | b'?' | b':')).count();
        if lead > FARTHEST {
            return Some(format!("line {}: indented beyond column {FARTHEST}", number + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn what_nests_like_nothing_that_people_write_is_refused_at_once() {
        // L8
        let block: String = (0..100_000_usize).map(|n| format!("{}a:\n", " ".repeat(n.min(500)))).collect();
        for deep in [
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(100_000),
            block,
            "# x\n".repeat(300_000),
        ] {
            assert!(fault(&deep).is_some(), "{}", deep.chars().take(20).collect::<String>());
        }
    }

    #[test]
    fn what_people_write_is_read() {
        let rules = "projects:\n  shop: { approvers: ['web:dora'], repositories: [{ name: web }] }\n";
        assert_eq!(fault(&rules.repeat(500)), None);
        assert_eq!(fault(""), None);
    }
}
