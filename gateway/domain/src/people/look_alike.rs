//! Names that people take for one another, folded to one: `Anna`, `anna` and `аnnа` with two Cyrillic letters.
//!
//! Two names that fold to the same are never two people. It is not all of Unicode's table of look-alikes: it has the letters
//! of Latin, Cyrillic and Greek that are drawn alike, full-width forms, and what nobody sees.

use crate::visible::is_hidden;

/// Letters of other scripts, and digits, with the Latin letter that they look like. Lower case.
const DRAWN_ALIKE: [(&str, char); 25] = [
    ("аα", 'a'),
    ("в", 'b'),
    ("сϲ", 'c'),
    ("ԁ", 'd'),
    ("еєε", 'e'),
    ("ց", 'g'),
    ("һн", 'h'),
    ("іїıι1|lӏ", 'i'),
    ("јϳ", 'j'),
    ("кκ", 'k'),
    ("м", 'm'),
    ("ոη", 'n'),
    ("оοσ0օ", 'o'),
    ("рρ", 'p'),
    ("ԛ", 'q'),
    ("г", 'r'),
    ("ѕ", 's'),
    ("тτ", 't'),
    ("υս", 'u'),
    ("νѵ", 'v'),
    ("ѡω", 'w'),
    ("хχ", 'x'),
    ("уγү", 'y'),
    ("ʐ", 'z'),
    ("ß", 's'),
];

/// Full-width forms stand so far behind the plain ones.
const FULL_WIDTH: std::ops::RangeInclusive<char> = '\u{ff01}'..='\u{ff5e}';

pub(crate) fn folded(name: &str) -> String {
    let seen = name.trim().chars().filter(|c| !is_hidden(*c)).map(plain_width);
    seen.flat_map(char::to_lowercase).map(latin).collect()
}

pub(crate) fn are_alike(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

fn plain_width(c: char) -> char {
    match FULL_WIDTH.contains(&c) {
        true => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        false => c,
    }
}

fn latin(c: char) -> char {
    DRAWN_ALIKE.iter().find(|(alike, _)| alike.contains(c)).map_or(c, |(_, letter)| *letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_other_scripts_and_hidden_letters_make_no_other_name() {
        // REQ-RULES-02
        for twin in ["Anna", " anna ", "аnnа", "ＡＮＮＡ", "an\u{200b}na", "ΑNNA", "a\u{ad}nna"] {
            assert!(are_alike("anna", twin), "{twin:?} folds to {:?}", folded(twin));
        }
        assert!(are_alike("lisa", "Iisa") && are_alike("ben0", "beno"));
        for other in ["hanna", "anne", "an-na", "ána", ""] {
            assert!(!are_alike("anna", other), "{other:?}");
        }
    }
}
