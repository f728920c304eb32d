//! What the parsers of texts share.

/// Without the codes that colour a terminal.
pub(super) fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            // A colour ends with its letter.
            '\u{1b}' => drop(chars.by_ref().find(char::is_ascii_alphabetic)),
            '\r' => {}
            c => plain.push(c),
        }
    }
    plain
}

/// The number in front of one of these words: `3 failed`.
pub(super) fn before(line: &str, words: &[&str]) -> Option<u64> {
    let told: Vec<&str> =
        line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    told.windows(2).find(|pair| words.contains(&pair[1])).and_then(|pair| pair[0].parse().ok())
}

/// `1.20s`, `12 ms`, `0.734 s`, `2m` in milliseconds. Nothing for what is no time.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim().trim_matches(['(', ')', '[', ']', ' ']);
    let number: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let value: f64 = number.parse().ok()?;
    let unit = text[number.len()..].trim();
    let factor = match unit.split_whitespace().next().unwrap_or_default() {
        "ms" => 1.0,
        "s" | "sec" | "seconds" => 1_000.0,
        "m" | "min" => 60_000.0,
        _ => return None,
    };
    let ms = value * factor;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "looked at just before")]
    (ms.is_finite() && (0.0..1e12).contains(&ms)).then(|| ms.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_anything_else_is_no_time() {
        let table =
            [("1.20s", Some(1_200)), ("(9ms)", Some(9)), ("0.734 s", Some(734)), ("2m", Some(120_000))];
        for (text, ms) in table {
            assert_eq!(milliseconds(text), ms, "{text}");
        }
        for text in ["", "s", "1.2.3s", "12", "-3s", "1e99s", "9999999999999999999999999s"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }
}
