//! Commands, drawn from a seed: by a grammar, out of pieces thrown together, and by a grammar with mistakes in it.

use crate::bench::PROGRAMS;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

pub(crate) struct Draw {
    dice: StdRng,
}

/// What parsers see differently, or break on.
const PIECES: [&str; 90] = [
    "$\\\n(",
    "$(\\\n",
    "$\\\n",
    "time -- ",
    "jobs -x ",
    "exec <x",
    "pa",
    "pb",
    " ",
    " ",
    " ",
    " ",
    "\n",
    ";",
    "'",
    "\"",
    "\\",
    "$",
    "`",
    "(",
    ")",
    "{ ",
    "}",
    "$(",
    "${",
    "$'",
    "$\"",
    "\\'",
    "\\\"",
    "\\$'",
    "\\\n",
    "#",
    " # ",
    "<<E\n",
    "\nE\n",
    "<<-E\n",
    "<<'E'\n",
    "E",
    "<<<",
    "<(",
    ">(",
    "&",
    "&&",
    "||",
    "|",
    "|&",
    "&>",
    "2>&1",
    ">x",
    "<x",
    "case a in ",
    "a)",
    ";;",
    " esac",
    "if ",
    "then ",
    " fi",
    "for i in ",
    "do ",
    " done",
    "while ",
    "!",
    "! ",
    "time ",
    "$x",
    "${x}",
    "${x:-",
    "}\"",
    "$((",
    "))",
    "((",
    "[[ ",
    " ]]",
    "*",
    "?",
    "[",
    "]",
    "{a,b}",
    "~",
    "x=",
    "x=(",
    "a b",
    "$P",
    "\t",
    "''",
    "\"\"",
    "pc",
    "$#",
    "${#x}",
    "$$",
];

