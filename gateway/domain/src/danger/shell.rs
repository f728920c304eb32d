//! The commands in a line of shell, as far as one sees them without running it, and what stands out in each.

use super::{DangerKind, in_path};

/// They run what follows them.
const WRAPPERS: [&str; 10] =
    ["sudo", "doas", "env", "time", "nohup", "nice", "command", "exec", "xargs", "timeout"];

const SHELLS: [&str; 6] = ["sh", "bash", "zsh", "dash", "ash", "fish"];

const DOWNLOADS: [&str; 2] = ["curl", "wget"];

/// Commands that talk to other machines.
const NETWORK: [&str; 12] =
    ["curl", "wget", "ssh", "scp", "sftp", "rsync", "nc", "ncat", "netcat", "telnet", "ftp", "socat"];

/// And those that do with this word.
const NETWORK_WORDS: [(&str, &[&str]); 9] = [
    ("git", &["push", "fetch", "pull", "clone"]),
    ("npm", &["install", "i", "ci", "publish", "exec"]),
    ("pnpm", &["install", "add", "publish"]),
    ("yarn", &["install", "add", "publish"]),
    ("pip", &["install", "download"]),
    ("pip3", &["install", "download"]),
    ("cargo", &["install", "publish", "add"]),
    ("docker", &["pull", "push", "login"]),
    ("gh", &["api", "pr", "release", "repo"]),
];

const DELETES: [&str; 5] = ["rm", "rmdir", "unlink", "shred", "mkfs"];

/// And those that delete with this word.
const DELETING_WORDS: [(&str, &str); 13] = [
    ("git", "clean"),
    ("git", "--hard"),
    ("git", "-D"),
    ("find", "-delete"),
    ("find", "rm"),
    ("dd", "of="),
    ("kubectl", "delete"),
    ("helm", "uninstall"),
    ("terraform", "destroy"),
    ("docker", "prune"),
    ("truncate", "-s"),
    ("redis-cli", "flushall"),
    ("dropdb", ""),
];

/// Commands in commands in commands are looked into so far. Nobody reads more than that either.
const DEEPEST: usize = 8;

type DangersFound = Vec<(DangerKind, String)>;

pub(super) fn in_command(line: &str, directory: &str) -> DangersFound {
    in_line(line, directory, 0)
}

fn in_line(line: &str, directory: &str, depth: usize) -> DangersFound {
    if depth > DEEPEST {
        return vec![(DangerKind::RemoteCode, line.to_owned())];
    }
    let commands = split(line);
    let mut found: DangersFound = commands.iter().flat_map(|words| in_one(words, directory, depth)).collect();
    found.extend(
        commands
            .windows(2)
            .filter(|pair| runs_what_it_gets(pair))
            .map(|pair| (DangerKind::RemoteCode, format!("{} | {}", pair[0].join(" "), pair[1].join(" ")))),
    );
    found
}

/// What comes from elsewhere, or out of a text, goes straight into a shell.
fn runs_what_it_gets(pair: &[Vec<String>]) -> bool {
    let (from, to) = (name(&pair[0]), name(&pair[1]));
    let brings = DOWNLOADS.contains(&from) || matches!(from, "base64" | "xxd");
    brings && (SHELLS.contains(&to) || matches!(to, "python" | "python3" | "node"))
}

fn in_one(words: &[String], directory: &str, depth: usize) -> DangersFound {
    let Some((first, rest)) = words.split_first() else { return vec![] };
    let name = base(first);
    if WRAPPERS.contains(&name) {
        return in_wrapped(words, directory, depth);
    }
    let kinds = CHECKS.iter().filter(|(_, is)| is(name, rest)).map(|(kind, _)| (*kind, words.join(" ")));
    let mut found: DangersFound = kinds.collect();
    if SHELLS.contains(&name) || name == "eval" {
        let inner = rest.iter().filter(|word| word.contains(' '));
        found.extend(inner.flat_map(|inner| in_line(inner, directory, depth + 1)));
    }
    // A flag's value counts too: `--key=/etc/x`.
    let paths = rest.iter().map(|word| word.rsplit('=').next().unwrap_or(word).trim_start_matches('@'));
    let paths = paths.filter(|path| !path.contains("://"));
    found.extend(paths.filter_map(|path| Some((in_path(path, directory)?, path.to_owned()))));
    found
}

fn in_wrapped(words: &[String], directory: &str, depth: usize) -> DangersFound {
    let (name, inner) = (base(&words[0]), wrapped(&words[1..]));
    let kind = match name {
        "sudo" | "doas" => Some(DangerKind::Privileged),
        // Without a command it lists what is in the environment.
        "env" if inner.is_empty() => Some(DangerKind::Secrets),
        _ => None,
    };
    let mut found: DangersFound = kind.map(|kind| (kind, words.join(" "))).into_iter().collect();
    match depth < DEEPEST {
        true => found.extend(in_one(inner, directory, depth + 1)),
        false => found.push((DangerKind::RemoteCode, words.join(" "))),
    }
    found
}

type Check = fn(&str, &[String]) -> bool;

