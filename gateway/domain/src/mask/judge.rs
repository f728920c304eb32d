//! Whether a value that stands where a secret would is one: not a reference, a type, a call, a path, a placeholder or a
//! sentence. What is drawn at random is told from what people wrote.

use super::bytes::{is_blank, is_word};
use super::harmless::{OF_SENTENCES, PLACEHOLDERS, REFERENCES, WORDS};

/// How much a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Promise {
    /// `token`, `key`: the value must look like a secret too.
    Weak,
    /// `client_secret`, `api_key`: any value that could not be a word.
    Likely,
    /// `password`: any value that is one.
    Strong,
}

/// How name and value stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joiner {
    /// `NAME=value`
    Tight,
    /// `name = value`, `name := value`
    Assigned,
    /// `name == "value"`, `("name", "value")`, a cell of a table, an element.
    Pair,
    Colon,
    /// `--name value`
    Option,
    /// `the name is value`
    Told,
    /// `name value`
    Beside,
}

pub(super) struct Candidate<'a> {
    pub value: &'a [u8],
    pub is_quoted: bool,
    /// The byte behind the value and its quote.
    pub next: u8,
    /// Nothing else follows on its line.
    pub ends_line: bool,
    pub joiner: Joiner,
    pub promise: Promise,
    pub name: &'a [u8],
}

impl Candidate<'_> {
    pub(super) fn is_secret(&self) -> bool {
        let value = self.value;
        let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
        if self.is_nothing(&lower) || self.is_reference(&lower) || self.is_code() || is_path(value) {
            return false;
        }
        match self.promise {
            Promise::Strong if self.joiner == Joiner::Pair => looks_chosen(value) && self.is_password(&lower),
            Promise::Strong => self.is_password(&lower),
            Promise::Likely if self.is_setting_of_a_shell() => {
                let is_word = value.iter().all(u8::is_ascii_alphabetic);
                value.len() >= 6 && (is_word || !is_wordy(value))
            }
            Promise::Likely => {
                value.len() >= 6 && !value.iter().any(|&byte| is_blank(byte)) && self.is_likely()
            }
            Promise::Weak if self.joiner == Joiner::Beside => {
                value.len() >= 20 && is_of_all_kinds(value) && looks_random(value)
            }
            Promise::Weak if self.is_any_key() => {
                value.len() >= 20 && is_of_all_kinds(value) && looks_random(value)
            }
            Promise::Weak => {
                value.len() >= 8
                    && (self.is_a_services() || !is_uuid(value))
                    && !is_number(value)
                    && looks_random(value)
            }
        }
    }

    /// Too short, one sign again and again, or a word that is no value.
    fn is_nothing(&self, lower: &str) -> bool {
        let value = self.value;
        let trimmed = lower.trim_matches(|sign: char| !sign.is_alphanumeric());
        let first = value.first().copied().unwrap_or(0);
        value.len() < 4
            || value.iter().all(|&byte| byte == first)
            || value.iter().all(u8::is_ascii_punctuation)
            || WORDS.contains(&trimmed)
            || lower.as_bytes() == self.name.to_ascii_lowercase()
            || PLACEHOLDERS.iter().any(|text| lower.contains(text))
    }

    fn is_reference(&self, lower: &str) -> bool {
        let (value, first) = (self.value, self.value.first().copied().unwrap_or(0));
        let is_variable = matches!(first, b'$' | b'%' | b'@')
            && value.iter().skip(1).all(|&byte| is_word(byte) || byte == b'%');
        let is_name_of_a_shell = !self.is_quoted
            && first == b'$'
            && value.get(1).is_some_and(|second| second.is_ascii_alphabetic() || *second == b'_');
        let is_constant = value.starts_with(b"__") && value.ends_with(b"__");
        let opens = !self.is_quoted && b"([{<&*!|?,)]}".contains(&first);
        let is_braced = first == b'{' && value.ends_with(b"}");
        is_variable
            || is_name_of_a_shell
            || is_constant
            || opens
            || is_braced
            || REFERENCES.iter().any(|text| lower.starts_with(text))
    }

    /// Something of a program: a call, a member, a type, another name.
    fn is_code(&self) -> bool {
        if self.is_quoted {
            return false;
        }
        let value = self.value;
        let is_called = b"([".contains(&self.next)
            || value.windows(2).any(|two| two == b"::" || two == b"->" || two == b"()");
        let members = value.split(|&byte| byte == b'.');
        let is_member =
            value.contains(&b'.') && members.clone().all(is_name) && !value.iter().any(u8::is_ascii_digit);
        is_called || is_member || (is_name(value) && self.is_another_name())
    }

    /// A bare name where code would have one.
    fn is_another_name(&self) -> bool {
        let value = self.value;
        let has_digits = value.iter().any(u8::is_ascii_digit);
        let starts_like_the_name =
            value.iter().zip(self.name).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count() >= 3;
        let is_type =
            value.first().is_some_and(u8::is_ascii_uppercase) && !is_irregular(value) && !has_digits;
        let is_argument = matches!(self.next, b',' | b')' | b';' | b'}' | b'?' | b'|');
        match self.joiner {
            Joiner::Assigned => {
                !is_irregular(value)
                    && (!has_digits || starts_like_the_name || is_argument && value.contains(&b'_'))
            }
            Joiner::Colon => {
                !is_irregular(value) && !has_digits && (is_type || is_argument || !self.ends_line)
            }
            Joiner::Tight => {
                is_argument && !has_digits || starts_like_the_name && !self.is_setting_of_a_shell()
            }
            Joiner::Told => !has_digits,
            Joiner::Pair | Joiner::Option | Joiner::Beside => false,
        }
    }

    /// `CODECOV_TOKEN`: in a setting even a UUID is a secret, elsewhere it is a name of something.
    fn is_a_services(&self) -> bool {
        self.name.contains(&b'_') && !self.name.iter().any(u8::is_ascii_lowercase)
    }

    /// A cache, a row, a map: keys are everywhere, and most are no secret.
    fn is_any_key(&self) -> bool {
        self.name.to_ascii_lowercase().ends_with(b"key")
    }

    /// `NAME=value`, as in a shell or a file of settings: nothing else than the value can stand there.
    fn is_setting_of_a_shell(&self) -> bool {
        self.joiner == Joiner::Tight && !self.name.iter().any(u8::is_ascii_lowercase)
    }

    fn is_password(&self, lower: &str) -> bool {
        let value = self.value;
        let has_blanks = value.iter().any(|&byte| is_blank(byte));
        let is_label = self.is_quoted
            && value.first().is_some_and(u8::is_ascii_uppercase)
            && value.iter().skip(1).all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_punctuation());
        let mut words = lower.split(|sign: char| !sign.is_alphanumeric() && sign != '\'');
        let is_sentence = has_blanks && words.any(|word| OF_SENTENCES.contains(&word));
        let asks = has_blanks && value.last().is_some_and(|last| b".?!:".contains(last));
        let is_written = matches!(self.joiner, Joiner::Told) && !self.is_quoted && !looks_chosen(value);
        !(is_label || is_sentence || asks || is_written)
    }

    fn is_likely(&self) -> bool {
        let plain = self.is_quoted && self.value.len() >= 12 && self.value.iter().all(u8::is_ascii_lowercase);
        looks_chosen(self.value) && !is_wordy(self.value) || plain || is_irregular(self.value)
    }
}

