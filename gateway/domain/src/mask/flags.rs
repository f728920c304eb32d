//! Programs that take secrets as plain words: `mysql -phunter22`, `curl -u user:password`.

use super::bytes::{at, before, begins_word, is_blank, is_quote, is_shell_syntax, part, skip, upto};
use std::ops::Range;

/// Where a program has its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The word behind the option.
    Next,
    /// The rest of the option's own word.
    Glued,
    /// Either of them.
    Both,
    /// What follows the first of these signs in the word behind the option.
    Behind(u8),
    /// The word behind the text.
    After,
}

pub(super) struct Program {
    /// As it is called, with the blank behind it.
    pub name: &'static str,
    options: &'static [&'static str],
    place: Place,
    /// Another word that must be there.
    with: Option<&'static str>,
}

const fn program(name: &'static str, options: &'static [&'static str], place: Place) -> Program {
    Program { name, options, place, with: None }
}

const fn with(word: &'static str, program: Program) -> Program {
    Program { with: Some(word), ..program }
}

pub(super) static PROGRAMS: &[Program] = &[
    program("curl ", &["-u", "--user", "-U", "--proxy-user"], Place::Behind(b':')),
    program("wget ", &["--http-password", "--ftp-password"], Place::Both),
    program("mysql ", &["-p"], Place::Glued),
    program("mysqldump ", &["-p"], Place::Glued),
    program("mysqladmin ", &["-p"], Place::Glued),
    program("mariadb ", &["-p"], Place::Glued),
    program("sshpass ", &["-p"], Place::Both),
    with("login", program("docker ", &["-p"], Place::Both)),
    with("login", program("podman ", &["-p"], Place::Both)),
    with("login", program("helm ", &["-p"], Place::Both)),
    with("login", program("oras ", &["-p"], Place::Both)),
    with("login", program("crane ", &["-p"], Place::Both)),
    with("login", program("az ", &["-p"], Place::Both)),
    with("login", program("vault ", &["login"], Place::Next)),
    with("login", program("oc ", &["-p"], Place::Both)),
    program("redis-cli ", &["-a"], Place::Next),
    program("ldapsearch ", &["-w"], Place::Both),
    program("ldapmodify ", &["-w"], Place::Both),
    program("mongo ", &["-p"], Place::Next),
    program("mongosh ", &["-p"], Place::Next),
    program("mongodump ", &["-p"], Place::Next),
    program("sqlcmd ", &["-P"], Place::Both),
    program("bcp ", &["-P"], Place::Both),
    program("zip ", &["-P"], Place::Both),
    program("unzip ", &["-P"], Place::Both),
    program("7z ", &["-p"], Place::Glued),
    program("ssh-keygen ", &["-N", "-P"], Place::Next),
    program("keytool ", &["-storepass", "-keypass"], Place::Next),
    program("smbclient ", &["-U"], Place::Behind(b'%')),
    program("http ", &["-a", "--auth"], Place::Behind(b':')),
    program("https ", &["-a", "--auth"], Place::Behind(b':')),
    program("security ", &["-w"], Place::Next),
    program("rabbitmqctl ", &["add_user", "change_password"], Place::After),
    program("aws ", &["aws_secret_access_key", "aws_session_token"], Place::Next),
    program("npm ", &["_authToken", "_password", "_auth"], Place::Next),
    program("openssl ", &["pass:"], Place::Glued),
    program("kubectl ", &["--from-literal"], Place::Behind(b'=')),
    program("oc ", &["--from-literal"], Place::Behind(b'=')),
    program("snyk ", &["auth"], Place::Next),
    program("net use ", &["/user:"], Place::Glued),
];

/// Longest command that is looked at.
const LONGEST: usize = 2_048;

/// The secrets in the words of a program that is called there, and where its words end.
pub(super) fn secrets_of(
    bytes: &[u8],
    called: &Range<usize>,
    program: &Program,
) -> (Vec<Range<usize>>, usize) {
    if !begins_word(bytes, called.start) || before(bytes, called.start) == b'-' {
        return (vec![], called.end);
    }
    let words = words(bytes, called.end);
    let is_meant =
        program.with.is_none_or(|with| words.iter().any(|word| part(bytes, word.clone()) == with.as_bytes()));
    let end = words.last().map_or(called.end, |word| word.end);
    if !is_meant {
        return (vec![], end);
    }
    let secrets =
        words.iter().enumerate().filter_map(|(n, word)| program.secret(bytes, word, &words[n + 1..]));
    (secrets.filter(|span| is_value(part(bytes, span.clone()))).collect(), end)
}

impl Program {
    fn secret(&self, bytes: &[u8], word: &Range<usize>, rest: &[Range<usize>]) -> Option<Range<usize>> {
        let option = self
            .options
            .iter()
            .find(|option| bytes.get(word.start..word.start + option.len()) == Some(option.as_bytes()))?;
        let glued = word.start + option.len()..word.end;
        let glued = if at(bytes, glued.start) == b'=' { glued.start + 1..glued.end } else { glued };
        let is_long =
            option.starts_with("--") && glued.start == word.start + option.len() && !glued.is_empty();
        let next = || rest.first().cloned().filter(|_| glued.is_empty());
        let found = match self.place {
            _ if is_long => return None,
            Place::Glued => (!glued.is_empty()).then_some(glued.clone()),
            Place::Next => next(),
            Place::Both | Place::Behind(_) => next().or_else(|| (!glued.is_empty()).then_some(glued.clone())),
            Place::After => rest.get(1).cloned(),
        }?;
        let found = unquoted(bytes, found);
        let Place::Behind(sign) = self.place else { return Some(found) };
        let sign = skip(upto(bytes, found.end), found.start, |byte| byte != sign);
        (sign + 1 < found.end).then_some(sign + 1..found.end)
    }
}

fn unquoted(bytes: &[u8], word: Range<usize>) -> Range<usize> {
    let is_quoted = word.len() >= 2
        && is_quote(at(bytes, word.start))
        && before(bytes, word.end) == at(bytes, word.start);
    if is_quoted { word.start + 1..word.end - 1 } else { word }
}

/// A word that is no option, no reference and nothing of a shell's grammar.
fn is_value(value: &[u8]) -> bool {
    let first = value.first().copied().unwrap_or(0);
    let lower = value.to_ascii_lowercase();
    value.len() >= 3
        && !b"-$<{%@".contains(&first)
        && !value.iter().any(|&byte| is_shell_syntax(byte))
        && !matches!(&lower[..], b"password" | b"token" | b"pass" | b"secret")
        && !value.starts_with("•".as_bytes())
}

/// Up to where the command ends, parted at blanks outside of quotes.
fn words(bytes: &[u8], start: usize) -> Vec<Range<usize>> {
    let end = bytes.len().min(start + LONGEST);
    let (mut words, mut at_now) = (vec![], start);
    while at_now < end {
        let begin = skip(bytes, at_now, |byte| is_blank(byte) || byte == b'\\');
        let begin =
            if at(bytes, begin) == b'\n' && before(bytes, begin) == b'\\' { begin + 1 } else { begin };
        if begin >= end || b"\n;|&".contains(&at(bytes, begin)) {
            break;
        }
        let quote = at(bytes, begin);
        let bytes = upto(bytes, end);
        let mut stop = skip(bytes, begin, |byte| !byte.is_ascii_whitespace() && !b";|&".contains(&byte));
        if is_quote(quote) {
            stop = stop.max(skip(bytes, begin + 1, |byte| byte != quote && byte != b'\n') + 1);
        }
        words.push(begin..stop.min(end));
        at_now = stop.max(begin + 1);
    }
    words
}