const CHECKS: [(DangerKind, Check); 6] = [
    (DangerKind::ForcePush, forces),
    (DangerKind::Destructive, deletes),
    (DangerKind::Privileged, |name, _| name == "su"),
    (DangerKind::Secrets, tells_secrets),
    (DangerKind::RemoteCode, |name, _| name == "eval"),
    (DangerKind::Network, talks),
];

fn has(words: &[String], wanted: &str) -> bool {
    words.iter().any(|word| word == wanted)
}

fn forces(name: &str, rest: &[String]) -> bool {
    name == "git" && has(rest, "push") && rest.iter().any(|word| is_force(word))
}

fn deletes(name: &str, rest: &[String]) -> bool {
    let with_word = |(tool, word): &(&str, &str)| {
        *tool == name && (word.is_empty() || rest.iter().any(|told| is_word(told, word)))
    };
    DELETES.contains(&name)
        || name.starts_with("mkfs.")
        || DELETING_WORDS.iter().any(with_word)
        || drops(rest)
}

/// `of=/dev/sda` is the word `of=`.
fn is_word(told: &str, word: &str) -> bool {
    told == word || word.ends_with('=') && told.starts_with(word)
}

fn tells_secrets(name: &str, rest: &[String]) -> bool {
    name == "printenv" || name == "gh" && has(rest, "token")
}

fn talks(name: &str, rest: &[String]) -> bool {
    let with_word =
        |(tool, those): &(&str, &[&str])| *tool == name && those.iter().any(|word| has(rest, word));
    NETWORK.contains(&name) || NETWORK_WORDS.iter().any(with_word)
}

/// `+main` forces too, as `-f` does.
fn is_force(word: &str) -> bool {
    let short = word.starts_with('-') && !word.starts_with("--") && word.contains('f');
    short || word.starts_with("--force") || word == "--mirror" || word.starts_with('+') && word.len() > 1
}

/// Statements for a database, wherever they stand in a command.
fn drops(words: &[String]) -> bool {
    let text = words.join(" ").to_lowercase();
    ["drop table", "drop database", "drop schema", "truncate table", "delete from"]
        .iter()
        .any(|words| text.contains(words))
}

/// What a wrapper runs, behind its flags, numbers and assignments.
fn wrapped(words: &[String]) -> &[String] {
    let is_its_own = |at: usize, word: &str| {
        let is_value = at > 0 && matches!(words[at - 1].as_str(), "-u" | "-g");
        let is_time = word.chars().all(|c| c.is_ascii_digit() || "smh.".contains(c));
        word.starts_with('-') || word.contains('=') || is_value || is_time
    };
    let begins = words.iter().enumerate().position(|(at, word)| !is_its_own(at, word)).unwrap_or(words.len());
    &words[begins..]
}

fn name(words: &[String]) -> &str {
    let words = match words.first() {
        Some(first) if WRAPPERS.contains(&base(first)) => wrapped(&words[1..]),
        _ => words,
    };
    words.first().map_or("", |word| base(word))
}

/// `/bin/rm` and `\rm` are `rm`.
fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word).trim_start_matches('\\')
}

/// The simple commands of a line as words, quotes taken off; those of `$(…)` and backticks are commands of their own.
fn split(line: &str) -> Vec<Vec<String>> {
    let mut splitter = Splitter::default();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, splitter.quote) {
            ('\'', Some('\'')) | ('"', Some('"')) => splitter.quote = None,
            (_, Some('\'')) => splitter.word.push(c),
            ('$', _) if chars.peek() == Some(&'(') => {
                chars.next();
                splitter.enter();
            }
            ('`', _) => splitter.command(),
            (')', _) if splitter.leave() => {}
            ('\\', _) => splitter.word.extend(chars.next().filter(|next| *next != '\n')),
            (_, Some(_)) => splitter.word.push(c),
            ('\'' | '"', None) => splitter.quote = Some(c),
            (';' | '|' | '&' | '\n' | '(' | ')', None) => splitter.command(),
            // `{ rm x; }`, and not `${HOME}`.
            ('{' | '}', None) if splitter.word.is_empty() => splitter.command(),
            ('<' | '>', None) => splitter.word(),
            (c, None) if c.is_whitespace() => splitter.word(),
            (c, None) => splitter.word.push(c),
        }
    }
    splitter.command();
    splitter.commands
}

#[derive(Default)]
struct Splitter {
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: String,
    quote: Option<char>,
    /// Quotes around the `$(` that are open.
    around: Vec<Option<char>>,
}

impl Splitter {
    fn word(&mut self) {
        if !self.word.is_empty() {
            self.words.push(std::mem::take(&mut self.word));
        }
    }

    fn command(&mut self) {
        self.word();
        // `A=b make` runs make.
        let assigned = |word: &String| word.contains('=') && !word.starts_with('-');
        let begins = self.words.iter().position(|word| !assigned(word)).unwrap_or(self.words.len());
        let words = std::mem::take(&mut self.words).split_off(begins);
        if !words.is_empty() {
            self.commands.push(words);
        }
    }

    fn enter(&mut self) {
        self.command();
        self.around.push(self.quote.take());
    }

    /// The end of a `$(`, if one is open.
    fn leave(&mut self) -> bool {
        let Some(quote) = self.around.pop() else { return false };
        self.command();
        self.quote = quote;
        true
    }
}