const SOURCES: [&str; 20] = [
    "a",
    "b-c",
    "'a b'",
    "\"a b\"",
    "\\ ",
    "$'a\\tb'",
    "$x",
    "\"$P\"",
    "${x:-d}",
    "\"${P%a}\"",
    "*",
    "{a,b}",
    "~",
    "\"'\"",
    "'\"'",
    "\\$'q'",
    "''",
    "$((1+2))",
    "é",
    "a\\\nb",
];

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self { dice: StdRng::seed_from_u64(seed) }
    }

    pub(crate) fn command(&mut self) -> String {
        match self.dice.random_range(0..4) {
            0 => self.soup(),
            1 => {
                let text = self.list(3);
                self.with_mistakes(text)
            }
            _ => self.list(3),
        }
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.dice.random_range(0..of.len())]
    }

    fn often(&mut self, in_a_hundred: u32) -> bool {
        self.dice.random_range(0..100) < in_a_hundred
    }

    fn soup(&mut self) -> String {
        let count = self.dice.random_range(2..14);
        let mut text = String::from(if self.often(70) { "pa " } else { "" });
        (0..count).for_each(|_| text.push_str(self.one(&PIECES)));
        text
    }

    fn with_mistakes(&mut self, text: String) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..self.dice.random_range(1..4) {
            let at = self.dice.random_range(0..=chars.len());
            match self.dice.random_range(0..3) {
                0 if at < chars.len() => drop(chars.remove(at)),
                _ => {
                    let piece = self.one(&PIECES);
                    chars.splice(at..at, piece.chars());
                }
            }
        }
        chars.into_iter().collect()
    }

    fn list(&mut self, depth: u32) -> String {
        let mut text = self.statement(depth);
        while self.often(35) {
            let by = self.one(&["; ", " && ", " || ", " | ", " & ", "\n", " |\n", "\n\n", " # x'\n"]);
            text = text + by + &self.statement(depth);
        }
        text
    }

    fn statement(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.simple(0);
        }
        let inner = depth - 1;
        match self.dice.random_range(0..22) {
            0 => format!("({})", self.list(inner)),
            1 => format!("{{ {}; }}", self.list(inner)),
            2 => format!("if {}; then {}; else {}; fi", self.list(inner), self.list(inner), self.list(inner)),
            3 => format!("for i in {} {}; do {}; done", self.word(inner), self.word(inner), self.list(inner)),
            4 => format!("until {}; do {}; done", self.list(inner), self.list(inner)),
            5 => format!(
                "case {} in {}) {};; *) {};; esac",
                self.word(inner),
                self.one(&["a", "b-c"]),
                self.list(inner),
                self.list(inner)
            ),
            6 => format!(
                "{} {}",
                self.one(&["bash -c", "sh -c", "bash -euc", "eval", "sh -ec"]),
                self.quoted(inner)
            ),
            7 | 8 => self.wrapped(inner),
            9 => self.here_document(inner),
            10 => format!("bash <<< {}", self.quoted(inner)),
            11 => format!("! {}", self.statement(inner)),
            12 => format!("time {}", self.statement(inner)),
            13 => format!("f() {{ {}; }}", self.list(inner)),
            _ => self.simple(depth),
        }
    }

    fn wrapped(&mut self, depth: u32) -> String {
        let wrapper = self.one(&[
            "env",
            "env x=1",
            "env -i",
            "env -u x --",
            "timeout 9",
            "timeout -k 1 9",
            "nice",
            "nice -n 1",
            "nice -5",
            "nohup",
            "setsid -w",
            "stdbuf -oL",
            "stdbuf -o L",
            "command",
            "exec",
            "builtin",
            "xargs",
            "xargs -n1",
            "echo a b | xargs",
            "echo a | xargs -I{}",
            "find . -exec",
            "command -p",
            "timeout --foreground 9",
            "\\time",
        ]);
        let end = if wrapper.starts_with("find") { self.one(&[" {} \\;", " {} +", " \\;"]) } else { "" };
        let nested = self.often(30);
        let rest = if nested { self.wrapped_or_shell(depth) } else { self.bare(depth) };
        format!("{wrapper} {rest}{end}")
    }

    fn wrapped_or_shell(&mut self, depth: u32) -> String {
        match depth {
            0 => self.bare(0),
            _ if self.often(50) => self.wrapped(depth - 1),
            _ => format!("sh -c {}", self.quoted(depth - 1)),
        }
    }

    fn here_document(&mut self, depth: u32) -> String {
        let begin = self.one(&["<<E", "<<'E'", "<<-E", "<<\"E\"", "<<\\E"]);
        let name = self.one(&["pa", "bash", "sh", "cat"]);
        let line = self.list(depth);
        let more = if self.often(30) { self.list(depth) + "\n" } else { String::new() };
        let behind = if self.often(20) { " | pb" } else { "" };
        format!("{name} {begin}{behind}\n{line}\n{more}E\n{}", self.simple(0))
    }

    fn quoted(&mut self, depth: u32) -> String {
        let text = self.list(depth);
        match self.often(50) {
            true => format!("'{}'", text.replace('\'', r"'\''")),
            false => {
                let escaped = text.replace('\\', r"\\").replace('"', "\\\"");
                match self.often(70) {
                    true => format!("\"{}\"", escaped.replace('$', r"\$").replace('`', r"\`")),
                    false => format!("\"{escaped}\""),
                }
            }
        }
    }

    fn simple(&mut self, depth: u32) -> String {
        let setting = if self.often(10) { format!("x={} ", self.word(depth)) } else { String::new() };
        let end = match self.dice.random_range(0..12) {
            0 => " > x".to_owned(),
            1 => " 2>&1".to_owned(),
            2 => format!(" <<< {}", self.word(depth)),
            3 => format!(" < <({})", self.bare(depth.saturating_sub(1))),
            4 => format!(" &> {}", self.one(&["x", "/dev/null"])),
            _ => String::new(),
        };
        setting + &self.bare(depth) + &end
    }

    /// A name and words.
    fn bare(&mut self, depth: u32) -> String {
        let mut text = match self.dice.random_range(0..14) {
            0 => "p\\a".to_owned(),
            1 => "'p'\"b\"".to_owned(),
            2 => "$'pa'".to_owned(),
            3 => self.one(&["\"$P\"", "p{a,b}", "p?", "{pa,pb}", "~/pa"]).to_owned(),
            4 => self
                .one(&["echo", "cd", "export x=1", "set -e", "[", "read x", "true", "unset x", ":"])
                .to_owned(),
            5 => "p\\\na".to_owned(),
            _ => self.one(&PROGRAMS).to_owned(),
        };
        while self.often(55) {
            text = text + self.one(&[" ", " ", "  ", "\t", " \\\n "]) + &self.word(depth);
        }
        text
    }

    fn word(&mut self, depth: u32) -> String {
        let mut text = String::new();
        loop {
            match self.dice.random_range(0..20) {
                0 if depth > 0 => text = format!("{text}$({})", self.list(depth - 1)),
                1 if depth > 0 => text = format!("{text}\"$({})\"", self.list(depth - 1)),
                2 if depth > 0 => text = format!("{text}`{}`", self.bare(depth - 1)),
                3 if depth > 0 => text = format!("{text}\" <({}) \"", self.bare(depth - 1)),
                4 if depth > 0 && text.is_empty() => return format!("<({})", self.list(depth - 1)),
                5 => text = format!("{text}'{}'", self.one(&PIECES).replace('\'', "")),
                6 => text = format!("{text}\"{}\"", self.one(&PIECES)),
                _ => text.push_str(self.one(&SOURCES)),
            }
            if self.often(70) {
                return text;
            }
        }
    }
}
