//! The last line of a record's file: a checksum of all lines before it, or the word of a person who edited it.

pub(crate) const SEAL: &str = "seal";
/// What a person may write as the seal.
pub(crate) const EDITED: &str = "edited";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seal {
    Fits { carries: bool },
    Differs,
    Missing,
}

pub(crate) fn seal(text: &str) -> Seal {
    let body = text.trim_end_matches('\n');
    let start = body.rfind('\n').map_or(0, |newline| newline + 1);
    let Some(value) = body[start..].strip_prefix("seal: ") else {
        // A tool that sorts fields may have moved it; a line that was cut has no seal before it.
        return if text[..start].contains("\nseal: ") { Seal::Differs } else { Seal::Missing };
    };
    let digits = value.strip_prefix('+').unwrap_or(value);
    if value == EDITED {
        return Seal::Differs;
    }
    // A seal that was itself cut is no seal.
    if digits.len() != 8 {
        return Seal::Missing;
    }
    let fits = u32::from_str_radix(digits, 16) == Ok(crc32fast::hash(&text.as_bytes()[..start]));
    if fits { Seal::Fits { carries: value.len() > digits.len() } } else { Seal::Differs }
}

/// The line for a text that ends before it. `carries`: there are fields that only the careful way of reading keeps.
pub(crate) fn line(text: &str, carries: bool) -> String {
    let mark = if carries { "+" } else { "" };
    format!("{SEAL}: {mark}{:08x}\n", crc32fast::hash(text.as_bytes()))
}

/// Whether whoever edited it said so.
pub(crate) fn is_marked_edited(bytes: &[u8]) -> bool {
    bytes.trim_ascii_end().ends_with(format!("\n{SEAL}: {EDITED}").as_bytes())
}