/// Letters together with digits or signs that no word has.
pub(super) fn looks_chosen(value: &[u8]) -> bool {
    let has_letters = value.iter().any(u8::is_ascii_alphabetic);
    let others = value.iter().any(|byte| byte.is_ascii_digit() || b"!@#$%^&*+=~?".contains(byte));
    has_letters && others || value.len() >= 12 && is_irregular(value)
}

/// Drawn, not written: letters and digits, in no parts that are words or numbers.
pub(super) fn looks_random(value: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    let is_mixed =
        has(u8::is_ascii_alphabetic) && has(u8::is_ascii_digit) || value.len() >= 20 && is_irregular(value);
    is_mixed && !is_wordy(value)
}

/// Parts that are words, numbers or words with a short number, such as `node-modules-v1`.
fn is_wordy(value: &[u8]) -> bool {
    let parts: Vec<_> =
        value.split(|byte| !byte.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let most = if parts.len() > 1 { 4 } else { 1 };
    parts.iter().all(|part| {
        let letters = part.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let digits = part.len() - letters;
        let is_numbered =
            part.iter().skip(letters).all(u8::is_ascii_digit) && (digits <= most || letters == 0);
        is_numbered && !is_irregular(part) && letters <= 24
    })
}

/// Letters whose case changes as in no name that people write: parts of fewer than three letters on average.
fn is_irregular(value: &[u8]) -> bool {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let pairs = value.windows(2);
    let humps = pairs.filter(|two| !two[0].is_ascii_uppercase() && two[1].is_ascii_uppercase()).count();
    letters >= 8 && humps >= 3 && letters < (humps + 1) * 4
}

fn is_name(value: &[u8]) -> bool {
    value.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && value.iter().all(|&byte| is_word(byte))
}

/// `/etc/keys`, `./a`, `~/a`, `C:\a`, and what ends as files do.
fn is_path(value: &[u8]) -> bool {
    const ENDS: &[&[u8]] = &[
        b".json", b".pem", b".txt", b".yaml", b".yml", b".key", b".env", b".crt", b".pub", b".ts", b".js",
        b".rs", b".py", b".go", b".md", b".toml", b".p12", b".jks", b".asc", b".gpg", b".enc", b".html",
        b".css", b".sh",
    ];
    let starts = [&b"/"[..], b"./", b"~/", b"../", b"\\"].iter().any(|start| value.starts_with(start));
    let drive = matches!(value, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let segments = value.split(|&byte| byte == b'/' || byte == b'\\').filter(|part| !part.is_empty());
    let is_written = segments.clone().all(|part| !looks_random(part) || part.len() < 12);
    let several = value.contains(&b'/') && segments.clone().count() > 1;
    drive
        || starts && is_written
        || several && is_written && segments.clone().all(is_plain)
        || ENDS.iter().any(|end| value.ends_with(end))
}

/// A segment such as people name folders.
fn is_plain(segment: &[u8]) -> bool {
    segment.iter().all(|&byte| is_word(byte) || b"-.".contains(&byte))
        && !segment.iter().any(u8::is_ascii_uppercase)
}

fn is_of_all_kinds(value: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit)
}

/// `0x7f3a91c2`: an address or a number.
fn is_number(value: &[u8]) -> bool {
    value.starts_with(b"0x") && value.len() < 40
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(n, byte)| match n {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
